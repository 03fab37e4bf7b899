/**
 * How a session begins: X3DH, or PQXDH where the other device has published an ML-KEM key.
 *
 * Sources: "The X3DH Key Agreement Protocol" and "The PQXDH Key Agreement Protocol", with Curve25519,
 * SHA-256 and ML-KEM-1024. Beyond what they ask for, everything that both sides know of the handshake is
 * bound to every message of the session: both users and devices, all keys, and what was encapsulated.
 */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { DeviceAddress } from "../types.js";
import { ByteReader, concat, framed, u32, utf8 } from "./bytes.js";
import { agree, encodeKey, generateKeyPair, KEY_BYTES, type KeyPair } from "./curve.js";
import { UnreadableMessage } from "./errors.js";
import { decapsulate, encapsulate, KEM_CIPHERTEXT_BYTES } from "./kem.js";
import { VERSION } from "./ratchet.js";

/** Marks a ciphertext that begins a session and has its first message inside. */
export const PREKEY_MESSAGE = 2;

const HAS_ONE_TIME = 1;
const HAS_PQ = 2;

const X3DH_LABEL = utf8("Sentinal Chat_CURVE25519_SHA-256, version 1");
const PQXDH_LABEL = utf8("Sentinal Chat_CURVE25519_SHA-256_ML-KEM-1024, version 1");
const TRANSCRIPT_LABEL = utf8("Sentinal Chat session, version 1");
const NO_SALT = new Uint8Array(32);
/** What X3DH puts before the agreed secrets, so that they are not taken for an encoded point. */
const PREFIX = new Uint8Array(32).fill(0xff);

/** A published key with its number, verified and without type byte. */
export interface NumberedKey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** A bundle whose signatures were verified. */
export interface VerifiedBundle {
  readonly identity: Uint8Array;
  readonly signed: NumberedKey;
  readonly oneTime?: NumberedKey;
  readonly pq?: NumberedKey;
}

/** The part of a prekey message before the message inside. */
export interface Opening {
  readonly identity: Uint8Array;
  /** The key that the sender made for this session alone. */
  readonly base: Uint8Array;
  readonly signedId: number;
  readonly oneTimeId?: number;
  readonly pq?: { readonly id: number; readonly ciphertext: Uint8Array };
}

/** What both sides have after a handshake. */
export interface Agreed {
  readonly secret: Uint8Array;
  /** 32 bytes that stand for all that was agreed, for whom and by whom. */
  readonly transcript: Uint8Array;
}

/** Who starts a session, and with whom. */
export interface Parties {
  readonly initiator: DeviceAddress;
  readonly responder: DeviceAddress;
}

/** All public keys of a handshake, as both sides know them. */
interface PublicKeys {
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
  readonly base: Uint8Array;
  readonly signed: Uint8Array;
  readonly oneTime: Uint8Array | undefined;
  readonly pqCiphertext: Uint8Array | undefined;
}

function transcript(parties: Parties, keys: PublicKeys): Uint8Array {
  const nothing = new Uint8Array();
  const parts = [
    TRANSCRIPT_LABEL,
    utf8(parties.initiator.userId),
    utf8(parties.initiator.deviceId),
    utf8(parties.responder.userId),
    utf8(parties.responder.deviceId),
    encodeKey(keys.initiator),
    encodeKey(keys.responder),
    keys.base,
    keys.signed,
    keys.oneTime ?? nothing,
    // ML-KEM derives its secret from the public key too: the ciphertext is enough here.
    keys.pqCiphertext ?? nothing,
  ];
  return sha256(concat(...parts.map(framed)));
}

function derive(agreements: readonly (Uint8Array | undefined)[], pqSecret: Uint8Array | undefined): Uint8Array | undefined {
  const secrets = agreements.filter((secret) => secret !== undefined);
  if (secrets.length !== agreements.length) return undefined;
  const input = concat(PREFIX, ...secrets, ...(pqSecret === undefined ? [] : [pqSecret]));
  return hkdf(sha256, input, NO_SALT, pqSecret === undefined ? X3DH_LABEL : PQXDH_LABEL, 32);
}

/** Starts a session with the owner of a bundle; `undefined` if one of its keys is of small order. */
export function initiateHandshake(
  own: KeyPair,
  bundle: VerifiedBundle,
  parties: Parties,
): { readonly agreed: Agreed; readonly opening: Opening } | undefined {
  const base = generateKeyPair();
  // A post-quantum key that cannot be used is as good as none: X3DH remains.
  const pq = bundle.pq === undefined ? undefined : { id: bundle.pq.id, sealed: encapsulate(bundle.pq.key) };
  const sealed = pq?.sealed;
  const secret = derive(
    [
      agree(own.secret, bundle.signed.key),
      agree(base.secret, bundle.identity),
      agree(base.secret, bundle.signed.key),
      ...(bundle.oneTime === undefined ? [] : [agree(base.secret, bundle.oneTime.key)]),
    ],
    sealed?.secret,
  );
  if (secret === undefined) return undefined;
  const keys = {
    initiator: own.public,
    responder: bundle.identity,
    base: base.public,
    signed: bundle.signed.key,
    oneTime: bundle.oneTime?.key,
    pqCiphertext: sealed?.ciphertext,
  };
  return {
    agreed: { secret, transcript: transcript(parties, keys) },
    opening: {
      identity: own.public,
      base: base.public,
      signedId: bundle.signed.id,
      ...(bundle.oneTime === undefined ? {} : { oneTimeId: bundle.oneTime.id }),
      ...(pq === undefined || sealed === undefined ? {} : { pq: { id: pq.id, ciphertext: sealed.ciphertext } }),
    },
  };
}

/** The private keys that an opening names. */
export interface OpeningKeys {
  readonly identity: KeyPair;
  readonly signed: KeyPair;
  readonly oneTime?: KeyPair;
  readonly pqSeed?: Uint8Array;
}

/**
 * Answers a handshake that somebody else started.
 *
 * @throws {UnreadableMessage} if one of the sender's keys is of small order.
 */
export function answerHandshake(own: OpeningKeys, opening: Opening, parties: Parties): Agreed {
  const pq = opening.pq;
  const secret = derive(
    [
      agree(own.signed.secret, opening.identity),
      agree(own.identity.secret, opening.base),
      agree(own.signed.secret, opening.base),
      ...(own.oneTime === undefined ? [] : [agree(own.oneTime.secret, opening.base)]),
    ],
    pq === undefined || own.pqSeed === undefined ? undefined : decapsulate(own.pqSeed, pq.ciphertext),
  );
  if (secret === undefined) throw new UnreadableMessage("not_authentic", "a key of the sender is of small order");
  const keys = {
    initiator: opening.identity,
    responder: own.identity.public,
    base: opening.base,
    signed: own.signed.public,
    oneTime: own.oneTime?.public,
    pqCiphertext: pq?.ciphertext,
  };
  return { secret, transcript: transcript(parties, keys) };
}

/** A prekey message up to the message inside. */
export function encodeOpening(opening: Opening): Uint8Array {
  const flags = (opening.oneTimeId === undefined ? 0 : HAS_ONE_TIME) | (opening.pq === undefined ? 0 : HAS_PQ);
  return concat(
    Uint8Array.of(VERSION, PREKEY_MESSAGE, flags),
    opening.identity,
    opening.base,
    u32(opening.signedId),
    ...(opening.oneTimeId === undefined ? [] : [u32(opening.oneTimeId)]),
    ...(opening.pq === undefined ? [] : [u32(opening.pq.id), opening.pq.ciphertext]),
  );
}

/** Names the session that an opening begins: a repeated opening must be the same to the last bit. */
export function sessionId(opening: Opening): Uint8Array {
  return sha256(encodeOpening(opening));
}

/**
 * Takes a prekey message apart.
 *
 * @throws {UnreadableMessage}
 */
export function decodeOpening(message: Uint8Array): { readonly opening: Opening; readonly inside: Uint8Array } {
  const reader = new ByteReader(message);
  if (reader.u8() !== VERSION) throw new UnreadableMessage("version", "the message is of an unknown version");
  if (reader.u8() !== PREKEY_MESSAGE) throw new UnreadableMessage("malformed", "the message is of an unknown type");
  const flags = reader.u8();
  if ((flags & ~(HAS_ONE_TIME | HAS_PQ)) !== 0) {
    throw new UnreadableMessage("malformed", "the message has parts that this version does not know");
  }
  const opening = {
    identity: reader.take(KEY_BYTES),
    base: reader.take(KEY_BYTES),
    signedId: reader.u32(),
    ...((flags & HAS_ONE_TIME) === 0 ? {} : { oneTimeId: reader.u32() }),
    ...((flags & HAS_PQ) === 0 ? {} : { pq: { id: reader.u32(), ciphertext: reader.take(KEM_CIPHERTEXT_BYTES) } }),
  };
  return { opening, inside: reader.rest() };
}
