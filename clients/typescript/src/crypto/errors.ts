/** The errors of this folder. Each leaves the store as it was. */

import { Undecryptable } from "../crypto.js";

/** Why a ciphertext cannot be read. */
export type Reason =
  /** Its bytes are not of the documented form. */
  | "malformed"
  /** It is of a version that this program does not know. */
  | "version"
  /** It continues a session that this device does not have: ask the sender to start a new one. */
  | "no_session"
  /** It starts a session with a prekey that this device has not, or has no more. */
  | "unknown_prekey"
  /** It was read before, or its key was dropped because it came far too late. */
  | "duplicate"
  /** More messages are missing before it than this program is willing to skip. */
  | "too_far"
  /** Somebody changed it, or it was made for another conversation or person. */
  | "not_authentic";

/** After these, the sender and this device have different ideas of their session. */
const SESSION_LOST: ReadonlySet<Reason> = new Set(["no_session", "unknown_prekey", "too_far", "not_authentic"]);

/** A ciphertext that this device cannot read, and why. */
export class UnreadableMessage extends Undecryptable {
  constructor(
    readonly reason: Reason,
    message: string,
  ) {
    super(message, SESSION_LOST.has(reason));
  }
}

/** A device was to be encrypted to without a session: `startSession` comes first. */
export class NoSession extends Error {
  override readonly name = "NoSession";
}

/** A plaintext of more bytes than one ciphertext may hold. */
export class PlaintextTooLong extends Error {
  override readonly name = "PlaintextTooLong";
}

/** This device has no keys yet: `createDevice` comes first. */
export class NoDevice extends Error {
  override readonly name = "NoDevice";
}

/** An attachment that is cut short, was changed, or does not belong to the key that came with it. */
export class DamagedAttachment extends Error {
  override readonly name = "DamagedAttachment";
}
