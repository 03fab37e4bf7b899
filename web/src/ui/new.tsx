/** Beginning conversations: with one person, with a group, by an invite link. */

import { useEffect, useState } from 'preact/hooks';
import { createGroup, joinByInvite, openDirect, readInvite, type Invited } from '../app/chats.ts';
import { explain, explained } from '../app/errors.ts';
import { go } from '../app/router.ts';
import { chats } from '../app/state.ts';
import { Icon } from './icons.tsx';
import { Avatar, Dialog, Field, PersonAvatar, Spinner } from './parts.tsx';
import { PeoplePicker, SearchBox, recentPeople, usePeopleSearch } from './people-picker.tsx';

const close = () => go('');

export function NewChat() {
  const search = usePeopleSearch();
  const listed = search.found ?? recentPeople();
  return (
    <Dialog title="New message" onClose={close}>
      <SearchBox text={search.text} setText={search.setText} />
      <button type="button" class="line-button" onClick={() => go('new/group')}>
        <Icon name="group" /> New group
      </button>
      {search.problem && <p class="problem">{search.problem}</p>}
      {search.isBusy && !search.found && (
        <div class="center-box">
          <Spinner label="Searching" />
        </div>
      )}
      <ul class="pick-list" aria-label="People">
        {listed.map((person) => (
          <li key={person.id}>
            <button type="button" class="pick" onClick={() => explained(openDirect(person.id).then((id) => go(`c/${id}`)))}>
              <PersonAvatar id={person.id} size="small" hasDot />
              <span class="member-name">
                {person.name}
                {person.username && <span class="faint">@{person.username}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {search.found?.length === 0 && !search.isBusy && (
        <p class="empty">Nobody found. People are found by the beginning of their username or name.</p>
      )}
    </Dialog>
  );
}

export function NewGroup() {
  const [name, setName] = useState('');
  const [isNamed, setNamed] = useState(false);
  if (isNamed) {
    return (
      <PeoplePicker
        title={`People in “${name.trim()}”`}
        action="Create group"
        without={[]}
        onClose={close}
        onPick={async (ids) => go(`c/${await createGroup(name.trim(), ids)}`)}
      />
    );
  }
  const next = () => name.trim() && setNamed(true);
  return (
    <Dialog
      title="New group"
      onClose={close}
      footer={
        <button type="button" class="primary" disabled={!name.trim()} onClick={next}>
          Next
        </button>
      }
    >
      <Field
        label="Name of the group"
        hint="The name is not encrypted: the server can read it, as it sees who takes part."
        value={name}
        maxLength={100}
        autofocus
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && next()}
      />
    </Dialog>
  );
}

export function Join({ code }: { code: string }) {
  const [invited, setInvited] = useState<Invited | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    readInvite(code).then(
      (found) => (chats.value.has(found.id) ? go(`c/${found.id}`) : setInvited(found)),
      (error: unknown) => setProblem(explain(error)),
    );
  }, [code]);
  return (
    <Dialog
      title="Join a group"
      onClose={close}
      footer={
        invited && (
          <button type="button" class="primary" onClick={() => explained(joinByInvite(code).then((id) => go(`c/${id}`)))}>
            Join
          </button>
        )
      }
    >
      {problem ? (
        <p class="problem">This invite link does not lead anywhere any more. {problem}</p>
      ) : invited ? (
        <div class="portrait">
          <Avatar id={invited.id} name={invited.subject ?? 'Group'} isGroup size="large" />
          <h3>{invited.subject ?? 'Group'}</h3>
          <p class="faint">
            {invited.participant_count} {invited.participant_count === 1 ? 'person' : 'people'}
          </p>
          <p>You will see what is written from now on.</p>
        </div>
      ) : (
        <Spinner />
      )}
    </Dialog>
  );
}
