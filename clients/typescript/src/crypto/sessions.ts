/**
 * What this device has with one other device: the session in use, and earlier ones that may still be read.
 *
 * There can be several, because both sides may start one at the same time, or start anew. A device writes in
 * the session in which it last read something, so both sides end up in the same one ("Sesame" says why).
 * Functions of a record that answer the next one; a record is stored under `session/<user>/<device>`.
 */

import { concat, equal, utf8 } from "./bytes.js";
import { UnreadableMessage } from "./errors.js";
import * as ratchet from "./ratchet.js";
import { PREKEY_MESSAGE } from "./handshake.js";

/** Sessions that are kept beside the one in use; the oldest go first. */
export const ARCHIVED_MAX = 10;
/** Answered sessions that are remembered, so that an opening is not answered twice. */
export const ANSWERED_MAX = 200;
/** Archived sessions are tried one after the other: what a forged message costs must stay small. */
const ARCHIVED_SKIP_MAX = 2_000;

/** One session. */
export interface Session {
  readonly ratchet: ratchet.RatchetState;
  /** Stands for the handshake, and is bound to every message. */
  readonly transcript: Uint8Array;
  /** SHA-256 of its opening, by which both sides know it. */
  readonly id: Uint8Array;
  /** The other device's identity key, without type byte. */
  readonly identity: Uint8Array;
  /** The opening, put before every message until the other side has answered; `null` after that. */
  readonly opening: Uint8Array | null;
  /** Whether ML-KEM took part in the first secret. */
  readonly postQuantum: boolean;
  /** Ended by this device: it can be read, and is never written in again. */
  readonly isRetired: boolean;
}

/** All sessions with one device. */
export interface SessionRecord {
  readonly version: typeof ratchet.VERSION;
  readonly current: Session | null;
  /** The one used last first. */
  readonly archived: readonly Session[];
  readonly answered: readonly Uint8Array[];
}

/** With a device that nothing was ever exchanged with. */
export const NO_SESSIONS: SessionRecord = { version: ratchet.VERSION, current: null, archived: [], answered: [] };

/** A message belongs to its session and to its context: the server cannot move it into another one. */
function bound(session: Session, context: string): Uint8Array {
  return concat(session.transcript, utf8(context));
}

function all(record: SessionRecord): Session[] {
  return [...(record.current === null ? [] : [record.current]), ...record.archived];
}

/** Makes a session the one in use. */
export function begin(record: SessionRecord, session: Session): SessionRecord {
  const archived = all(record).filter((other) => !equal(other.id, session.id));
  return { ...record, current: session, archived: archived.slice(0, ARCHIVED_MAX) };
}

/** Notes that a session was answered, so that its opening is good no more. */
export function noteAnswered(record: SessionRecord, id: Uint8Array): SessionRecord {
  return { ...record, answered: [...record.answered, id].slice(-ANSWERED_MAX) };
}

/** Whether a session was answered, though it may be gone. */
export function wasAnswered(record: SessionRecord, id: Uint8Array): boolean {
  return record.answered.some((answered) => equal(answered, id));
}

/** The session of an id. */
export function findSession(record: SessionRecord, id: Uint8Array): Session | undefined {
  return all(record).find((session) => equal(session.id, id));
}

/** Ends all sessions for writing. */
export function retire(record: SessionRecord): SessionRecord {
  const archived = all(record).map((session) => ({ ...session, isRetired: true }));
  return { ...record, current: null, archived: archived.slice(0, ARCHIVED_MAX) };
}

/** Encrypts in the session in use; `undefined` if there is none. */
export function seal(
  record: SessionRecord,
  context: string,
  plaintext: Uint8Array,
): { readonly record: SessionRecord; readonly message: Uint8Array; readonly type: "prekey" | "ratchet" } | undefined {
  const session = record.current;
  if (session === null) return undefined;
  const sealed = ratchet.encrypt(session.ratchet, plaintext, bound(session, context));
  if (sealed === undefined) return undefined;
  const { opening } = session;
  return {
    record: { ...record, current: { ...session, ratchet: sealed.state } },
    message: opening === null ? sealed.message : concat(opening, sealed.message),
    type: opening === null ? "ratchet" : "prekey",
  };
}

/** What was read, and the record after it. */
export interface Unsealed {
  readonly record: SessionRecord;
  readonly plaintext: Uint8Array;
  readonly identity: Uint8Array;
  /** The device has another identity by now. */
  readonly isFormerIdentity: boolean;
  /** The message's number in its chain. */
  readonly number: number;
}

/**
 * Reads a message in one session, which is then the one in use, unless it was ended or is of an earlier
 * identity of the device.
 *
 * @throws {UnreadableMessage}
 */
export function unsealIn(record: SessionRecord, session: Session, context: string, message: Uint8Array): Unsealed {
  const isCurrent = record.current !== null && equal(record.current.id, session.id);
  const skipMax = isCurrent ? ratchet.SKIPPED_AT_ONCE_MAX : ARCHIVED_SKIP_MAX;
  const read = ratchet.decrypt(session.ratchet, message, bound(session, context), skipMax);
  const next: Session = { ...session, ratchet: read.state, opening: null };
  const isFormerIdentity = record.current !== null && !equal(record.current.identity, next.identity);
  const canBeUsed = !next.isRetired && !isFormerIdentity;
  const place = (other: Session): Session => (equal(other.id, next.id) ? next : other);
  return {
    record: canBeUsed ? begin(record, next) : { ...record, archived: record.archived.map(place) },
    plaintext: read.plaintext,
    identity: next.identity,
    isFormerIdentity,
    number: read.number,
  };
}

/**
 * Reads a message of whichever session it belongs to.
 *
 * @throws {UnreadableMessage} what the session in use, or else the newest one, has to say.
 */
export function unseal(record: SessionRecord, context: string, message: Uint8Array): Unsealed {
  let first: UnreadableMessage | undefined;
  for (const session of all(record)) {
    try {
      return unsealIn(record, session, context, message);
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      first ??= error;
    }
  }
  throw first ?? new UnreadableMessage("no_session", "there is no session with the sender");
}

/** Whether a ciphertext begins a session. */
export function isOpening(message: Uint8Array): boolean {
  return message[0] === ratchet.VERSION && message[1] === PREKEY_MESSAGE;
}
