/** What there is to know and to set about a conversation. */

import { useEffect, useState } from 'preact/hooks';
import {
  addMember,
  changeChat,
  deleteChat,
  leaveGroup,
  loadMembers,
  mark,
  openDirect,
  removeMember,
  renewInvite,
  setRole,
} from '../app/chats.ts';
import { explained } from '../app/errors.ts';
import { refreshPerson, setBlocked, setContact } from '../app/people.ts';
import { go } from '../app/router.ts';
import { may, peerOf, personOf, selfId, titleOf, toast, type Chat, type Member } from '../app/state.ts';
import { expiryText } from './format.ts';
import { Icon } from './icons.tsx';
import { ChatAvatar, Choice, Dialog, Field, IconButton, Menu, Name, PersonAvatar, Switch } from './parts.tsx';
import { PeoplePicker } from './people-picker.tsx';
import { ChoosePortrait } from './portrait.tsx';
import { SafetyNumber } from './safety.tsx';

/** Seconds after which messages disappear, to choose from. */
const EXPIRIES = [0, 30, 300, 3600, 86_400, 604_800, 2_419_200];

function confirmed(question: string): boolean {
  return confirm(question);
}

function Expiry({ chat }: { chat: Chat }) {
  if (!may(chat, 'edit_info')) {
    return (
      <p class="fact">
        <Icon name="clock" /> Disappearing messages: {expiryText(chat.expirySeconds)}
      </p>
    );
  }
  const known = EXPIRIES.includes(chat.expirySeconds ?? 0) ? EXPIRIES : [...EXPIRIES, chat.expirySeconds ?? 0];
  return (
    <Choice
      label="Disappearing messages"
      value={String(chat.expirySeconds ?? 0)}
      options={known.map((it) => [String(it), expiryText(it)] as const)}
      onChange={(value) => explained(changeChat(chat.id, { message_expiry_seconds: Number(value) || null }))}
    />
  );
}

function Person({ chat, userId }: { chat: Chat; userId: string }) {
  const person = personOf(userId);
  const [isComparing, setComparing] = useState(false);
  useEffect(() => explained(refreshPerson(userId)), [userId]);
  if (person.isDeleted) {
    return null;
  }
  return (
    <>
      {person.username && <p class="center faint">@{person.username}</p>}
      {person.status && <p class="center">{person.status}</p>}
      {person.bio && <p class="about-person">{person.bio}</p>}
      <div class="group-box">
        <button type="button" class="line-button" onClick={() => setComparing(true)}>
          <Icon name="shield" /> Compare safety numbers
        </button>
        <button type="button" class="line-button" onClick={() => explained(setContact(userId, !person.isContact))}>
          <Icon name="person" /> {person.isContact ? 'Remove from contacts' : 'Add to contacts'}
        </button>
        <button
          type="button"
          class="line-button dangerous"
          onClick={() =>
            (person.isBlocked || confirmed(`Block ${person.name}? They are not told, and what they write does not reach you.`)) &&
            explained(setBlocked(userId, !person.isBlocked))
          }
        >
          <Icon name="block" /> {person.isBlocked ? 'Unblock' : 'Block'} {person.name}
        </button>
        <button
          type="button"
          class="line-button dangerous"
          onClick={() =>
            confirmed('Delete this conversation? It disappears on all of your devices; the other side keeps it.') &&
            explained(deleteChat(chat.id).then(() => go('')))
          }
        >
          <Icon name="trash" /> Delete conversation
        </button>
      </div>
      {isComparing && <SafetyNumber userId={userId} onClose={() => setComparing(false)} />}
    </>
  );
}

const RANKS = { owner: 2, admin: 1, member: 0 } as const;

function MemberRow({ chat, member }: { chat: Chat; member: Member }) {
  const isSelf = member.userId === selfId.value;
  const person = personOf(member.userId);
  const isBelow = !isSelf && RANKS[member.role] < RANKS[chat.role];
  return (
    <li class="member">
      <PersonAvatar id={member.userId} size="small" hasDot />
      <span class="member-name">
        <Name id={isSelf ? null : member.userId} text={isSelf ? 'You' : person.name} />
        {person.username && !isSelf && <span class="faint">@{person.username}</span>}
      </span>
      {member.role !== 'member' && <span class="tag">{member.role}</span>}
      {!isSelf && (
        <Menu
          label={`About ${person.name}`}
          size={18}
          items={[
            { label: 'Write a message', icon: 'edit', run: () => explained(openDirect(member.userId).then((id) => go(`c/${id}`))) },
            isBelow &&
              member.role === 'member' && {
                label: 'Make admin',
                icon: 'shield',
                run: () => explained(setRole(chat.id, member.userId, 'admin')),
              },
            isBelow &&
              member.role === 'admin' && {
                label: 'No admin any more',
                icon: 'person',
                run: () => explained(setRole(chat.id, member.userId, 'member')),
              },
            isBelow && {
              label: 'Remove from group',
              icon: 'trash',
              isDangerous: true,
              run: () => confirmed(`Remove ${person.name} from this group?`) && explained(removeMember(chat.id, member.userId)),
            },
          ]}
        />
      )}
    </li>
  );
}

/** An invite link leads to this page, wherever the server says that it is. */
function linkTo(invite: string): string {
  const code = invite.split('/').at(-1) ?? invite;
  return `${location.origin}${location.pathname}#/join/${encodeURIComponent(code)}`;
}

function Invite({ chat }: { chat: Chat }) {
  if (!may(chat, 'invite')) {
    return null;
  }
  const link = chat.inviteLink ? linkTo(chat.inviteLink) : null;
  return (
    <div class="group-box">
      {link && (
        <p class="invite-link">
          <code>{link}</code>
        </p>
      )}
      {link && (
        <button type="button" class="line-button" onClick={() => explained(navigator.clipboard.writeText(link).then(() => toast('The link is copied.')))}>
          <Icon name="copy" /> Copy invite link
        </button>
      )}
      <button type="button" class="line-button" onClick={() => explained(renewInvite(chat.id))}>
        <Icon name="link" /> {link ? 'Make a new link; this one ends' : 'Make an invite link'}
      </button>
    </div>
  );
}

function Group({ chat }: { chat: Chat }) {
  const [adds, setAdds] = useState(false);
  const [renames, setRenames] = useState(false);
  const [subject, setSubject] = useState(chat.subject ?? '');
  const sorted = [...chat.members].sort(
    (a, b) => RANKS[b.role] - RANKS[a.role] || personOf(a.userId).name.localeCompare(personOf(b.userId).name),
  );
  return (
    <>
      {may(chat, 'edit_info') && (
        <div class="group-box">
          <button type="button" class="line-button" onClick={() => setRenames(true)}>
            <Icon name="edit" /> Change the name
          </button>
        </div>
      )}
      <h3>People</h3>
      <div class="group-box">
        {may(chat, 'add_members') && (
          <button type="button" class="line-button" onClick={() => setAdds(true)}>
            <Icon name="add" /> Add people
          </button>
        )}
        <ul class="members">
          {sorted.map((member) => (
            <MemberRow chat={chat} member={member} key={member.userId} />
          ))}
        </ul>
      </div>
      <Invite chat={chat} />
      {chat.role !== 'member' && (
        <div class="group-box">
          <Switch
            label="Only admins write"
            isOn={chat.permissions.send === 'admins'}
            onChange={(isOn) => explained(changeChat(chat.id, { permissions: { send: isOn ? 'admins' : 'everyone' } }))}
          />
        </div>
      )}
      <div class="group-box">
        <button
          type="button"
          class="line-button dangerous"
          onClick={() => confirmed('Leave this group?') && explained(leaveGroup(chat.id).then(() => go('')))}
        >
          <Icon name="logout" /> Leave group
        </button>
        {chat.role === 'owner' && (
          <button
            type="button"
            class="line-button dangerous"
            onClick={() => confirmed('Delete this group for everybody? This cannot be undone.') && explained(deleteChat(chat.id).then(() => go('')))}
          >
            <Icon name="trash" /> Delete group for everybody
          </button>
        )}
      </div>
      {adds && (
        <PeoplePicker
          title="Add people"
          action="Add"
          without={chat.members.map((it) => it.userId)}
          onClose={() => setAdds(false)}
          onPick={async (ids) => {
            for (const id of ids) {
              await addMember(chat.id, id);
            }
            setAdds(false);
          }}
        />
      )}
      {renames && (
        <Dialog
          title="Name of the group"
          onClose={() => setRenames(false)}
          footer={
            <button
              type="button"
              class="primary"
              disabled={!subject.trim()}
              onClick={() => explained(changeChat(chat.id, { subject: subject.trim() }).then(() => setRenames(false)))}
            >
              Save
            </button>
          }
        >
          <Field label="Name" value={subject} maxLength={100} onInput={(event) => setSubject(event.currentTarget.value)} />
        </Dialog>
      )}
    </>
  );
}

export function Details({ chat }: { chat: Chat }) {
  const peer = peerOf(chat);
  useEffect(() => explained(loadMembers(chat.id)), [chat.id]);
  return (
    <aside class="details" aria-label="Details">
      <header class="bar">
        <IconButton icon="close" label="Close details" onClick={() => go(`c/${chat.id}`)} />
        <h2>{chat.isGroup ? 'Group' : 'Details'}</h2>
      </header>
      <div class="details-body">
        <div class="portrait">
          <ChatAvatar chat={chat} size="large" />
          <h3>{titleOf(chat)}</h3>
          {chat.isGroup && may(chat, 'edit_info') && (
            <ChoosePortrait has={chat.avatarUrl !== null} onChange={(address) => changeChat(chat.id, { avatar_url: address })} />
          )}
          {chat.isGroup && (
            <p class="faint">
              {chat.memberCount} {chat.memberCount === 1 ? 'person' : 'people'}
            </p>
          )}
          {chat.description && <p class="about-person">{chat.description}</p>}
        </div>
        {peer && <Person chat={chat} userId={peer} />}
        <h3>This conversation</h3>
        <div class="group-box">
          <Switch label="Mute" hint="No notifications" isOn={chat.isMuted} onChange={(isOn) => explained(mark(chat.id, isOn ? 'mute' : 'unmute'))} />
          <Switch label="Pin to the top" isOn={chat.isPinned} onChange={(isOn) => explained(mark(chat.id, isOn ? 'pin' : 'unpin'))} />
          <Switch label="Archive" isOn={chat.isArchived} onChange={(isOn) => explained(mark(chat.id, isOn ? 'archive' : 'unarchive'))} />
          <Expiry chat={chat} />
        </div>
        {chat.isGroup && <Group chat={chat} />}
      </div>
    </aside>
  );
}
