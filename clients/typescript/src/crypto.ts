/**
 * What this library needs of an end-to-end encryption, and nothing of how it is done.
 *
 * All state is in the store's table `crypto`, read and written through the transaction that is passed in:
 * a ratchet moves exactly when the message that moved it is kept. Implementations hold no state of their
 * own between calls, because another tab may have moved it.
 */

import type { Transaction } from "./store.js";
import type { DeviceAddress } from "./types.js";

/** A key pair's public half with its client-chosen number; `public_key` is base64. */
export interface PublicPrekey {
  readonly key_id: number;
  readonly public_key: string;
}

/** A prekey that the identity key has signed; `signature` is base64. */
export interface SignedPublicPrekey extends PublicPrekey {
  readonly signature: string;
}

/** The body of `POST /v1/encryption/setup`: these are the device's keys now. */
export interface DeviceKeys {
  readonly identity_key: string;
  readonly signed_prekey: SignedPublicPrekey;
  readonly one_time_keys: readonly PublicPrekey[];
  readonly pq_keys?: readonly SignedPublicPrekey[];
  readonly pq_last_resort?: SignedPublicPrekey;
}

/** Prekeys in addition to those that the server has. */
export interface MorePrekeys {
  readonly one_time_keys: readonly PublicPrekey[];
  readonly pq_keys: readonly SignedPublicPrekey[];
  /** A new signed prekey, when the present one has served its time. */
  readonly signed_prekey?: SignedPublicPrekey;
  /** A new last-resort key, likewise. */
  readonly pq_last_resort?: SignedPublicPrekey;
}

/** One of `GET /v1/encryption/bundles`, as it came; nothing of it is verified yet. */
export interface DeviceBundle {
  readonly user_id: string;
  readonly device_id: string;
  readonly device_uuid?: string;
  readonly identity_key: { readonly public_key: string };
  readonly signed_pre_key: SignedPublicPrekey;
  readonly one_time_pre_key?: PublicPrekey;
  readonly pq_pre_key?: SignedPublicPrekey;
}

/** What one device gets of a message: an entry of `ciphertexts`. */
export interface Ciphertext {
  readonly recipient_user_id: string;
  readonly recipient_device_id: string;
  /** Base64 of 1 byte to 96 KiB. */
  readonly ciphertext: string;
  /** JSON of at most 4 KiB, readable by the server. */
  readonly header?: unknown;
}

/** A ciphertext for this device. */
export interface Incoming {
  /** Where it came, as {@link context} says it. */
  readonly context: string;
  readonly sender: DeviceAddress;
  readonly ciphertext: Uint8Array;
  readonly header: unknown;
}

/** What a ciphertext said. */
export interface Decrypted {
  readonly plaintext: Uint8Array;
  /** The sending device's identity key, proved by the decryption. */
  readonly identityKey: Uint8Array;
  /** The device has another identity by now: this came late, and changes nothing. */
  readonly isFormerIdentity: boolean;
  /**
   * The sender will repeat the beginning of the session, which is long, until it has read something in it: send
   * it anything, an empty control message if there is nothing to say.
   */
  readonly wantsAnswer: boolean;
}

/** The bundle's signatures do not verify, or its keys are none. */
export class InvalidBundle extends Error {
  override readonly name = "InvalidBundle";
}

/** A ciphertext that this device cannot read, now or ever. The session is as it was before. */
export class Undecryptable extends Error {
  override readonly name = "Undecryptable";

  constructor(
    message: string,
    /** Nothing of this session will be readable any more: a new one is to be begun. */
    readonly needsNewSession = false,
  ) {
    super(message);
  }
}

/** An end-to-end encryption between devices. */
export interface Crypto {
  /**
   * Makes this device's keys, in place of any that it had, and answers what to publish. `own` is the device
   * itself: what it encrypts is bound to who it is, so that nobody can pass it on as somebody else's.
   */
  createDevice(tx: Transaction, own: DeviceAddress): Promise<DeviceKeys>;
  /** This device's identity key, once it has one. */
  identityKey(tx: Transaction): Promise<Uint8Array | undefined>;
  /** Makes what is missing, given how many the server still has; `undefined` if nothing is. */
  replenish(tx: Transaction, left: { readonly count: number; readonly pq_count: number }): Promise<MorePrekeys | undefined>;
  /** Whether `encrypt` can encrypt to a device without a bundle. */
  hasSession(tx: Transaction, device: DeviceAddress): Promise<boolean>;
  /**
   * Verifies a bundle, takes it for the start of a session, and answers the device's identity key.
   *
   * @throws {InvalidBundle} and changes nothing.
   */
  startSession(tx: Transaction, bundle: DeviceBundle): Promise<Uint8Array>;
  /** The next `encrypt` to the device needs a new bundle; what is under way from it can still be read. */
  endSession(tx: Transaction, device: DeviceAddress): Promise<void>;
  /** The identity key in a bundle, without verifying or starting anything; `undefined` if it is none. */
  bundleIdentity(bundle: Pick<DeviceBundle, "identity_key">): Uint8Array | undefined;
  /**
   * Encrypts for each of `devices`, all of which have sessions, in this order. `context` says where the content
   * belongs (see {@link context}); it is not sent, and who decrypts must name the same.
   */
  encrypt(
    tx: Transaction,
    context: string,
    plaintext: Uint8Array,
    devices: readonly DeviceAddress[],
  ): Promise<Ciphertext[]>;
  /** @throws {Undecryptable} and changes nothing. */
  decrypt(tx: Transaction, message: Incoming): Promise<Decrypted>;
  /**
   * A number that two people compare (60 digits in groups of five), the same on both sides, made of all
   * identity keys of both.
   */
  safetyNumber(
    own: { readonly userId: string; readonly identityKeys: readonly Uint8Array[] },
    other: { readonly userId: string; readonly identityKeys: readonly Uint8Array[] },
  ): Promise<string>;
}

/** The key under which a device's records are kept; the string is all that every event names. */
export function addressKey(device: DeviceAddress): string {
  return `${device.userId}/${device.deviceId}`;
}

/**
 * Where a content belongs: a message to its conversation, an edit to the message that it changes, a control
 * message to neither, the proof of a signal to its call. The server cannot show it anywhere else.
 */
export const context = {
  message: (conversationId: string): string => conversationId,
  edit: (conversationId: string, messageId: string): string => `${conversationId}/edit/${messageId}`,
  control: (conversationId: string): string => `${conversationId}/control`,
  call: (conversationId: string, callId: string, signal: string): string => `${conversationId}/call/${callId}/${signal}`,
};
