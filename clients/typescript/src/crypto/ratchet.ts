/**
 * The Double Ratchet: every message has a key of its own, and every answer a fresh agreement.
 *
 * Functions of a state and a message that answer the next state; none changes what it is given, so a message
 * that fails leaves nothing behind. Message keys are used once: the caller stores the next state before it
 * lets a ciphertext out, and together with the plaintext when it reads one.
 *
 * Source: "The Double Ratchet Algorithm", without header encryption, with the algorithms of its section on
 * recommended cryptographic algorithms (HKDF and HMAC with SHA-256; AES-256-CBC with HMAC-SHA-256).
 */

import { cbc } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ByteReader, concat, equal, framed, u32, utf8 } from "./bytes.js";
import { agree, generateKeyPair, KEY_BYTES, type KeyPair } from "./curve.js";
import { UnreadableMessage } from "./errors.js";

/** The format of messages and of what is stored. */
export const VERSION = 1;
/** Marks a ciphertext as a message of a session that both sides have. */
export const RATCHET_MESSAGE = 1;

/**
 * Messages that one chain may lack before one that is read.
 *
 * A reader who never answers stays on one chain, and messages that expired or were deleted while its device
 * was away never come: it must be possible to pass over many. Each costs one HMAC.
 */
export const SKIPPED_AT_ONCE_MAX = 25_000;
/** Keys of missing messages that are kept; the oldest go first. About 80 bytes each. */
export const SKIPPED_KEPT_MAX = 2_000;

/** Plaintexts are padded to a multiple of this, so that a length tells less about what was said. */
const PADDING_BYTES = 160;
const BLOCK_BYTES = 16;
const UNPADDED = { disablePadding: true };
const TAG_BYTES = 32;
/** Version, type, ratchet key, two counters. */
const HEADER_BYTES = 2 + KEY_BYTES + 4 + 4;

const ROOT_LABEL = utf8("Sentinal Chat ratchet root, version 1");
const MESSAGE_LABEL = utf8("Sentinal Chat message key, version 1");
const NO_SALT = new Uint8Array(32);

interface Chain {
  readonly key: Uint8Array;
  /** The number of the next message. */
  readonly next: number;
}

/** The key of a message that did not come when it was its turn. */
interface SkippedKey {
  readonly ratchetKey: Uint8Array;
  readonly number: number;
  readonly key: Uint8Array;
}

/** One side of a session. */
export interface RatchetState {
  readonly rootKey: Uint8Array;
  /** The own key of this turn. */
  readonly own: KeyPair;
  /** The other side's key of this turn; `null` until it has said anything. */
  readonly other: Uint8Array | null;
  /** `null` until this side may write: the one who answers first has to read. */
  readonly sending: Chain | null;
  readonly receiving: Chain | null;
  /** How many messages the previous sending chain had. */
  readonly previousLength: number;
  /** Oldest first. */
  readonly skipped: readonly SkippedKey[];
}

function rootStep(rootKey: Uint8Array, shared: Uint8Array): { rootKey: Uint8Array; chain: Chain } {
  const keys = hkdf(sha256, shared, rootKey, ROOT_LABEL, 64);
  return { rootKey: keys.slice(0, 32), chain: { key: keys.slice(32), next: 0 } };
}

function chainStep(chain: Chain): { messageKey: Uint8Array; chain: Chain } {
  return {
    messageKey: hmac(sha256, chain.key, Uint8Array.of(1)),
    chain: { key: hmac(sha256, chain.key, Uint8Array.of(2)), next: chain.next + 1 },
  };
}

function expand(messageKey: Uint8Array): { cipherKey: Uint8Array; macKey: Uint8Array; iv: Uint8Array } {
  const keys = hkdf(sha256, messageKey, NO_SALT, MESSAGE_LABEL, 80);
  return { cipherKey: keys.slice(0, 32), macKey: keys.slice(32, 64), iv: keys.slice(64) };
}

/** The state of the side that starts; `undefined` if the other side's key is of small order. */
export function initiate(secret: Uint8Array, other: Uint8Array): RatchetState | undefined {
  const own = generateKeyPair();
  const shared = agree(own.secret, other);
  if (shared === undefined) return undefined;
  const { rootKey, chain } = rootStep(secret, shared);
  return { rootKey, own, other, sending: chain, receiving: null, previousLength: 0, skipped: [] };
}

/** The state of the side that answers; `own` is the key pair that the other side started from. */
export function respond(secret: Uint8Array, own: KeyPair): RatchetState {
  return { rootKey: secret, own, other: null, sending: null, receiving: null, previousLength: 0, skipped: [] };
}

/** The bytes that a plaintext becomes before it is encrypted: it, 0x80, zeros. */
function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((plaintext.length + 1) / PADDING_BYTES) * PADDING_BYTES);
  padded.set(plaintext);
  padded[plaintext.length] = 0x80;
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 0x80) throw new UnreadableMessage("malformed", "the padding is not of this format");
  return padded.slice(0, end);
}

/**
 * Encrypts one message. `bound` is authenticated with it but not sent: the reader must know the same bytes.
 * `undefined` while this side cannot write.
 */
export function encrypt(
  state: RatchetState,
  plaintext: Uint8Array,
  bound: Uint8Array,
): { readonly state: RatchetState; readonly message: Uint8Array } | undefined {
  if (state.sending === null) return undefined;
  const { messageKey, chain } = chainStep(state.sending);
  const header = concat(
    Uint8Array.of(VERSION, RATCHET_MESSAGE),
    state.own.public,
    u32(state.previousLength),
    u32(state.sending.next),
  );
  const { cipherKey, macKey, iv } = expand(messageKey);
  const sealed = cbc(cipherKey, iv, UNPADDED).encrypt(pad(plaintext));
  const tag = hmac(sha256, macKey, concat(framed(bound), header, sealed));
  return { state: { ...state, sending: chain }, message: concat(header, sealed, tag) };
}

/** A message taken apart. */
interface Parsed {
  readonly header: Uint8Array;
  readonly ratchetKey: Uint8Array;
  readonly previousLength: number;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly tag: Uint8Array;
}

function parse(message: Uint8Array): Parsed {
  const reader = new ByteReader(message);
  if (reader.u8() !== VERSION) throw new UnreadableMessage("version", "the message is of an unknown version");
  if (reader.u8() !== RATCHET_MESSAGE) throw new UnreadableMessage("malformed", "the message is of an unknown type");
  const ratchetKey = reader.take(KEY_BYTES);
  const previousLength = reader.u32();
  const number = reader.u32();
  const body = reader.rest();
  if (body.length <= TAG_BYTES || (body.length - TAG_BYTES) % BLOCK_BYTES !== 0) {
    throw new UnreadableMessage("malformed", "the message is cut short");
  }
  return {
    header: message.slice(0, HEADER_BYTES),
    ratchetKey,
    previousLength,
    number,
    sealed: body.slice(0, -TAG_BYTES),
    tag: body.slice(-TAG_BYTES),
  };
}

function open(messageKey: Uint8Array, message: Parsed, bound: Uint8Array): Uint8Array {
  const { cipherKey, macKey, iv } = expand(messageKey);
  if (!equal(hmac(sha256, macKey, concat(framed(bound), message.header, message.sealed)), message.tag)) {
    throw new UnreadableMessage("not_authentic", "the message was changed, or is not for this conversation");
  }
  return unpad(cbc(cipherKey, iv, UNPADDED).decrypt(message.sealed));
}

/** Moves the receiving chain to the message of a number, and keeps the keys of those before it. */
function skipTo(state: RatchetState, number: number, skipMax: number): RatchetState {
  if (state.receiving === null || state.other === null || state.receiving.next >= number) return state;
  if (number - state.receiving.next > skipMax) {
    throw new UnreadableMessage("too_far", "too many messages are missing before this one");
  }
  let chain = state.receiving;
  const skipped: SkippedKey[] = [];
  while (chain.next < number) {
    const step = chainStep(chain);
    // Keys that would be dropped at once are not collected.
    if (number - chain.next <= SKIPPED_KEPT_MAX) {
      skipped.push({ ratchetKey: state.other, number: chain.next, key: step.messageKey });
    }
    chain = step.chain;
  }
  return { ...state, receiving: chain, skipped: [...state.skipped, ...skipped].slice(-SKIPPED_KEPT_MAX) };
}

/** Takes the other side's next key: its messages begin a new chain, and so do this side's. */
function turn(state: RatchetState, other: Uint8Array): RatchetState {
  const incoming = agree(state.own.secret, other);
  const own = generateKeyPair();
  const outgoing = agree(own.secret, other);
  if (incoming === undefined || outgoing === undefined) {
    throw new UnreadableMessage("not_authentic", "the sender's ratchet key is of small order");
  }
  const receiving = rootStep(state.rootKey, incoming);
  const sending = rootStep(receiving.rootKey, outgoing);
  return {
    rootKey: sending.rootKey,
    own,
    other,
    sending: sending.chain,
    receiving: receiving.chain,
    previousLength: state.sending?.next ?? 0,
    skipped: state.skipped,
  };
}

/**
 * Reads one message; `bound` are the bytes that its sender bound to it, `skipMax` says how many missing
 * messages of one chain are passed over before it is known whether it is authentic. `number` of the answer is the
 * message's number in its chain.
 *
 * @throws {UnreadableMessage}
 */
export function decrypt(
  state: RatchetState,
  bytes: Uint8Array,
  bound: Uint8Array,
  skipMax = SKIPPED_AT_ONCE_MAX,
): { readonly state: RatchetState; readonly plaintext: Uint8Array; readonly number: number } {
  const message = parse(bytes);
  const kept = state.skipped.findIndex(
    (skipped) => skipped.number === message.number && equal(skipped.ratchetKey, message.ratchetKey),
  );
  const late = state.skipped[kept];
  if (late !== undefined) {
    const plaintext = open(late.key, message, bound);
    return { state: { ...state, skipped: state.skipped.toSpliced(kept, 1) }, plaintext, number: message.number };
  }
  let next = state;
  if (next.other === null || !equal(next.other, message.ratchetKey)) {
    next = turn(skipTo(next, message.previousLength, skipMax), message.ratchetKey);
  } else if (next.receiving !== null && message.number < next.receiving.next) {
    throw new UnreadableMessage("duplicate", "the message was read before, or came far too late");
  }
  next = skipTo(next, message.number, skipMax);
  if (next.receiving === null) throw new UnreadableMessage("no_session", "this side cannot read yet");
  const { messageKey, chain } = chainStep(next.receiving);
  const plaintext = open(messageKey, message, bound);
  return { state: { ...next, receiving: chain }, plaintext, number: message.number };
}
