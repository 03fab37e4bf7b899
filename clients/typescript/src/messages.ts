/** The messages that this device keeps: by conversation and number, and how to find them by their ids. */

import type { Reader, Transaction } from "./store.js";
import type { ChatMessage, ContentProblem, MessageType } from "./types.js";

/** Digits of a number in a key: as many as the largest exact integer has. */
const DIGITS = 16;
const PAGE = 50;

/** What both an event and a message read over REST say of a message. */
export interface WireMessage {
  readonly conversation_id: string;
  readonly revision: number;
  readonly sender_id?: string | null;
  readonly sender_device_id?: string | null;
  readonly sequence_number: number;
  readonly message_type: string;
  readonly client_message_id?: string | null;
  readonly reply_to_message_id?: string | null;
  readonly mentions?: readonly string[];
  readonly attachments?: readonly string[];
  readonly created_at: string;
  readonly edited_at?: string | null;
  readonly deleted_at?: string | null;
  readonly expires_at?: string | null;
}

/** A message of the wire with what this device makes of its content. */
export function chatMessage(
  id: string,
  message: WireMessage,
  content: { readonly plaintext: Uint8Array | null; readonly problem: ContentProblem | null },
): ChatMessage {
  return {
    id,
    conversationId: message.conversation_id,
    senderId: message.sender_id ?? null,
    senderDeviceId: message.sender_device_id ?? null,
    sequenceNumber: message.sequence_number,
    revision: message.revision,
    clientMessageId: message.client_message_id ?? null,
    type: message.message_type as MessageType,
    replyTo: message.reply_to_message_id ?? null,
    mentions: message.mentions ?? [],
    attachments: message.attachments ?? [],
    createdAt: message.created_at,
    editedAt: message.edited_at ?? null,
    deletedAt: message.deleted_at ?? null,
    expiresAt: message.expires_at ?? null,
    ...(message.deleted_at ? { plaintext: null, problem: null } : content),
  };
}

export function putMessage(tx: Transaction, message: ChatMessage): void {
  const key = messageKey(message.conversationId, message.sequenceNumber);
  tx.put("messages", key, message);
  tx.put("message_ids", message.id, key);
  if (message.expiresAt !== null && message.plaintext !== null) {
    tx.put("expiries", `${message.expiresAt}/${message.id}`, message.id);
  }
}

/** Takes a message out of history. */
export function removeMessage(tx: Transaction, message: ChatMessage): void {
  tx.delete("messages", messageKey(message.conversationId, message.sequenceNumber));
  tx.delete("message_ids", message.id);
}

export async function messageById(reader: Reader, id: string): Promise<ChatMessage | undefined> {
  const key = await reader.get<string>("message_ids", id);
  return key === undefined ? undefined : shown(await reader.get<ChatMessage>("messages", key));
}

/** The highest number of a conversation's messages here; 0 without any. */
export async function lastNumber(reader: Reader, conversationId: string): Promise<number> {
  const last = await reader.list<ChatMessage>("messages", { prefix: `${conversationId}/`, reverse: true, limit: 1 });
  return last[0]?.[1].sequenceNumber ?? 0;
}

/** Newest first. */
export async function history(
  reader: Reader,
  conversationId: string,
  page: { readonly before?: number; readonly limit?: number } = {},
): Promise<ChatMessage[]> {
  const found = await reader.list<ChatMessage>("messages", {
    prefix: `${conversationId}/`,
    ...(page.before === undefined ? {} : { before: messageKey(conversationId, page.before) }),
    reverse: true,
    limit: page.limit ?? PAGE,
  });
  return found.map(([, message]) => shown(message) ?? message);
}

/** A message without its content, because it was deleted or its sender's account was. */
export function blanked(message: ChatMessage, deletedAt: string): ChatMessage {
  return { ...message, plaintext: null, problem: null, deletedAt };
}

/** Takes away the contents of all messages of somebody whose account is gone. */
export async function eraseSender(tx: Transaction, conversationId: string, userId: string, at: string): Promise<void> {
  for (const [key, message] of await tx.list<ChatMessage>("messages", { prefix: `${conversationId}/` })) {
    if (message.senderId === userId) {
      tx.put("messages", key, blanked(message, message.deletedAt ?? at));
    }
  }
}

/** Forgets the contents whose time has run out, also while nobody was connected. */
export async function expire(tx: Transaction): Promise<void> {
  // Times of the wire are all of one form, so that they sort as text.
  for (const [key, id] of await tx.list<string>("expiries", { before: new Date().toISOString() })) {
    tx.delete("expiries", key);
    const message = await messageById(tx, id);
    if (message !== undefined) {
      putMessage(tx, { ...message, plaintext: null, problem: null });
    }
  }
}

/** An expired content is not shown, whether or not it has been forgotten yet. */
function shown(message: ChatMessage | undefined): ChatMessage | undefined {
  return message !== undefined && hasExpired(message, Date.now())
    ? { ...message, plaintext: null, problem: null }
    : message;
}

function hasExpired(message: ChatMessage, now: number): boolean {
  return message.expiresAt !== null && Date.parse(message.expiresAt) <= now;
}

function messageKey(conversationId: string, sequenceNumber: number): string {
  return `${conversationId}/${String(sequenceNumber).padStart(DIGITS, "0")}`;
}
