/**
 * What the views show. Only the modules of `app/` change it; views read it and call them.
 *
 * Everything is a signal of values that are replaced, not changed: a view that read one is drawn again.
 */

import { computed, signal } from '@preact/signals';
import type { ConnectionState, OutboxEntry } from '@sentinal/client';
import type { Content } from './content.ts';
import type { Permission, Role, WireAccount, WireServer, WireSettings } from './wire.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly username: string | null;
  readonly avatarUrl: string | null;
  readonly bio: string | null;
  readonly status: string | null;
  readonly isContact: boolean;
  readonly isBlocked: boolean;
  /** The account is gone. */
  readonly isDeleted?: boolean;
}

export interface Member {
  readonly userId: string;
  readonly role: Role;
}

export interface Receipts {
  readonly delivered: number;
  readonly read: number;
}

export interface Chat {
  readonly id: string;
  readonly isGroup: boolean;
  readonly subject: string | null;
  readonly description: string | null;
  readonly avatarUrl: string | null;
  readonly inviteLink: string | null;
  readonly permissions: Readonly<Record<string, Permission>>;
  readonly expirySeconds: number | null;
  readonly role: Role;
  /** Without what the server still lists lazily: empty until `loadMembers`. */
  readonly members: readonly Member[];
  readonly memberCount: number;
  readonly unread: number;
  readonly readSequence: number;
  readonly clearedSequence: number;
  readonly lastSequence: number;
  readonly lastAt: string;
  readonly isMuted: boolean;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  /** How far the others have got. */
  readonly receipts: ReadonlyMap<string, Receipts>;
}

export type Problem = 'not_for_this_device' | 'placeholder' | 'undecryptable';

/** A line of a conversation: a message, or one that is on its way. */
export interface Line {
  /** The message's id, else the id that this device gave it. */
  readonly key: string;
  readonly id: string | null;
  readonly clientId: string | null;
  readonly chatId: string;
  readonly senderId: string | null;
  readonly sequence: number | null;
  readonly at: string;
  readonly content: Content | null;
  readonly problem: Problem | null;
  readonly isDeleted: boolean;
  readonly isEdited: boolean;
  readonly expiresAt: string | null;
  readonly replyTo: string | null;
  /** Where it is in the outbox, until it is sent. */
  readonly outbox: OutboxEntry['state'] | null;
  readonly code: string | null;
}

/** Something that happened in a conversation and is told between its messages. */
export interface Notice {
  readonly key: string;
  readonly at: string;
  readonly text: string;
  /** The message number that it comes after. */
  readonly after: number;
}

/** Who reacted with what to a message. */
export type Reactions = ReadonlyMap<string, ReadonlySet<string>>;

export type Presence = 'online' | 'away' | 'busy' | 'offline';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'plain' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** `starting` until it is known whether somebody is signed in. */
export const phase = signal<'starting' | 'signed-out' | 'signed-in' | 'unverified'>('starting');
/** Why the last login ended, to be said on the sign-in page. */
export const endedBecause = signal<string | null>(null);
export const account = signal<WireAccount | null>(null);
export const settings = signal<WireSettings | null>(null);
export const server = signal<WireServer>({});

export const connection = signal<ConnectionState>({ state: 'connecting' });
/** Whether this tab holds the socket; others follow it. */
export const isOwner = signal(true);
/** Whether a newer version of this page is on the server. */
export const hasUpgrade = signal(false);

export const people = signal<ReadonlyMap<string, Person>>(new Map());
export const chats = signal<ReadonlyMap<string, Chat>>(new Map());
export const chatsLoaded = signal(false);
/** The newest line of each conversation, for the list. */
export const lastLines = signal<ReadonlyMap<string, Line>>(new Map());
export const presences = signal<ReadonlyMap<string, Presence>>(new Map());
export const lastSeen = signal<ReadonlyMap<string, string>>(new Map());
/** For each conversation who writes in it. */
export const typing = signal<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
/** People whose identity has changed and was not accepted yet. */
export const changedIdentities = signal<ReadonlySet<string>>(new Set());
/** People all of whose devices the user has compared. */
export const verifiedPeople = signal<ReadonlySet<string>>(new Set());
/** For each conversation who has a device whose published keys do not verify. */
export const unusableDevices = signal<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
export const toasts = signal<readonly Toast[]>([]);

export const selfId = computed(() => account.value?.id ?? '');

/** Conversations in the order of the list: pinned first, then by the last message. */
export const chatOrder = computed(() =>
  [...chats.value.values()]
    .filter((chat) => !chat.isArchived)
    .sort((a, b) => Number(b.isPinned) - Number(a.isPinned) || b.lastAt.localeCompare(a.lastAt)),
);
export const archivedChats = computed(() =>
  [...chats.value.values()].filter((chat) => chat.isArchived).sort((a, b) => b.lastAt.localeCompare(a.lastAt)),
);
export const unreadTotal = computed(() =>
  chatOrder.value.reduce((sum, chat) => sum + (chat.isMuted ? 0 : chat.unread), 0),
);

export function personOf(id: string | null): Person {
  const known = id ? people.value.get(id) : undefined;
  return known ?? (id === null ? { ...UNKNOWN, isDeleted: true } : { ...UNKNOWN, id, name: '…' });
}

const UNKNOWN: Person = {
  id: '',
  name: 'Deleted account',
  username: null,
  avatarUrl: null,
  bio: null,
  status: null,
  isContact: false,
  isBlocked: false,
};

/** The other side of a DM. */
export function peerOf(chat: Chat): string | null {
  return chat.isGroup ? null : (chat.members.find((it) => it.userId !== selfId.value)?.userId ?? null);
}

export function titleOf(chat: Chat): string {
  if (chat.isGroup) {
    return chat.subject ?? 'Group';
  }
  const peer = peerOf(chat);
  if (peer) {
    return personOf(peer).name;
  }
  return chat.members.length > 0 ? 'Deleted account' : '…';
}

export function may(chat: Chat, what: string): boolean {
  return !chat.isGroup || chat.role !== 'member' || chat.permissions[what] !== 'admins';
}

let toastCount = 0;
const TOAST_MS = 6000;

export function toast(text: string, kind: Toast['kind'] = 'plain', action?: Toast['action']): void {
  toastCount += 1;
  const id = toastCount;
  toasts.value = [...toasts.value.slice(-3), { id, text, kind, ...(action && { action }) }];
  setTimeout(() => dismissToast(id), TOAST_MS);
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((it) => it.id !== id);
}
