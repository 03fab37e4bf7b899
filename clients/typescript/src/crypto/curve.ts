/**
 * Curve25519: key pairs, Diffie-Hellman (RFC 7748), and signatures by such keys (XEdDSA).
 *
 * An identity key agrees on secrets and signs. XEdDSA is what lets a Curve25519 key sign: it finds the
 * Edwards point that belongs to it, and makes an Ed25519 signature by that point.
 */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat } from "./bytes.js";

/** Bytes of a public key, without type byte. */
export const KEY_BYTES = 32;
/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64;
/** What is put before a Curve25519 key on the wire. */
export const CURVE_TYPE = 0x05;

/** A private key and the public one that belongs to it, 32 bytes each. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

/** Bytes of the system's random generator. */
export function randomBytes(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** A fresh key pair for agreements and signatures. */
export function generateKeyPair(): KeyPair {
  const secret = randomBytes(KEY_BYTES);
  return { secret, public: x25519.getPublicKey(secret) };
}

/**
 * The secret that the owners of both keys share; `undefined` if the public key is of small order, so that
 * everybody would know it.
 */
export function agree(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(secret, publicKey);
  } catch {
    return undefined;
  }
}

/** A public key as it is published: the type byte, then the key. */
export function encodeKey(publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(CURVE_TYPE), publicKey);
}

/** A published key without its type byte; `undefined` if it is no Curve25519 key. */
export function decodeKey(published: Uint8Array): Uint8Array | undefined {
  if (published.length === KEY_BYTES) return published;
  return published.length === KEY_BYTES + 1 && published[0] === CURVE_TYPE ? published.slice(1) : undefined;
}

const { Fp, Fn, BASE } = ed25519.Point;

/** XEdDSA's first hash is told from Ed25519's by 2^256 - 2, little-endian, before its input. */
const HASH_1_PREFIX = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xfe : 0xff));

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function scalarBytes(scalar: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((scalar >> BigInt(8 * index)) & 0xffn));
}

/** Signs as `xeddsa_sign` of the specification does; `random` is 64 fresh random bytes. */
export function sign(secret: Uint8Array, message: Uint8Array, random = randomBytes(64)): Uint8Array {
  const clamped = secret.slice();
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64;
  const scalar = Fn.create(littleEndian(clamped));
  const point = BASE.multiply(scalar).toBytes();
  const isNegative = ((point[31] ?? 0) & 0x80) !== 0;
  // The point's sign is always zero: the verifier knows the key's u-coordinate only.
  const publicPoint = point.slice();
  publicPoint[31] = (publicPoint[31] ?? 0) & 0x7f;
  const signing = isNegative ? Fn.neg(scalar) : scalar;
  const nonce = Fn.create(littleEndian(sha512(concat(HASH_1_PREFIX, scalarBytes(signing), message, random))));
  const commitment = BASE.multiply(nonce).toBytes();
  const challenge = Fn.create(littleEndian(sha512(concat(commitment, publicPoint, message))));
  return concat(commitment, scalarBytes(Fn.add(nonce, Fn.mul(challenge, signing))));
}

/**
 * Whether the owner of a Curve25519 key signed a message.
 *
 * The specification's signatures are by the point of sign zero. Signal's own libraries leave the point as it
 * is and put its sign into the highest bit of the signature, which is otherwise unused; both are accepted, as
 * the server does.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const u = littleEndian(publicKey);
  // One key must not have two encodings, and u = -1 belongs to no point.
  if (u >= Fp.ORDER || u === Fp.ORDER - 1n) return false;
  const point = scalarBytes(Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n)));
  const plain = signature.slice();
  const sign = (plain[63] ?? 0) & 0x80;
  plain[63] = (plain[63] ?? 0) & 0x7f;
  point[31] = (point[31] ?? 0) | sign;
  try {
    return ed25519.verify(plain, message, point, { zip215: false });
  } catch {
    return false;
  }
}
