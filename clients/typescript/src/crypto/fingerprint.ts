/**
 * Safety numbers: what two people compare to know that nobody sits between them.
 *
 * Signal's numeric fingerprint, version 0 of the format with 5,200 iterations. Here every *device* has an
 * identity key, so each side's half is made of all of them, in ascending order, as Signal's format provides
 * for several keys. The number is another one whenever a device comes, goes, or changes its key.
 */

import { sha512 } from "@noble/hashes/sha2.js";
import { compare, concat, utf8 } from "./bytes.js";
import { encodeKey } from "./curve.js";

/** Makes it costly to search for a key whose number looks like another one's. */
const ITERATIONS = 5_200;
const FORMAT_VERSION = Uint8Array.of(0, 0);
/** Each group is five bytes modulo 100,000. */
const GROUPS = 6;
const GROUP_BYTES = 5;

/** A user and the identity keys of the user's devices, 32 bytes each. */
export interface Party {
  readonly userId: string;
  readonly identityKeys: readonly Uint8Array[];
}

function half(party: Party): string[] {
  const keys = concat(...[...party.identityKeys].sort(compare).map(encodeKey));
  let digest: Uint8Array = concat(FORMAT_VERSION, keys, utf8(party.userId));
  for (let i = 0; i < ITERATIONS; i++) digest = sha512(concat(digest, keys));
  return Array.from({ length: GROUPS }, (_, group) => {
    const bytes = digest.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 100_000).padStart(5, "0");
  });
}

/** 60 digits in groups of five, the same on both sides. */
export function safetyNumber(one: Party, other: Party): string {
  const halves = [half(one), half(other)].sort((a, b) => (a.join("") < b.join("") ? -1 : 1));
  return halves.flat().join(" ");
}
