/** The list of conversations: read from the server at each start, and kept up by events. */

import { effect } from '@preact/signals';
import { forgetConversation } from '@sentinal/client';
import { del, get, post, put, store } from './api.ts';
import { keepNames, readPresences, wantPeople } from './people.ts';
import {
  chats,
  chatsLoaded,
  peerOf,
  people,
  selfId,
  type Chat,
  type Member,
  type Person,
  type Receipts,
} from './state.ts';
import {
  roleOf,
  type Permission,
  type Role,
  type WireConversation,
  type WireParticipant,
  type WireSync,
  type WireSyncConversation,
} from './wire.ts';

/** What a conversation's events carry of people. */
export interface WireMember {
  user_id: string;
  role?: string;
  username?: string | null;
  display_name?: string | null;
}

function toChat(wire: WireConversation | WireSyncConversation, before: Chat | undefined): Chat {
  const synced = 'receipts' in wire ? wire : undefined;
  const receipts = synced
    ? new Map(
        synced.receipts.map((it): [string, Receipts] => [
          it.user_id,
          { delivered: it.last_delivered_sequence ?? 0, read: it.last_read_sequence ?? 0 },
        ]),
      )
    : (before?.receipts ?? new Map<string, Receipts>());
  const listed = wire.participants;
  if (listed) {
    keepNames(listed);
  }
  // In a DM the receipts name the other side even where participants do not come along.
  const isGroup = wire.type.toUpperCase() !== 'DM';
  const fromReceipts = isGroup ? [] : [...receipts.keys()].filter((id) => id !== selfId.value);
  const members: readonly Member[] =
    listed?.map((it) => ({ userId: it.user_id, role: roleOf(it.role) })) ??
    (before && before.members.length > 0
      ? before.members
      : fromReceipts.map((userId) => ({ userId, role: 'member' as const })));
  return {
    id: wire.id,
    isGroup,
    subject: wire.subject,
    description: wire.description,
    avatarUrl: wire.avatar_url,
    inviteLink: wire.invite_link,
    permissions: wire.permissions as Record<string, Permission>,
    expirySeconds: wire.message_expiry_seconds,
    role: roleOf(wire.role),
    members,
    memberCount: wire.participant_count,
    unread: wire.unread_count,
    readSequence: wire.last_read_sequence,
    clearedSequence: synced?.cleared_sequence ?? before?.clearedSequence ?? 0,
    lastSequence: wire.last_sequence,
    lastAt: wire.last_message_at ?? wire.created_at,
    isMuted: wire.muted_until !== null && Date.parse(wire.muted_until) > Date.now(),
    isPinned: wire.pinned_at !== null,
    isArchived: wire.archived,
    receipts,
  };
}

function keep(chat: Chat): void {
  chats.value = new Map(chats.value).set(chat.id, chat);
}

/** Changes a conversation that is in the list. */
export function updateChat(id: string, change: (chat: Chat) => Partial<Chat>): void {
  const chat = chats.value.get(id);
  if (chat) {
    keep({ ...chat, ...change(chat) });
  }
}

/** Called with the id of each conversation that goes. */
const dropped = new Set<(id: string) => void>();

export function onDropped(run: (id: string) => void): void {
  dropped.add(run);
}

export function dropChat(id: string): void {
  dropped.forEach((run) => run(id));
  const next = new Map(chats.value);
  next.delete(id);
  chats.value = next;
}

/** Reads the whole list, page by page. */
export async function loadChats(): Promise<WireSync['active_calls']> {
  const found = new Map<string, Chat>();
  let calls: WireSync['active_calls'] = [];
  let after: string | null = null;
  do {
    const page: WireSync = await get<WireSync>(`/v1/sync?limit=100${after ? `&after=${encodeURIComponent(after)}` : ''}`);
    for (const wire of page.conversations) {
      found.set(wire.id, toChat(wire, chats.value.get(wire.id)));
    }
    calls = page.active_calls;
    after = page.next_after;
  } while (after);
  chats.value = found;
  chatsLoaded.value = true;
  // What was cleared on another device goes here, too.
  for (const chat of found.values()) {
    if (chat.clearedSequence > 0) {
      await forgetConversation(store(), chat.id, chat.clearedSequence);
    }
  }
  void completeDms();
  return calls;
}

const LIST_KEY = 'list';

interface KeptList {
  readonly chats: ReadonlyMap<string, Chat>;
  readonly people: ReadonlyMap<string, Person>;
}

/** Changes of the list are kept after a pause without further ones. */
const KEEP_AFTER_MS = 1500;

/** Keeps the list, so that the next start shows it before the server answers, or without it. */
export function keepListAlways(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const list: KeptList = { chats: chats.value, people: people.value };
    clearTimeout(timer);
    if (chatsLoaded.value) {
      timer = setTimeout(() => {
        void store()
          .transaction(async (tx) => tx.put('app', LIST_KEY, list))
          .catch((error: unknown) => console.debug('the list was not kept', error));
      }, KEEP_AFTER_MS);
    }
  });
}

export async function readKeptList(): Promise<void> {
  const kept = await store().read((reader) => reader.get<KeptList>('app', LIST_KEY));
  if (kept) {
    people.value = kept.people;
    chats.value = kept.chats;
  }
}

/** A server that does not tell the people of DMs in lists is asked for each. */
async function completeDms(): Promise<void> {
  for (const chat of chats.value.values()) {
    if (!chat.isGroup && !peerOf(chat)) {
      await loadMembers(chat.id).catch(() => undefined);
    }
  }
  const peers = [...chats.value.values()].map(peerOf).filter((id): id is string => id !== null);
  wantPeople(peers);
  if (peers.length > 0) {
    await readPresences(peers).catch(() => undefined);
  }
}

export async function loadChat(id: string): Promise<Chat> {
  const wire = await get<WireConversation>(`/v1/conversations/${id}`);
  const chat = toChat(wire, chats.value.get(id));
  keep(chat);
  if (!chat.isGroup && !peerOf(chat)) {
    await loadMembers(id);
  }
  return chats.value.get(id) ?? chat;
}

/** Reads who takes part, and how far everybody has read. */
export async function loadMembers(id: string): Promise<void> {
  const { participants } = await get<{ participants: WireParticipant[] }>(`/v1/conversations/${id}/participants`);
  keepNames(participants);
  updateChat(id, () => ({
    members: participants.map((it) => ({ userId: it.user_id, role: roleOf(it.role) })),
    memberCount: participants.length,
    receipts: new Map(
      participants
        .filter((it) => it.user_id !== selfId.value)
        .map((it): [string, Receipts] => [
          it.user_id,
          { delivered: it.last_delivered_sequence ?? 0, read: it.last_read_sequence ?? 0 },
        ]),
    ),
  }));
}

export function memberAdded(chatId: string, member: WireMember): void {
  updateChat(chatId, (chat) => {
    const others = chat.members.filter((it) => it.userId !== member.user_id);
    const members = [...others, { userId: member.user_id, role: roleOf(member.role ?? 'member') }];
    return { members, memberCount: Math.max(chat.memberCount, members.length) };
  });
  wantPeople([member.user_id]);
}

export function memberRemoved(chatId: string, userId: string): void {
  updateChat(chatId, (chat) => ({
    members: chat.members.filter((it) => it.userId !== userId),
    memberCount: Math.max(1, chat.memberCount - 1),
  }));
}

export function roleChanged(chatId: string, userId: string, role: Role): void {
  updateChat(chatId, (chat) => ({
    members: chat.members.map((it) => (it.userId === userId ? { ...it, role } : it)),
    ...(userId === selfId.value && { role }),
  }));
}

export function receiptMoved(chatId: string, userId: string, what: 'delivered' | 'read', sequence: number): void {
  updateChat(chatId, (chat) => {
    const before = chat.receipts.get(userId) ?? { delivered: 0, read: 0 };
    const after = {
      // Reading implies having got it.
      delivered: Math.max(before.delivered, sequence),
      read: what === 'read' ? Math.max(before.read, sequence) : before.read,
    };
    return { receipts: new Map(chat.receipts).set(userId, after) };
  });
}

export async function openDirect(userId: string): Promise<string> {
  const wire = await post<WireConversation>('/v1/conversations', { type: 'DM', participants: [userId] });
  keep(toChat(wire, chats.value.get(wire.id)));
  await loadMembers(wire.id);
  return wire.id;
}

export async function createGroup(subject: string, userIds: readonly string[]): Promise<string> {
  const wire = await post<WireConversation>('/v1/conversations', { type: 'GROUP', subject, participants: userIds });
  keep(toChat(wire, undefined));
  await loadMembers(wire.id);
  return wire.id;
}

export async function changeChat(id: string, change: Record<string, unknown>): Promise<void> {
  await put(`/v1/conversations/${id}`, change);
  await loadChat(id);
}

export async function addMember(id: string, userId: string): Promise<void> {
  await post(`/v1/conversations/${id}/participants`, { user_id: userId });
  await loadMembers(id);
}

export async function removeMember(id: string, userId: string): Promise<void> {
  await del(`/v1/conversations/${id}/participants/${userId}`);
  await loadMembers(id);
}

export async function setRole(id: string, userId: string, role: Role): Promise<void> {
  await put(`/v1/conversations/${id}/participants/${userId}/role`, { role });
  await loadMembers(id);
}

export async function leaveGroup(id: string): Promise<void> {
  await post(`/v1/conversations/${id}/leave`);
  dropChat(id);
}

/** Deletes a group for everybody; of a DM only what the user sees of it. */
export async function deleteChat(id: string): Promise<void> {
  await del(`/v1/conversations/${id}`);
  const last = chats.value.get(id)?.lastSequence ?? 0;
  dropChat(id);
  await forgetConversation(store(), id, last);
}

export async function renewInvite(id: string): Promise<void> {
  await post(`/v1/conversations/${id}/invite`);
  await loadChat(id);
}

export interface Invited {
  id: string;
  subject: string | null;
  participant_count: number;
}

export async function readInvite(link: string): Promise<Invited> {
  return await get<Invited>(`/v1/conversations/invite?link=${encodeURIComponent(link)}`);
}

export async function joinByInvite(link: string): Promise<string> {
  const wire = await post<{ id: string }>('/v1/conversations/join', { link });
  await loadChat(wire.id);
  return wire.id;
}

/** The user's own marks of a conversation. */
export async function mark(id: string, what: 'mute' | 'unmute' | 'pin' | 'unpin' | 'archive' | 'unarchive'): Promise<void> {
  await post(`/v1/conversations/${id}/${what}`, what === 'mute' ? {} : undefined);
  await loadChat(id);
}
