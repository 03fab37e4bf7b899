/** The public face of the library; {@link Client} implements it. */

import type { ChatMessage, ConnectionState, KnownIdentity, OutboxEntry, SendOptions, SentMessage, Warning } from "./types.js";
import type { ServerEvent, ServerEventName, User } from "./wire.js";

/**
 * What `on` hands out. Beside these, every event of the server comes under its own name (`typing:started`,
 * `participant:added`, …) as it was on the wire, except `message:new`, `message:updated` and
 * `message:control`, which this library decrypts and consumes.
 */
export interface OwnEvents {
  /** A message has come, or was sent by this device or another one of the same user. */
  message: ChatMessage;
  /** A message says something else now. */
  "message:edited": ChatMessage;
  /** Something in the outbox changed; `removed` when it was sent or discarded. */
  outbox: { readonly entry: OutboxEntry; readonly removed: boolean };
  connection: ConnectionState;
  warning: Warning;
  /** This tab has the socket now. */
  owner: boolean;
  /** The login has ended: sign in again. */
  "signed-out": { readonly code: string };
}

type WireEvents = { [Name in Exclude<ServerEventName, "message:new" | "message:updated" | "message:control">]: Extract<ServerEvent, { type: Name }> };

export type ClientEvents = OwnEvents & WireEvents;

/**
 * Called in order. A durable event is acknowledged to the server once it is in the store and every handler
 * has ended; if a handler fails it comes again at the next connection.
 */
export type Handler<Name extends keyof ClientEvents> = (event: ClientEvents[Name]) => void | Promise<void>;

export interface Login {
  readonly userId: string;
  readonly user: User;
  readonly deviceId: string;
  readonly sessionId: string;
}

export interface Chat {
  /** Makes an account, signs this device in, and publishes its keys. */
  register(account: {
    readonly email: string;
    readonly username: string;
    readonly password: string;
    readonly displayName?: string;
    readonly deviceName?: string;
  }): Promise<Login>;
  /** Signs this device in; `identity` is e-mail, username or phone number. */
  login(identity: string, password: string, options?: { readonly deviceName?: string }): Promise<Login>;
  /** Continues the login that the store holds; `null` if there is none. */
  resume(): Promise<Login | null>;
  /** Ends the login. Keys and messages stay unless `forget`. */
  logout(options?: { readonly forget?: boolean }): Promise<void>;
  readonly session: Login | null;

  /** Connects, and stays connected. Called by `register`, `login` and `resume`. */
  connect(): void;
  on<Name extends keyof ClientEvents>(event: Name, handler: Handler<Name>): () => void;
  readonly connection: ConnectionState;

  /**
   * Sends to everybody in a conversation, own other devices included. Kept until it is answered, also past a
   * reload; answers once the server has committed it. Messages of one conversation are sent in order.
   *
   * @throws {IdentityChanged} while somebody's identity waits to be accepted.
   */
  send(conversationId: string, plaintext: Uint8Array | string, options?: SendOptions): Promise<SentMessage>;
  /** Replaces what an own message says. */
  edit(message: ChatMessage, plaintext: Uint8Array | string): Promise<void>;
  /** What waits to be sent. */
  outbox(conversationId?: string): Promise<OutboxEntry[]>;
  retry(clientMessageId: string): Promise<void>;
  discard(clientMessageId: string): Promise<void>;
  /** Messages that this device has, newest first, of numbers below `before`. */
  history(conversationId: string, page?: { readonly before?: number; readonly limit?: number }): Promise<ChatMessage[]>;
  message(messageId: string): Promise<ChatMessage | undefined>;
  /** Marks a message and all before it read. */
  markRead(messageId: string): Promise<void>;
  typing(conversationId: string, isTyping: boolean): void;

  /** What is known of a user's devices. */
  identities(userId: string): Promise<KnownIdentity[]>;
  /** Accepts all changed identities of a user; what was held is sent. */
  acceptIdentity(userId: string, options?: { readonly verified?: boolean }): Promise<void>;
  setVerified(userId: string, verified: boolean): Promise<void>;
  safetyNumber(userId: string): Promise<string>;

  /** Closes the socket and lets another tab have it. */
  close(): Promise<void>;
}
