/**
 * Encryption of files: with a key of its own for each, in chunks, so that a big file never has to be in memory
 * as a whole and every piece is authenticated before it is used.
 *
 * The STREAM construction with AES-256-GCM: chunks of 64 KiB, each sealed under the same key with a nonce of
 * its number (11 bytes, big-endian) and a byte that is 1 for the last chunk. Chunks cannot be moved, left out
 * or cut off. The SHA-256 digest of all that is uploaded goes along with the key: AES-GCM alone would let a
 * sender make one file that two keys open differently.
 *
 * WebCrypto does the work, which browsers offer to pages from https and localhost only.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { equal } from "./bytes.js";
import { randomBytes } from "./curve.js";
import { DamagedAttachment } from "./errors.js";

/** Bytes of plaintext in each chunk but the last. */
export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

/** What opens an attachment. It travels inside a message. */
export interface AttachmentKey {
  /** AES-256, for this file alone. */
  readonly key: Uint8Array;
  /** SHA-256 of what was uploaded. */
  readonly digest: Uint8Array;
  /** Bytes of the file itself. */
  readonly size: number;
}

type Bytes = Uint8Array<ArrayBuffer>;
/** Anything that yields bytes: a generator, a response's body, a file. */
export type ByteSource = Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Bytes that are uploaded for a file of `size` bytes. */
export function sealedSize(size: number): number {
  return size + TAG_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES));
}

/** Encrypts a file under a fresh key. Upload `sealed`; send `key` inside a message. */
export async function encryptAttachment(file: ByteSource): Promise<{ sealed: Blob; key: AttachmentKey }> {
  const key = randomBytes(32);
  const cipher = await importKey(key);
  const digest = sha256.create();
  const parts: Bytes[] = [];
  let size = 0;
  for await (const { chunk, number, isLast } of numbered(file, CHUNK_BYTES)) {
    const sealed = new Uint8Array(
      await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce(number, isLast) }, cipher, chunk),
    );
    digest.update(sealed);
    parts.push(sealed);
    size += chunk.length;
  }
  return { sealed: new Blob(parts), key: { key, digest: digest.digest(), size } };
}

/**
 * Yields what was encrypted, piece by piece. Each piece is authentic and in its place; that nothing is missing
 * is known when the generator ends without an error.
 *
 * @throws {DamagedAttachment}
 */
export async function* decryptAttachment(sealed: ByteSource, key: AttachmentKey): AsyncGenerator<Bytes, void> {
  if (key.key.length !== 32) throw new DamagedAttachment("the key is not of 32 bytes");
  const cipher = await importKey(key.key);
  const digest = sha256.create();
  let size = 0;
  for await (const { chunk, number, isLast } of numbered(sealed, SEALED_CHUNK_BYTES)) {
    digest.update(chunk);
    if (isLast && !equal(digest.digest(), key.digest)) {
      throw new DamagedAttachment("the attachment is not the one that was sent");
    }
    const plain = await openChunk(cipher, nonce(number, isLast), chunk);
    size += plain.length;
    if (size > key.size || (isLast && size !== key.size)) {
      throw new DamagedAttachment("the attachment is not of the length that was announced");
    }
    yield plain;
  }
}

/**
 * The whole file, once it is known to be undamaged.
 *
 * @throws {DamagedAttachment}
 */
export async function openAttachment(sealed: ByteSource, key: AttachmentKey, contentType = ""): Promise<Blob> {
  const parts: Bytes[] = [];
  for await (const part of decryptAttachment(sealed, key)) parts.push(part);
  return new Blob(parts, { type: contentType });
}

function importKey(key: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function openChunk(cipher: CryptoKey, iv: Bytes, chunk: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, cipher, chunk));
  } catch {
    throw new DamagedAttachment("a part of the attachment was changed or is missing");
  }
}

function nonce(number: number, isLast: boolean): Bytes {
  const bytes = new Uint8Array(NONCE_BYTES);
  // Files are far below 2^32 chunks (256 TiB), so the counter's upper bytes stay zero.
  new DataView(bytes.buffer).setUint32(NONCE_BYTES - 5, number);
  bytes[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return bytes;
}

interface NumberedChunk {
  readonly chunk: Bytes;
  readonly number: number;
  readonly isLast: boolean;
}

/** A source in chunks of `size` bytes; the last one is shorter, and empty only if all is. */
async function* numbered(source: ByteSource, size: number): AsyncGenerator<NumberedChunk, void> {
  let chunk = new Uint8Array(size);
  let filled = 0;
  let number = 0;
  for await (const piece of pieces(source)) {
    for (let at = 0; at < piece.length; ) {
      // A full chunk goes out only when something follows it: else it is the last one.
      if (filled === size) {
        yield { chunk, number, isLast: false };
        chunk = new Uint8Array(size);
        filled = 0;
        number += 1;
      }
      const part = piece.subarray(at, at + size - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield { chunk: chunk.slice(0, filled), number, isLast: true };
}

/** Streams cannot be iterated in every browser, and blobs are read in parts to keep them out of memory. */
async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array, void> {
  if (source instanceof Blob) {
    const step = 16 * CHUNK_BYTES;
    for (let at = 0; at < source.size; at += step) {
      yield new Uint8Array(await source.slice(at, at + step).arrayBuffer());
    }
  } else if ("getReader" in source) {
    const reader = source.getReader();
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
    } finally {
      await reader.cancel();
    }
  } else {
    yield* source;
  }
}
