/** Reading and writing of byte strings. All numbers are big-endian. */

import { fromBase64 } from "../encoding.js";
import { UnreadableMessage } from "./errors.js";

/** `parts` one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const text = new TextEncoder();

/** The UTF-8 bytes of a string. */
export function utf8(value: string): Uint8Array {
  return text.encode(value);
}

/** `value` in four bytes. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** `value` behind its length, so that no two lists of such values have the same bytes. */
export function framed(value: Uint8Array): Uint8Array {
  return concat(u32(value.length), value);
}

/** Whether two byte strings are equal, in a time that depends on their lengths alone. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Which of two byte strings comes first: below zero, zero, or above. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The bytes of a base64 text; `undefined` if it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}

/** Takes a ciphertext apart from its front; what is missing makes it malformed. */
export class ByteReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** The next `length` bytes, as a copy. */
  take(length: number): Uint8Array {
    const taken = this.bytes.slice(this.#at, this.#at + length);
    if (taken.length !== length) throw new UnreadableMessage("malformed", "the message is cut short");
    this.#at += length;
    return taken;
  }

  u8(): number {
    return this.take(1)[0] ?? 0;
  }

  u32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.bytes.length - this.#at);
  }
}
