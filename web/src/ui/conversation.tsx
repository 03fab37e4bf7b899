/** A conversation: its head, its messages, and where the user writes. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CALL_PEOPLE_MAX, startCall } from '../app/calls.ts';
import { loadMembers } from '../app/chats.ts';
import { explained } from '../app/errors.ts';
import { isWatching } from '../app/events.ts';
import { readPresences } from '../app/people.ts';
import { go } from '../app/router.ts';
import { jumpTarget, loadBackTo } from '../app/search.ts';
import { sawAll } from '../app/session.ts';
import {
  changedIdentities,
  lastSeen,
  may,
  peerOf,
  personOf,
  presences,
  selfId,
  titleOf,
  typing,
  unusableDevices,
  type Chat,
  type Line,
  type Notice,
} from '../app/state.ts';
import { loadEarlier, loadTimeline, timelineOf } from '../app/timeline.ts';
import { Bubble, type BubbleActions } from './bubble.tsx';
import { Composer } from './composer.tsx';
import { SafetyNumber } from './safety.tsx';
import { dayTitle, isSameDay, lastSeenText } from './format.ts';
import { Icon } from './icons.tsx';
import { ChatAvatar, IconButton, Name, Spinner } from './parts.tsx';

/** Messages of one person within this time are drawn as one group. */
const GROUP_MS = 5 * 60_000;
/** So near to the end the view follows what comes. */
const NEAR_END_PX = 120;

function subtitleOf(chat: Chat): string {
  const writing = [...(typing.value.get(chat.id) ?? [])].map((id) => personOf(id).name);
  if (writing.length > 0) {
    return chat.isGroup ? `${writing.join(', ')} ${writing.length > 1 ? 'are' : 'is'} typing…` : 'typing…';
  }
  if (chat.isGroup) {
    const names = chat.members.slice(0, 6).map((it) => (it.userId === selfId.value ? 'You' : personOf(it.userId).name));
    return names.length > 0 ? names.join(', ') : `${chat.memberCount} people`;
  }
  const peer = peerOf(chat);
  if (!peer || personOf(peer).isDeleted) {
    return '';
  }
  const presence = presences.value.get(peer) ?? 'offline';
  return presence === 'offline' ? lastSeenText(lastSeen.value.get(peer)) : presence;
}

function Head({ chat }: { chat: Chat }) {
  const peer = peerOf(chat);
  const title = titleOf(chat);
  const canCall = chat.isGroup
    ? may(chat, 'start_call') && chat.memberCount > 1 && chat.memberCount <= CALL_PEOPLE_MAX
    : peer !== null && !personOf(peer).isDeleted;
  return (
    <header class="bar chat-head">
      <IconButton icon="back" label="Back to the list" class="only-narrow" onClick={() => go('')} />
      <button type="button" class="chat-title" onClick={() => go(`c/${chat.id}/info`)}>
        <ChatAvatar chat={chat} size="small" />
        <span class="chat-title-text">
          <span class="chat-name">
            {peer ? <Name id={peer} text={title} /> : title}
            <span class="sr-only">: details</span>
          </span>
          <span class="chat-subtitle">{subtitleOf(chat)}</span>
        </span>
      </button>
      {canCall && <IconButton icon="phone" label="Voice call" onClick={() => explained(startCall(chat.id, 'AUDIO'))} />}
      {canCall && <IconButton icon="video" label="Video call" onClick={() => explained(startCall(chat.id, 'VIDEO'))} />}
      <IconButton icon="info" label="Details" class="only-wide" onClick={() => go(`c/${chat.id}/info`)} />
    </header>
  );
}

type Item = { kind: 'day'; at: string; key: string } | { kind: 'notice'; notice: Notice } | { kind: 'new'; key: string } | { kind: 'line'; line: Line; isFirst: boolean; isLast: boolean };

function isOneGroup(a: Line | undefined, b: Line | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.senderId === b.senderId &&
    isSameDay(a.at, b.at) &&
    Math.abs(Date.parse(a.at) - Date.parse(b.at)) < GROUP_MS
  );
}

function itemsOf(lines: readonly Line[], notices: readonly Notice[], firstUnread: number | null): Item[] {
  const items: Item[] = [];
  const waiting = [...notices].sort((a, b) => a.after - b.after || a.at.localeCompare(b.at));
  const oldest = lines.find((line) => line.sequence !== null)?.sequence ?? 0;
  let day = '';
  const startDay = (at: string) => {
    if (!day || !isSameDay(day, at)) {
      day = at;
      items.push({ kind: 'day', at, key: `day-${at}` });
    }
  };
  const tellUpTo = (sequence: number) => {
    while (waiting[0] && waiting[0].after < sequence) {
      const notice = waiting.shift();
      // Notices from before the loaded part are shown once that is loaded.
      if (notice && (notice.after >= oldest - 1 || oldest <= 1)) {
        startDay(notice.at);
        items.push({ kind: 'notice', notice });
      }
    }
  };
  lines.forEach((line, at) => {
    tellUpTo(line.sequence ?? Number.POSITIVE_INFINITY);
    startDay(line.at);
    const before = lines[at - 1];
    const isNew = firstUnread !== null && line.sequence !== null && line.sequence >= firstUnread && (before?.sequence ?? 0) < firstUnread;
    if (isNew) {
      items.push({ kind: 'new', key: `new-${firstUnread}` });
    }
    const follows = items.at(-1)?.kind === 'line';
    items.push({
      kind: 'line',
      line,
      isFirst: !follows || !isOneGroup(before, line),
      isLast: !isOneGroup(line, lines[at + 1]),
    });
  });
  tellUpTo(Number.POSITIVE_INFINITY);
  return items;
}

function Warnings({ chat }: { chat: Chat }) {
  const [compared, setCompared] = useState<string | null>(null);
  const changed = chat.members.map((it) => it.userId).filter((id) => changedIdentities.value.has(id));
  const unusable = [...(unusableDevices.value.get(chat.id) ?? [])];
  return (
    <>
      {changed.map((id) => (
        <div class="warning-bar" role="alert" key={id}>
          <Icon name="shield" />
          <p>
            <strong>Your safety number with {personOf(id).name} has changed.</strong> They may have a new device or reinstalled the app,
            or somebody may be trying to read along. Nothing is sent to them until you accept it.
          </p>
          <button type="button" class="secondary" onClick={() => setCompared(id)}>
            Look at it
          </button>
        </div>
      ))}
      {unusable.length > 0 && (
        <div class="warning-bar quiet" role="status">
          <Icon name="warning" />
          <p>
            A device of {unusable.map((id) => (id === selfId.value ? 'yours' : personOf(id).name)).join(', ')} has published keys that do
            not verify. It cannot read what you write here; their other devices can.
          </p>
        </div>
      )}
      {compared && <SafetyNumber userId={compared} onClose={() => setCompared(null)} />}
    </>
  );
}

function cannotWrite(chat: Chat): string | null {
  const peer = peerOf(chat);
  if (!chat.isGroup && (!peer || personOf(peer).isDeleted)) {
    return 'This account was deleted. You can still read what was written.';
  }
  if (peer && personOf(peer).isBlocked) {
    return `You have blocked ${personOf(peer).name}. Unblock them in the details to write again.`;
  }
  return may(chat, 'send') ? null : 'Only admins can write in this group.';
}

export function Conversation({ chat }: { chat: Chat }) {
  const timeline = timelineOf(chat.id).value;
  const scroller = useRef<HTMLDivElement>(null);
  const [replyTo, setReplyTo] = useState<Line | null>(null);
  const [editing, setEditing] = useState<Line | null>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  // Where the user had read up to when the conversation was opened.
  const firstUnread = useMemo(() => (chat.unread > 0 ? chat.readSequence + 1 : null), [chat.id]);
  const kept = useRef({ height: 0, isAtEnd: true });

  useEffect(() => {
    kept.current = { height: 0, isAtEnd: true };
    setReplyTo(null);
    setEditing(null);
    explained(loadTimeline(chat.id));
    if (chat.isGroup) {
      explained(loadMembers(chat.id));
    }
    const peer = peerOf(chat);
    if (peer) {
      void readPresences([peer]).catch(() => undefined);
    }
  }, [chat.id]);

  const newest = timeline.lines.at(-1);
  useEffect(() => {
    const look = () => {
      if (isWatching(chat.id)) {
        explained(sawAll(chat.id));
      }
    };
    look();
    addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [chat.id, newest?.key, timeline.isLoaded]);

  useLayoutEffect(() => {
    const shown = scroller.current;
    if (!shown) {
      return;
    }
    if (kept.current.isAtEnd) {
      shown.scrollTop = shown.scrollHeight;
    } else if (kept.current.height && shown.scrollTop < NEAR_END_PX) {
      // Earlier messages were put above: what the user looks at stays where it is.
      shown.scrollTop += shown.scrollHeight - kept.current.height;
    }
    kept.current.height = shown.scrollHeight;
  });
  // Pictures grow when they are here.
  useEffect(() => {
    const inner = scroller.current?.firstElementChild;
    if (!inner) {
      return;
    }
    const follow = new ResizeObserver(() => {
      if (kept.current.isAtEnd && scroller.current) {
        scroller.current.scrollTop = scroller.current.scrollHeight;
      }
    });
    follow.observe(inner);
    return () => follow.disconnect();
  }, [chat.id]);

  const onScroll = () => {
    const shown = scroller.current;
    if (!shown) {
      return;
    }
    const isEnd = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_END_PX;
    kept.current.isAtEnd = isEnd;
    setAtEnd(isEnd);
    if (shown.scrollTop < NEAR_END_PX && timeline.hasMore && timeline.isLoaded) {
      explained(loadEarlier(chat.id));
    }
  };

  const actions: BubbleActions = {
    reply: (line) => {
      setEditing(null);
      setReplyTo(line);
    },
    edit: (line) => {
      setReplyTo(null);
      setEditing(line);
    },
    jump: (messageId) => {
      const shown = scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(messageId)}"]`);
      shown?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      shown?.focus({ preventScroll: true });
    },
    find: (messageId) => timeline.lines.find((line) => line.id === messageId),
  };
  const target = jumpTarget.value;
  useEffect(() => {
    if (!target || target.chatId !== chat.id || !timeline.isLoaded) {
      return;
    }
    jumpTarget.value = null;
    kept.current.isAtEnd = false;
    explained(
      loadBackTo(chat.id, target.sequence).then(() => requestAnimationFrame(() => actions.jump(target.messageId))),
    );
  }, [target, chat.id, timeline.isLoaded]);
  const items = itemsOf(timeline.lines, timeline.notices, firstUnread);
  const obstacle = cannotWrite(chat);
  const toEnd = () => {
    kept.current.isAtEnd = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: 'smooth' });
  };
  return (
    <section class="conversation" aria-label={titleOf(chat)}>
      <Head chat={chat} />
      <Warnings chat={chat} />
      <div class="messages" ref={scroller} onScroll={onScroll} role="log" aria-label="Messages" tabIndex={0}>
        <div class="messages-inner">
          {!timeline.isLoaded ? (
            <div class="center-box">
              <Spinner label="Loading messages" />
            </div>
          ) : (
            !timeline.hasMore && (
              <p class="beginning">
                <Icon name="lock" size={15} /> Messages and calls here are end-to-end encrypted. This device shows what was sent since you
                signed in on it.
              </p>
            )
          )}
          {items.map((item) => {
            switch (item.kind) {
              case 'day':
                return (
                  <p class="day" key={item.key}>
                    <span>{dayTitle(item.at)}</span>
                  </p>
                );
              case 'notice':
                return (
                  <p class="system" key={item.notice.key}>
                    {item.notice.text}
                  </p>
                );
              case 'new':
                return (
                  <p class="new-mark" key={item.key}>
                    <span>New messages</span>
                  </p>
                );
              case 'line':
                return <Bubble key={item.line.key} line={item.line} chat={chat} isFirst={item.isFirst} isLast={item.isLast} actions={actions} />;
            }
          })}
        </div>
      </div>
      {!isAtEnd && <IconButton icon="down" label="To the newest message" class="to-end" onClick={toEnd} />}
      {obstacle ? (
        <p class="cannot-write">{obstacle}</p>
      ) : (
        <Composer
          chat={chat}
          replyTo={replyTo}
          editing={editing}
          onDone={() => {
            setReplyTo(null);
            setEditing(null);
            kept.current.isAtEnd = true;
          }}
          onEditLast={() => {
            const last = timeline.lines.findLast((line) => line.senderId === selfId.value && line.id && line.content?.text && !line.content.poll);
            if (last) {
              setEditing(last);
            }
          }}
        />
      )}
    </section>
  );
}
