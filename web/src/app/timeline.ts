/**
 * The lines of conversations: messages that this device keeps, what waits to be sent, what people did to
 * messages. The library's store has the messages; reactions and notices are in its table for programs.
 */

import { signal, type Signal } from '@preact/signals';
import { forgetMessage, type ChatMessage, type OutboxEntry, type SendOptions } from '@sentinal/client';
import { client, del, get, put, store } from './api.ts';
import { onDropped, updateChat } from './chats.ts';
import { wantPeople } from './people.ts';
import { decodeContent, encodeContent, type Content } from './content.ts';
import { chats, lastLines, selfId, toast, type Line, type Notice, type Reactions } from './state.ts';
import type { WirePoll } from './wire.ts';

export interface Timeline {
  /** In order; what is on its way comes last. */
  readonly lines: readonly Line[];
  readonly notices: readonly Notice[];
  readonly hasMore: boolean;
  readonly isLoaded: boolean;
}

const EMPTY: Timeline = { lines: [], notices: [], hasMore: true, isLoaded: false };
const PAGE = 60;
/** Notices that are kept of one conversation. */
const NOTICES_MAX = 200;

const timelines = new Map<string, Signal<Timeline>>();
const reactionSignals = new Map<string, Signal<Reactions>>();
const pollSignals = new Map<string, Signal<WirePoll | null>>();

export function timelineOf(chatId: string): Signal<Timeline> {
  let found = timelines.get(chatId);
  if (!found) {
    found = signal(EMPTY);
    timelines.set(chatId, found);
  }
  return found;
}

onDropped((chatId) => {
  timelines.delete(chatId);
  const next = new Map(lastLines.value);
  next.delete(chatId);
  lastLines.value = next;
});

export function forgetTimelines(): void {
  timelines.clear();
  reactionSignals.clear();
  pollSignals.clear();
  lastLines.value = new Map();
}

export function lineOf(message: ChatMessage): Line {
  const isOver = message.expiresAt !== null && Date.parse(message.expiresAt) <= Date.now();
  return {
    key: message.senderId === selfId.value && message.clientMessageId ? message.clientMessageId : message.id,
    id: message.id,
    clientId: message.clientMessageId,
    chatId: message.conversationId,
    senderId: message.senderId,
    sequence: message.sequenceNumber,
    at: message.createdAt,
    content: message.plaintext && !isOver ? decodeContent(message.plaintext) : null,
    problem: message.problem,
    isDeleted: message.deletedAt !== null || isOver,
    isEdited: message.editedAt !== null,
    expiresAt: message.expiresAt,
    replyTo: message.replyTo,
    outbox: null,
    code: null,
  };
}

function pendingLine(entry: OutboxEntry): Line {
  return {
    key: entry.clientMessageId,
    id: null,
    clientId: entry.clientMessageId,
    chatId: entry.conversationId,
    senderId: selfId.value,
    sequence: null,
    at: entry.createdAt,
    content: decodeContent(entry.plaintext),
    problem: null,
    isDeleted: false,
    isEdited: false,
    expiresAt: null,
    replyTo: entry.options.replyTo ?? null,
    outbox: entry.state,
    code: entry.code,
  };
}

function inOrder(a: Line, b: Line): number {
  if (a.sequence !== null && b.sequence !== null) {
    return a.sequence - b.sequence;
  }
  if (a.sequence === null && b.sequence === null) {
    return a.at.localeCompare(b.at);
  }
  return a.sequence === null ? 1 : -1;
}

function merge(lines: readonly Line[], fresh: readonly Line[]): Line[] {
  const byKey = new Map(lines.map((line) => [line.key, line]));
  for (const line of fresh) {
    const before = byKey.get(line.key);
    // What was sent stays sent, whichever event comes later.
    if (!before || line.id !== null || before.id === null) {
      byKey.set(line.key, line);
    }
  }
  return [...byKey.values()].sort(inOrder);
}

/** A message that the user has put away: cleared with its conversation. */
function isCleared(line: Line): boolean {
  const cleared = chats.value.get(line.chatId)?.clearedSequence ?? 0;
  return line.sequence !== null && line.sequence <= cleared;
}

/** Names of those who wrote, who may have left since. */
function wantSenders(messages: readonly ChatMessage[]): void {
  wantPeople(messages.map((it) => it.senderId).filter((id): id is string => id !== null));
}

export async function loadTimeline(chatId: string): Promise<void> {
  const current = timelineOf(chatId);
  const [messages, waiting, notices] = await Promise.all([
    client().history(chatId, { limit: PAGE }),
    client().outbox(chatId),
    store().read((reader) => reader.list<Notice>('app', { prefix: `notice/${chatId}/` })),
  ]);
  wantSenders(messages);
  const lines = [...messages.map(lineOf), ...waiting.map(pendingLine)].filter((line) => !isCleared(line));
  current.value = {
    lines: merge(current.value.lines, lines),
    notices: notices.map(([, notice]) => notice),
    hasMore: messages.length === PAGE,
    isLoaded: true,
  };
  expireLater(chatId);
}

export async function loadEarlier(chatId: string): Promise<void> {
  const current = timelineOf(chatId);
  const first = current.value.lines.find((line) => line.sequence !== null)?.sequence;
  if (!current.value.hasMore || first == null) {
    return;
  }
  const messages = await client().history(chatId, { before: first, limit: PAGE });
  wantSenders(messages);
  const lines = messages.map(lineOf).filter((line) => !isCleared(line));
  current.value = {
    ...current.value,
    lines: merge(current.value.lines, lines),
    hasMore: messages.length === PAGE && lines.length > 0,
  };
}

/** Reads the newest line of each conversation, for the list. */
export async function loadLastLines(chatIds: Iterable<string>): Promise<void> {
  for (const chatId of chatIds) {
    const [newest] = await client().history(chatId, { limit: 1 });
    if (newest) {
      keepLast(lineOf(newest));
    }
  }
}

function keepLast(line: Line): void {
  const before = lastLines.value.get(line.chatId);
  if (isCleared(line) || (before && line.sequence !== null && (before.sequence ?? 0) > line.sequence)) {
    return;
  }
  lastLines.value = new Map(lastLines.value).set(line.chatId, line);
}

function change(chatId: string, lines: (before: readonly Line[]) => readonly Line[]): void {
  const current = timelineOf(chatId);
  current.value = { ...current.value, lines: lines(current.value.lines) };
}

export function messageCame(message: ChatMessage): Line {
  const line = lineOf(message);
  change(message.conversationId, (before) => merge(before, [line]));
  keepLast(line);
  updateChat(message.conversationId, (chat) => ({
    lastAt: message.createdAt > chat.lastAt ? message.createdAt : chat.lastAt,
    lastSequence: Math.max(chat.lastSequence, message.sequenceNumber),
  }));
  expireLater(message.conversationId);
  return line;
}

export function messageChanged(message: ChatMessage): void {
  const line = lineOf(message);
  change(message.conversationId, (before) => before.map((it) => (it.id === line.id ? line : it)));
  if (lastLines.value.get(message.conversationId)?.id === line.id) {
    lastLines.value = new Map(lastLines.value).set(message.conversationId, line);
  }
}

export async function messageDeleted(chatId: string, messageId: string): Promise<void> {
  const kept = await client().message(messageId);
  await store().transaction(async (tx) => tx.delete('app', `reactions/${messageId}`));
  reactionSignals.delete(messageId);
  if (kept) {
    messageChanged({ ...kept, plaintext: null, deletedAt: kept.deletedAt ?? new Date().toISOString() });
  } else {
    change(chatId, (before) => before.filter((it) => it.id !== messageId));
  }
}

export function outboxChanged(entry: OutboxEntry, removed: boolean): void {
  change(entry.conversationId, (before) =>
    removed
      ? before.filter((it) => it.key !== entry.clientMessageId || it.id !== null)
      : merge(before, [pendingLine(entry)]),
  );
}

/** A timer for the next message of a conversation whose time runs out. */
const timers = new Map<string, ReturnType<typeof setTimeout>>();
/** Longer timers than this overflow; it is started again then. */
const TIMER_MS_MAX = 0x7fffffff;

function expireLater(chatId: string): void {
  clearTimeout(timers.get(chatId));
  const times = timelineOf(chatId)
    .value.lines.filter((line) => line.expiresAt !== null && !line.isDeleted)
    .map((line) => Date.parse(line.expiresAt ?? ''));
  if (times.length === 0) {
    return;
  }
  const wait = Math.min(Math.max(Math.min(...times) - Date.now(), 0) + 50, TIMER_MS_MAX);
  timers.set(
    chatId,
    setTimeout(() => {
      const now = Date.now();
      change(chatId, (before) => before.filter((line) => !line.expiresAt || Date.parse(line.expiresAt) > now));
      expireLater(chatId);
    }, wait),
  );
}

// --- what the user does -------------------------------------------------------------------------------

export async function send(chatId: string, content: Content, options: SendOptions = {}): Promise<void> {
  try {
    await client().send(chatId, encodeContent(content), options);
  } catch (error) {
    // It stays in the outbox, where the line shows what happened.
    console.debug('not sent', error instanceof Error ? error.name : error);
  }
}

export async function edit(line: Line, text: string): Promise<void> {
  const message = line.id ? await client().message(line.id) : undefined;
  if (!message || !line.content) {
    toast('This message cannot be edited any more.', 'error');
    return;
  }
  await client().edit(message, encodeContent({ ...line.content, text }));
}

export async function remove(line: Line, forEverybody: boolean): Promise<void> {
  if (!line.id) {
    if (line.clientId) {
      await client().discard(line.clientId);
    }
    return;
  }
  await del(`/v1/messages/${line.id}${forEverybody ? '' : '?for=me'}`);
  if (!forEverybody) {
    await forgetMessage(store(), line.id);
    change(line.chatId, (before) => before.filter((it) => it.id !== line.id));
  }
}

export async function react(line: Line, reaction: string): Promise<void> {
  if (!line.id) {
    return;
  }
  const mine = reactionsOf(line.id).value.get(reaction)?.has(selfId.value) ?? false;
  const path = `/v1/messages/${line.id}/reactions/${encodeURIComponent(reaction)}`;
  await (mine ? del(path) : put(path));
}

// --- reactions ----------------------------------------------------------------------------------------

export function reactionsOf(messageId: string): Signal<Reactions> {
  let found = reactionSignals.get(messageId);
  if (!found) {
    found = signal<Reactions>(new Map());
    reactionSignals.set(messageId, found);
    void store()
      .read((reader) => reader.get<[string, string[]][]>('app', `reactions/${messageId}`))
      .then((kept) => {
        if (kept && found) {
          found.value = new Map(kept.map(([reaction, users]) => [reaction, new Set(users)]));
        }
      });
  }
  return found;
}

export async function reactionCame(messageId: string, userId: string, reaction: string, isAdded: boolean): Promise<void> {
  const key = `reactions/${messageId}`;
  const next = await store().transaction(async (tx) => {
    const kept = new Map((await tx.get<[string, string[]][]>('app', key)) ?? []);
    const users = new Set(kept.get(reaction) ?? []);
    if (isAdded) {
      users.add(userId);
    } else {
      users.delete(userId);
    }
    if (users.size > 0) {
      kept.set(reaction, [...users]);
    } else {
      kept.delete(reaction);
    }
    tx.put('app', key, [...kept]);
    return kept;
  });
  const reactions = new Map([...next].map(([it, users]): [string, Set<string>] => [it, new Set(users)]));
  const shown = reactionSignals.get(messageId);
  if (shown) {
    shown.value = reactions;
  }
}

// --- polls --------------------------------------------------------------------------------------------

export function pollOf(messageId: string): Signal<WirePoll | null> {
  let found = pollSignals.get(messageId);
  if (!found) {
    found = signal<WirePoll | null>(null);
    pollSignals.set(messageId, found);
    void refreshPoll(messageId);
  }
  return found;
}

export async function refreshPoll(messageId: string): Promise<void> {
  const shown = pollSignals.get(messageId);
  if (shown) {
    shown.value = await get<WirePoll>(`/v1/messages/${messageId}/poll`).catch(() => shown.value);
  }
}

export async function vote(messageId: string, options: readonly number[]): Promise<void> {
  await put(`/v1/messages/${messageId}/vote`, { options });
  await refreshPoll(messageId);
}

// --- notices ------------------------------------------------------------------------------------------

export async function noticeCame(chatId: string, revision: number, at: string, text: string): Promise<void> {
  const prefix = `notice/${chatId}/`;
  const after = chats.value.get(chatId)?.lastSequence ?? 0;
  const notice: Notice = { key: `${prefix}${String(revision).padStart(16, '0')}`, at, text, after };
  const notices = await store().transaction(async (tx) => {
    tx.put('app', notice.key, notice);
    const kept = await tx.list<Notice>('app', { prefix });
    for (const [key] of kept.slice(0, Math.max(0, kept.length - NOTICES_MAX))) {
      tx.delete('app', key);
    }
    return kept.slice(-NOTICES_MAX).map(([, it]) => it);
  });
  const current = timelineOf(chatId);
  current.value = { ...current.value, notices };
}
