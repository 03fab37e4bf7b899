/** The list of conversations. */

import { useEffect, useState } from 'preact/hooks';
import { explained } from '../app/errors.ts';
import { openChatId, go } from '../app/router.ts';
import { summaryOf } from '../app/content.ts';
import { SEARCH_LENGTH_MIN, jumpTarget, searchMessages } from '../app/search.ts';
import {
  account,
  archivedChats,
  chatOrder,
  chats,
  chatsLoaded,
  lastLines,
  peerOf,
  personOf,
  selfId,
  titleOf,
  typing,
  type Chat,
  type Line,
} from '../app/state.ts';
import { listTime } from './format.ts';
import { Icon } from './icons.tsx';
import { Avatar, ChatAvatar, IconButton, Menu, Name, PersonAvatar, Spinner } from './parts.tsx';
import { Ticks } from './ticks.tsx';

/** A pause in typing after which messages are searched. */
const SEARCH_AFTER_MS = 200;

function Preview({ chat }: { chat: Chat }) {
  const writing = [...(typing.value.get(chat.id) ?? [])];
  if (writing.length > 0) {
    return <span class="writing">{chat.isGroup ? `${personOf(writing[0] ?? null).name} is typing…` : 'typing…'}</span>;
  }
  const line = lastLines.value.get(chat.id);
  if (!line) {
    return <span class="faint">{chat.lastSequence > chat.clearedSequence ? 'No messages on this device' : 'No messages yet'}</span>;
  }
  const isOwn = line.senderId === selfId.value;
  const author = isOwn ? '' : chat.isGroup ? `${personOf(line.senderId).name}: ` : '';
  const text = line.isDeleted
    ? 'This message was deleted'
    : line.content
      ? summaryOf(line.content)
      : 'A message that this device cannot read';
  return (
    <span class={line.isDeleted || !line.content ? 'faint' : ''}>
      {isOwn && !line.isDeleted && <Ticks line={line} chat={chat} />}
      {author}
      {text}
    </span>
  );
}

function Row({ chat }: { chat: Chat }) {
  const isOpen = openChatId.value === chat.id;
  const peer = peerOf(chat);
  const title = titleOf(chat);
  return (
    <li>
      <a href={`#/c/${chat.id}`} class={`row ${isOpen ? 'open' : ''} ${chat.unread > 0 ? 'unread' : ''}`} {...(isOpen && { 'aria-current': 'page' as const })}>
        <ChatAvatar chat={chat} />
        <span class="row-main">
          <span class="row-top">
            {peer ? <Name id={peer} text={title} /> : <span class="name">{title}</span>}
            <time dateTime={chat.lastAt}>{listTime(lastLines.value.get(chat.id)?.at ?? chat.lastAt)}</time>
          </span>
          <span class="row-bottom">
            <span class="preview">
              <Preview chat={chat} />
            </span>
            {chat.isMuted && (
              <span class="faint" title="Muted">
                <Icon name="mute" size={15} />
                <span class="sr-only">muted</span>
              </span>
            )}
            {chat.isPinned && (
              <span class="faint" title="Pinned">
                <Icon name="pin" size={15} />
                <span class="sr-only">pinned</span>
              </span>
            )}
            {chat.unread > 0 && (
              <span class={`badge ${chat.isMuted ? 'quiet' : ''}`}>
                {chat.unread > 99 ? '99+' : chat.unread}
                <span class="sr-only"> unread</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

function FoundMessages({ text }: { text: string }) {
  const [found, setFound] = useState<readonly Line[] | null>(null);
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      explained(searchMessages(text, () => isOver).then((lines) => !isOver && setFound(lines)));
    }, SEARCH_AFTER_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text]);
  if (!found || found.length === 0) {
    return null;
  }
  return (
    <>
      <h2 class="rows-title">Messages</h2>
      <ul aria-label="Found messages">
        {found.map((line) => {
          const chat = chats.value.get(line.chatId);
          return (
            <li key={line.key}>
              <a
                href={`#/c/${line.chatId}`}
                class="row"
                onClick={() => {
                  jumpTarget.value = { chatId: line.chatId, messageId: line.id ?? '', sequence: line.sequence ?? 0 };
                }}
              >
                <PersonAvatar id={line.senderId} size="small" />
                <span class="row-main">
                  <span class="row-top">
                    <span class="name">{chat ? titleOf(chat) : ''}</span>
                    <time dateTime={line.at}>{listTime(line.at)}</time>
                  </span>
                  <span class="row-bottom">
                    <span class="preview">
                      {line.senderId === selfId.value ? 'You: ' : ''}
                      {line.content ? summaryOf(line.content) : ''}
                    </span>
                  </span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function matches(chat: Chat, text: string): boolean {
  const wanted = text.trim().toLocaleLowerCase();
  const username = personOf(peerOf(chat)).username ?? '';
  return !wanted || titleOf(chat).toLocaleLowerCase().includes(wanted) || (!chat.isGroup && username.includes(wanted));
}

export function Sidebar() {
  const [filter, setFilter] = useState('');
  const [showsArchived, setShowsArchived] = useState(false);
  const listed = showsArchived ? archivedChats.value : chatOrder.value;
  const found = listed.filter((chat) => matches(chat, filter));
  const own = account.value;
  const name = own?.display_name || own?.username || '';
  return (
    <nav class="sidebar" aria-label="Conversations">
      <header class="bar">
        <a class="self" href="#/settings" aria-label={`Settings of ${name}`} title="Settings">
          <Avatar id={selfId.value} name={name} url={own?.avatar_url ?? null} size="small" />
        </a>
        <h1>{showsArchived ? 'Archived' : 'Chats'}</h1>
        <IconButton icon="compose" label="New message" onClick={() => go('new')} />
        <Menu
          label="More"
          items={[
            { label: 'New group', icon: 'group', run: () => go('new/group') },
            {
              label: showsArchived ? 'All chats' : 'Archived chats',
              icon: 'archive',
              run: () => setShowsArchived(!showsArchived),
            },
            { label: 'Settings', icon: 'settings', run: () => go('settings') },
          ]}
        />
      </header>
      <div class="search">
        <Icon name="search" size={18} />
        <input type="search" aria-label="Search conversations and messages" placeholder="Search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </div>
      <div class="rows">
        {!chatsLoaded.value && listed.length === 0 ? (
          <div class="center-box">
            <Spinner label="Loading your conversations" />
          </div>
        ) : found.length === 0 ? (
          <div class="empty">
            {filter ? (
              <p>No conversation of this name. To write to somebody new, choose “New message”.</p>
            ) : showsArchived ? (
              <p>No archived chats.</p>
            ) : (
              <>
                <p>No conversations yet.</p>
                <button type="button" class="primary" onClick={() => go('new')}>
                  Find somebody to write to
                </button>
              </>
            )}
          </div>
        ) : (
          <ul>
            {found.map((chat) => (
              <Row chat={chat} key={chat.id} />
            ))}
          </ul>
        )}
        {filter.trim().length >= SEARCH_LENGTH_MIN && <FoundMessages text={filter} />}
      </div>
    </nav>
  );
}
