/** What the app does with each event of the client. Durable ones are acknowledged once this has ended. */

import { client } from './api.ts';
import { callEvent } from './calls.ts';
import {
  dropChat,
  loadChat,
  loadChats,
  memberAdded,
  memberRemoved,
  receiptMoved,
  roleChanged,
  updateChat,
  type WireMember,
} from './chats.ts';
import { summaryOf } from './content.ts';
import { announce } from './notifications.ts';
import { presenceChanged, refreshPerson, wantPeople } from './people.ts';
import { openChatId } from './router.ts';
import { loadOwn } from './session.ts';
import {
  account,
  changedIdentities,
  chats,
  chatsLoaded,
  connection,
  endedBecause,
  isOwner,
  people,
  personOf,
  phase,
  selfId,
  titleOf,
  toast,
  typing,
  unusableDevices,
  verifiedPeople,
  type Line,
  type Presence,
} from './state.ts';
import {
  loadLastLines,
  messageCame,
  messageChanged,
  messageDeleted,
  noticeCame,
  outboxChanged,
  reactionCame,
  refreshPoll,
} from './timeline.ts';
import { roleOf, type WireCall, type WireConversation } from './wire.ts';

/** The fields of events that are read here; each event has some of them. */
export interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly user_id?: string;
  readonly conversation_id: string;
  readonly revision: number;
  readonly message_id: string;
  readonly sequence_number: number;
  readonly reaction: string;
  readonly action: string;
  readonly recipient_id: string;
  readonly reader_id: string;
  readonly unread_count: number;
  readonly last_read_sequence: number;
  readonly participant: WireMember;
  readonly device?: { readonly user_id?: string };
  readonly conversation: WireConversation;
  readonly erased?: boolean;
  readonly display_name?: string;
  readonly status: Presence;
  readonly last_seen_at?: string;
  readonly contact_user_id: string;
  readonly call: WireCall;
  readonly replay?: boolean;
}

/** How long somebody counts as writing without saying so again; the server forgets after as long. */
const TYPING_MS = 10_000;
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();

export function setTyping(chatId: string, userId: string, isTyping: boolean): void {
  const key = `${chatId}/${userId}`;
  clearTimeout(typingTimers.get(key));
  const users = new Set(typing.value.get(chatId));
  if (isTyping) {
    users.add(userId);
    typingTimers.set(key, setTimeout(() => setTyping(chatId, userId, false), TYPING_MS));
  } else {
    users.delete(userId);
    typingTimers.delete(key);
  }
  typing.value = new Map(typing.value).set(chatId, users);
}

/** Whether the user sees what comes into a conversation. */
export function isWatching(chatId: string): boolean {
  return openChatId.value === chatId && document.visibilityState === 'visible' && document.hasFocus();
}

async function sawLine(line: Line): Promise<void> {
  if (line.senderId === selfId.value) {
    return;
  }
  if (line.senderId) {
    setTyping(line.chatId, line.senderId, false);
    wantPeople([line.senderId]);
  }
  const chat = chats.value.get(line.chatId) ?? (await loadChat(line.chatId).catch(() => undefined));
  if (!chat || line.sequence === null || line.sequence <= chat.readSequence) {
    return;
  }
  if (isWatching(line.chatId) && line.id) {
    await client().markRead(line.id).catch(() => undefined);
    updateChat(line.chatId, () => ({ readSequence: line.sequence ?? 0, unread: 0 }));
    return;
  }
  // Where the list was read after the message was sent, it has counted it.
  if (line.sequence > countedUpTo(line.chatId)) {
    counted.set(line.chatId, line.sequence);
    updateChat(line.chatId, (it) => ({ unread: it.unread + 1 }));
  }
  if (!chat.isMuted) {
    const text = line.content ? summaryOf(line.content) : 'New message';
    announce(line.chatId, chat.isGroup ? titleOf(chat) : personOf(line.senderId).name, text);
  }
}

/** Message numbers that are in the counts of unread messages. */
const counted = new Map<string, number>();

function countedUpTo(chatId: string): number {
  return counted.get(chatId) ?? 0;
}

/** What the server said of the conversations counts everything up to their heads. */
function countAll(): void {
  counted.clear();
  for (const chat of chats.value.values()) {
    counted.set(chat.id, chat.lastSequence);
  }
}

/** Reads the list anew: at the start, and whenever something of the account has changed elsewhere. */
export async function refreshList(): Promise<void> {
  const calls = await loadChats();
  countAll();
  await loadLastLines(chats.value.keys());
  for (const call of calls) {
    callEvent({ type: 'call:listed', call, call_id: call.id, conversation_id: call.conversation_id });
  }
}

let isRefreshing = false;
let isStale = false;

/** As often as asked for, but one after the other and none twice. */
function refreshSoon(): void {
  if (isRefreshing) {
    isStale = true;
    return;
  }
  isRefreshing = true;
  void refreshList()
    .catch((error: unknown) => console.debug('the list was not read', error))
    .finally(() => {
      isRefreshing = false;
      if (isStale) {
        isStale = false;
        refreshSoon();
      }
    });
}

function nameOf(userId: string | undefined): string {
  if (!userId) {
    return 'Somebody';
  }
  return userId === selfId.value ? 'You' : personOf(userId).name;
}

async function known(...ids: (string | undefined)[]): Promise<void> {
  for (const id of ids) {
    if (id && !people.value.has(id) && id !== selfId.value) {
      await refreshPerson(id).catch(() => undefined);
    }
  }
}

async function tell(event: Told, text: string): Promise<void> {
  await noticeCame(event.conversation_id, event.revision, event.timestamp, text);
}

async function participantEvent(event: Told): Promise<void> {
  const who = event.participant.user_id;
  await known(event.user_id, who);
  const byThemselves = event.user_id === who || !event.user_id;
  const whom = who === selfId.value ? 'you' : personOf(who).name;
  switch (event.type) {
    case 'participant:added':
      if (who === selfId.value && !chats.value.has(event.conversation_id)) {
        await loadChat(event.conversation_id);
      }
      memberAdded(event.conversation_id, event.participant);
      return await tell(event, byThemselves ? `${nameOf(who)} joined` : `${nameOf(event.user_id)} added ${whom}`);
    case 'participant:removed':
      memberRemoved(event.conversation_id, who);
      if (who === selfId.value) {
        dropChat(event.conversation_id);
        return;
      }
      if (event.erased) {
        return await tell(event, 'Somebody deleted their account');
      }
      return await tell(event, byThemselves ? `${nameOf(who)} left` : `${nameOf(event.user_id)} removed ${whom}`);
    default: {
      const role = roleOf(event.participant.role ?? 'member');
      roleChanged(event.conversation_id, who, role);
      const now = role === 'member' ? 'a member' : role === 'admin' ? 'an admin' : 'the owner';
      return await tell(event, `${who === selfId.value ? 'You are' : `${whom} is`} now ${now}`);
    }
  }
}

async function conversationEvent(event: Told): Promise<void> {
  if (event.type === 'conversation:deleted') {
    dropChat(event.conversation_id);
    return;
  }
  const before = chats.value.get(event.conversation_id);
  const chat = await loadChat(event.conversation_id).catch(() => undefined);
  if (!chat || event.type === 'conversation:created') {
    return;
  }
  await known(event.user_id);
  if (before && before.subject !== chat.subject) {
    await tell(event, `${nameOf(event.user_id)} named the group “${chat.subject ?? ''}”`);
  }
  if (before && before.expirySeconds !== chat.expirySeconds) {
    const what = chat.expirySeconds ? 'turned disappearing messages on' : 'turned disappearing messages off';
    await tell(event, `${nameOf(event.user_id)} ${what}`);
  }
}

/** Looks at what is known of somebody's keys. */
export async function refreshIdentities(userId: string): Promise<void> {
  const identities = await client().identities(userId);
  const changed = new Set(changedIdentities.value);
  const verified = new Set(verifiedPeople.value);
  const hasChanged = identities.some((it) => it.changedTo !== null);
  changed[hasChanged ? 'add' : 'delete'](userId);
  verified[identities.length > 0 && !hasChanged && identities.every((it) => it.verified) ? 'add' : 'delete'](userId);
  changedIdentities.value = changed;
  verifiedPeople.value = verified;
}

/** Registers everything. Called once for each client. */
export function listen(): void {
  const on = (name: string, handler: (event: Told) => unknown): void => {
    client().on(name as never, (async (event: Told) => void (await handler(event))) as never);
  };
  const chat = client();

  chat.on('message', async (message) => sawLine(messageCame(message)));
  chat.on('message:edited', (message) => messageChanged(message));
  chat.on('outbox', ({ entry, removed }) => outboxChanged(entry, removed));
  chat.on('connection', (state) => {
    const wasOnline = connection.value.state === 'online';
    connection.value = state;
    if (state.state === 'online' && !wasOnline) {
      refreshSoon();
    }
  });
  chat.on('owner', (isMine) => {
    isOwner.value = isMine;
  });
  chat.on('signed-out', ({ code }) => {
    phase.value = 'signed-out';
    chatsLoaded.value = false;
    endedBecause.value =
      code === 'LOGOUT' ? null : 'You were signed out: this login was ended, on this or another device. Please sign in again.';
  });
  chat.on('warning', async (warning) => {
    if (warning.kind === 'identity_changed') {
      await refreshIdentities(warning.device.userId);
    } else if (warning.kind === 'unusable_device') {
      const users = new Set(unusableDevices.value.get(warning.conversationId)).add(warning.device.userId);
      unusableDevices.value = new Map(unusableDevices.value).set(warning.conversationId, users);
    } else if (warning.kind === 'handler_failed') {
      console.warn('an event was not taken and comes again', warning.event, warning.error);
    }
  });

  on('message:deleted', (event) => messageDeleted(event.conversation_id, event.message_id));
  on('message:reaction', (event) =>
    event.user_id
      ? reactionCame(event.message_id, event.user_id, event.reaction, event.action === 'added')
      : undefined,
  );
  on('poll:updated', (event) => void refreshPoll(event.message_id));
  for (const name of ['conversation:created', 'conversation:updated', 'conversation:deleted']) {
    on(name, conversationEvent);
  }
  for (const name of ['participant:added', 'participant:removed', 'participant:role']) {
    on(name, participantEvent);
  }
  on('identity:changed', async (event) => {
    const owner = event.device?.user_id ?? event.user_id;
    if (owner && owner !== selfId.value) {
      await known(owner);
      await tell(event, `Keys of a device of ${personOf(owner).name} have changed`);
    }
  });
  on('message:read', (event) => receiptMoved(event.conversation_id, event.reader_id, 'read', event.sequence_number));
  on('message:delivered', (event) =>
    receiptMoved(event.conversation_id, event.recipient_id, 'delivered', event.sequence_number),
  );
  on('conversation:read', (event) => {
    counted.set(event.conversation_id, chats.value.get(event.conversation_id)?.lastSequence ?? 0);
    updateChat(event.conversation_id, () => ({
      unread: event.unread_count,
      readSequence: event.last_read_sequence,
    }));
  });
  on('typing:started', (event) => event.user_id && setTyping(event.conversation_id, event.user_id, true));
  on('typing:stopped', (event) => event.user_id && setTyping(event.conversation_id, event.user_id, false));
  on('presence:online', (event) => event.user_id && presenceChanged(event.user_id, event.status));
  on('presence:offline', (event) => event.user_id && presenceChanged(event.user_id, 'offline', event.last_seen_at));
  on('account:changed', () => {
    refreshSoon();
    void loadOwn().catch(() => undefined);
  });
  on('contact:updated', (event) => void refreshPerson(event.contact_user_id).catch(() => undefined));
  on('session:new', () =>
    toast(`Somebody signed in to your account${account.value ? ` (${account.value.username})` : ''} on another device.`),
  );
  for (const name of [
    'call:incoming',
    'call:accepted',
    'call:answered_elsewhere',
    'call:declined',
    'call:participant',
    'call:ended',
    'call:offer',
    'call:answer',
    'call:ice',
  ]) {
    on(name, (event) => callEvent(event));
  }
}
