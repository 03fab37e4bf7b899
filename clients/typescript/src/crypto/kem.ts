/**
 * ML-KEM-1024 (FIPS 203), which adds post-quantum secrecy to the first secret of a session.
 *
 * Published keys carry the type byte 0x0a. Other clients publish Kyber-1024, ML-KEM's predecessor, under
 * 0x08; both have keys of the same length and do not understand each other, so the byte decides.
 */

import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { concat } from "./bytes.js";
import { randomBytes } from "./curve.js";

/** Bytes of a public key, without type byte. */
export const KEM_KEY_BYTES = 1568;
/** Bytes of an encapsulated secret. */
export const KEM_CIPHERTEXT_BYTES = 1568;
/** What is put before an ML-KEM-1024 key on the wire. */
export const KEM_TYPE = 0x0a;

/** A key pair is kept as the 64 bytes it is made of; the private key itself has 3,168. */
export function generateSeed(): Uint8Array {
  return randomBytes(64);
}

/** The public key that belongs to a seed, as it is published. */
export function publishedKey(seed: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(KEM_TYPE), ml_kem1024.keygen(seed).publicKey);
}

/** A published key without its type byte; `undefined` if it is no ML-KEM-1024 key. */
export function decodeKemKey(published: Uint8Array): Uint8Array | undefined {
  return published.length === KEM_KEY_BYTES + 1 && published[0] === KEM_TYPE ? published.slice(1) : undefined;
}

/** A fresh secret for the owner of a key; `undefined` if the key's coefficients are out of range. */
export function encapsulate(
  publicKey: Uint8Array,
): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined {
  try {
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey);
    return { ciphertext: cipherText, secret: sharedSecret };
  } catch {
    return undefined;
  }
}

/** The secret in a ciphertext. One that was tampered with yields another secret, not an error. */
export function decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return ml_kem1024.decapsulate(ciphertext, ml_kem1024.keygen(seed).secretKey);
}
