/** Finds people and lets the user choose some of them. */

import { useEffect, useState } from 'preact/hooks';
import { explain, explained } from '../app/errors.ts';
import { searchPeople } from '../app/people.ts';
import { chatOrder, peerOf, personOf, type Person } from '../app/state.ts';
import { Icon } from './icons.tsx';
import { Dialog, PersonAvatar, Spinner } from './parts.tsx';

/** The server searches for no less. */
const SEARCH_LENGTH_MIN = 2;
/** A pause in typing after which is searched. */
const SEARCH_AFTER_MS = 250;

export function usePeopleSearch(): {
  text: string;
  setText: (text: string) => void;
  found: readonly Person[] | null;
  isBusy: boolean;
  problem: string | null;
} {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Person[] | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const wanted = text.trim().replace(/^@/, '');
    setProblem(null);
    if (wanted.length < SEARCH_LENGTH_MIN) {
      setFound(null);
      setBusy(false);
      return;
    }
    setBusy(true);
    let isGone = false;
    const timer = setTimeout(() => {
      searchPeople(wanted)
        .then((people) => !isGone && setFound(people))
        .catch((error: unknown) => !isGone && setProblem(explain(error)))
        .finally(() => !isGone && setBusy(false));
    }, SEARCH_AFTER_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [text]);
  return { text, setText, found, isBusy, problem };
}

/** People whom the user has written with, the last ones first. */
export function recentPeople(): Person[] {
  return chatOrder.value
    .map(peerOf)
    .filter((id): id is string => id !== null)
    .map((id) => personOf(id))
    .filter((person) => !person.isDeleted);
}

export function SearchBox(props: { text: string; setText: (text: string) => void }) {
  return (
    <div class="search">
      <Icon name="search" size={18} />
      <input
        type="search"
        autofocus
        aria-label="Search people"
        placeholder="Name, username or e-mail address"
        value={props.text}
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => props.setText(event.currentTarget.value)}
      />
    </div>
  );
}

export function PeoplePicker(props: {
  title: string;
  action: string;
  without: readonly string[];
  onPick: (ids: string[]) => Promise<void>;
  onClose: () => void;
}) {
  const search = usePeopleSearch();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const listed = (search.found ?? recentPeople()).filter((it) => !props.without.includes(it.id));
  const chosenElsewhere = [...picked].filter((id) => !listed.some((it) => it.id === id)).map((id) => personOf(id));
  const toggle = (id: string) => {
    const next = new Set(picked);
    next[next.has(id) ? 'delete' : 'add'](id);
    setPicked(next);
  };
  const pick = () => {
    setBusy(true);
    explained(props.onPick([...picked]).finally(() => setBusy(false)));
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      footer={
        <button type="button" class="primary" disabled={picked.size === 0 || isBusy} onClick={pick}>
          {isBusy ? <Spinner label="Please wait" /> : picked.size > 0 ? `${props.action} (${picked.size})` : props.action}
        </button>
      }
    >
      <SearchBox text={search.text} setText={search.setText} />
      {search.problem && <p class="problem">{search.problem}</p>}
      <ul class="pick-list" aria-busy={search.isBusy}>
        {[...chosenElsewhere, ...listed].map((person) => (
          <li key={person.id}>
            <label class="pick">
              <PersonAvatar id={person.id} size="small" />
              <span class="member-name">
                {person.name}
                {person.username && <span class="faint">@{person.username}</span>}
              </span>
              <input type="checkbox" checked={picked.has(person.id)} onChange={() => toggle(person.id)} />
            </label>
          </li>
        ))}
      </ul>
      {search.found?.length === 0 && <p class="empty">Nobody found.</p>}
    </Dialog>
  );
}
