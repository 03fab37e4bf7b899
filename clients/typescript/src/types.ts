/**
 * The words of this library's own interface.
 *
 * What is on the wire keeps the wire's names (`snake_case`, the types of `wire.ts`); what this library
 * makes of it is written in `camelCase`.
 */

/** What kind of content a message announces; the server sees this word, and nothing of the content. */
export type MessageType = "text" | "image" | "video" | "audio" | "file" | "location" | "contact" | "poll";

/** Names one installation of one user. */
export interface DeviceAddress {
  /** Its owner. */
  readonly userId: string;
  /** The string that the installation chose for itself, unique among its owner's devices. */
  readonly deviceId: string;
  /** The server's UUID of the device, where it is known. */
  readonly uuid?: string;
}

/** Why a message has no readable content on this device. */
export type ContentProblem =
  /** The sender had nothing for this device: it was sent before the device existed, say. */
  | "not_for_this_device"
  /** The sender could not encrypt for this device, because its published keys do not verify. */
  | "placeholder"
  /** It does not decrypt: keys are gone, or somebody changed it on the way. */
  | "undecryptable";

/** A message as this device keeps it. */
export interface ChatMessage {
  readonly id: string;
  readonly conversationId: string;
  /** `null` once the sender's account is gone. */
  readonly senderId: string | null;
  /** The string of the sending device, while it is known. */
  readonly senderDeviceId: string | null;
  /** Its number among the conversation's messages: history is in this order. */
  readonly sequenceNumber: number;
  /** The number of the change that brought it. */
  readonly revision: number;
  readonly clientMessageId: string | null;
  readonly type: MessageType;
  readonly replyTo: string | null;
  readonly mentions: readonly string[];
  /** Ids of uploads; their keys and addresses are inside the content. */
  readonly attachments: readonly string[];
  /** RFC 3339, as all times. */
  readonly createdAt: string;
  readonly editedAt: string | null;
  /** A message that was deleted is kept without its content. */
  readonly deletedAt: string | null;
  readonly expiresAt: string | null;
  /** What it says; `null` with a `problem`, and once deleted or expired. */
  readonly plaintext: Uint8Array | null;
  readonly problem: ContentProblem | null;
}

/** What a message may carry beside its content. */
export interface SendOptions {
  /** `text` if absent. */
  readonly type?: MessageType;
  /** A message of the same conversation that this one answers. */
  readonly replyTo?: string;
  readonly mentions?: readonly string[];
  /** Ids of complete uploads of the sender. */
  readonly attachments?: readonly string[];
  /** For messages of type `poll`: what the server counts. The texts belong into the content. */
  readonly poll?: { readonly options: number; readonly multiple?: boolean; readonly closesAt?: string | null };
  /** Seconds until the content is no longer shown. */
  readonly expiresIn?: number;
  /** JSON of at most 4 KiB, readable by the server. */
  readonly metadata?: unknown;
  /** Names the message for retries; made by the library if absent. */
  readonly clientMessageId?: string;
}

/** A message that the server has committed. */
export interface SentMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly clientMessageId: string;
  readonly sequenceNumber: number;
  readonly revision: number;
  readonly createdAt: string;
}

/** A message that waits to be sent, or is being sent. It survives a reload. */
export interface OutboxEntry {
  readonly conversationId: string;
  readonly clientMessageId: string;
  /** When `send` was called. */
  readonly createdAt: string;
  readonly plaintext: Uint8Array;
  readonly options: SendOptions;
  /**
   * `waiting` is tried until it is answered; `held` waits until changed identities are accepted; `refused`
   * was answered with an error and is kept until it is retried or discarded.
   */
  readonly state: "waiting" | "held" | "refused";
  /** The error's code, once refused or held. */
  readonly code: string | null;
}

/** Where the socket is. */
export type ConnectionState =
  | { readonly state: "offline"; /** Milliseconds until the next attempt. */ readonly retryInMs: number }
  | { readonly state: "connecting" }
  /** Connected, and reading what was missed. */
  | { readonly state: "catching_up" }
  /** Everything that there was is here. */
  | { readonly state: "online" }
  /** It will not come back by itself. `code` is the close code, or the HTTP status of the refusal. */
  | { readonly state: "closed"; readonly code: number; readonly reason: string };

/** Something that the person should be told. */
export type Warning =
  /** A device's published keys do not verify: it gets a placeholder instead of the message. */
  | { readonly kind: "unusable_device"; readonly device: DeviceAddress; readonly conversationId: string }
  /** A device has another identity key than before: nothing is sent to its owner until it is accepted. */
  | { readonly kind: "identity_changed"; readonly device: DeviceAddress }
  /** Revisions of a conversation are gone for good and were read anew from the server. */
  | { readonly kind: "gap"; readonly conversationId: string; readonly from: number; readonly to: number }
  /** A handler of the program failed. The event is not acknowledged: it comes again. */
  | { readonly kind: "handler_failed"; readonly event: string; readonly error: unknown };

/** What this device knows of another one's identity. */
export interface KnownIdentity {
  readonly device: DeviceAddress;
  /** The key that messages are encrypted to. */
  readonly identityKey: Uint8Array;
  /** A key that has come since and was not accepted yet. */
  readonly changedTo: Uint8Array | null;
  /** Whether the person has compared the safety number for this very key. */
  readonly verified: boolean;
}
