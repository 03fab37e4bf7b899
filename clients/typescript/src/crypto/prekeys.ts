/**
 * This device's own keys: how they are made, kept, replaced and thrown away.
 *
 * | record of the table `crypto` | |
 * |---|---|
 * | `device` | who this device is, its identity key, and counters ({@link Device}) |
 * | `signed/<id>` | signed prekeys, the present one and those before it |
 * | `one-time/<id>` | one-time prekeys; each goes with the session that used it |
 * | `pq/<id>` | one-time post-quantum prekeys; likewise |
 * | `last-resort/<id>` | post-quantum prekeys for when no other is left |
 * | `session/<user>/<device>` | see `sessions.ts` |
 */

import type { DeviceKeys, MorePrekeys, PublicPrekey, SignedPublicPrekey } from "../crypto.js";
import { toBase64 } from "../encoding.js";
import type { Transaction } from "../store.js";
import type { DeviceAddress } from "../types.js";
import { encodeKey, generateKeyPair, type KeyPair, sign } from "./curve.js";
import { generateSeed, publishedKey } from "./kem.js";
import { pause } from "./pause.js";
import { VERSION } from "./ratchet.js";

const DAY_MS = 24 * 60 * 60 * 1000;
/** A signed prekey is replaced after a week, as Signal's clients do. */
export const SIGNED_AGE_MAX_MS = 7 * DAY_MS;
/** For so long after it was replaced, sessions may begin with it: the server hands it out for as long. */
export const SIGNED_KEPT_MS = 30 * DAY_MS;
/** One-time prekeys that a device publishes; the server takes 100 at once. */
export const ONE_TIME_COUNT = 100;
/** Fewer post-quantum ones: each has 1.6 KB, and the last-resort key remains. */
export const PQ_COUNT = 50;
/** Below this share of them the rest is made anew. */
const LOW_SHARE = 0.5;
/** Unused one-time keys that are kept: what was taken long ago and never used goes, oldest first. */
export const UNUSED_KEPT_MAX = 1_000;

/** What a device knows of itself. */
export interface Device {
  readonly version: typeof VERSION;
  readonly own: DeviceAddress;
  readonly identity: KeyPair;
  /** The id of the next prekey of any kind. */
  readonly nextId: number;
  /** When the signed prekey and the last-resort key were made, in milliseconds since 1970. */
  readonly signedAt: number;
  /** The newest signed prekey, and last-resort key, that anybody used: these were surely published. */
  readonly signedSeen: number;
  readonly lastResortSeen: number;
}

/** A Curve25519 prekey. */
export interface PrekeyRecord {
  readonly pair: KeyPair;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
}

/** A post-quantum prekey. */
export interface PqPrekeyRecord {
  readonly seed: Uint8Array;
  readonly createdAt: number;
}

type Kind = "signed" | "one-time" | "pq" | "last-resort";

/** The key of a prekey's record; the padding keeps them in the order of their ids. */
export function recordKey(kind: Kind, id: number): string {
  return `${kind}/${String(id).padStart(10, "0")}`;
}

/** What this device knows of itself; `undefined` before `createDevice`. */
export function findDevice(tx: Transaction): Promise<Device | undefined> {
  return tx.get<Device>("crypto", "device");
}

/** Makes prekeys of one device with ascending ids. */
class Maker {
  constructor(
    private readonly tx: Transaction,
    private readonly identity: KeyPair,
    private readonly now: number,
    public nextId: number,
  ) {}

  #signature(publicKey: Uint8Array): string {
    return toBase64(sign(this.identity.secret, publicKey));
  }

  #pair(kind: Kind): { id: number; published: Uint8Array } {
    const id = this.nextId++;
    const pair = generateKeyPair();
    this.tx.put("crypto", recordKey(kind, id), { pair, createdAt: this.now } satisfies PrekeyRecord);
    return { id, published: encodeKey(pair.public) };
  }

  signed(): SignedPublicPrekey {
    const { id, published } = this.#pair("signed");
    return { key_id: id, public_key: toBase64(published), signature: this.#signature(published) };
  }

  async oneTime(count: number): Promise<PublicPrekey[]> {
    const keys: PublicPrekey[] = [];
    for (let made = 0; made < count; made++) {
      const { id, published } = this.#pair("one-time");
      keys.push({ key_id: id, public_key: toBase64(published) });
      if (made % 10 === 9) await pause();
    }
    return keys;
  }

  postQuantum(kind: "pq" | "last-resort"): SignedPublicPrekey {
    const id = this.nextId++;
    const seed = generateSeed();
    const published = publishedKey(seed);
    this.tx.put("crypto", recordKey(kind, id), { seed, createdAt: this.now } satisfies PqPrekeyRecord);
    return { key_id: id, public_key: toBase64(published), signature: this.#signature(published) };
  }

  async oneTimePostQuantum(count: number): Promise<SignedPublicPrekey[]> {
    const keys: SignedPublicPrekey[] = [];
    for (let made = 0; made < count; made++) {
      keys.push(this.postQuantum("pq"));
      if (made % 10 === 9) await pause();
    }
    return keys;
  }
}

/** Makes a device's keys in place of all that there is, sessions included. */
export async function createDevice(tx: Transaction, own: DeviceAddress, now: number): Promise<DeviceKeys> {
  const before = await findDevice(tx);
  for (const [key] of await tx.list("crypto")) tx.delete("crypto", key);
  const identity = generateKeyPair();
  const maker = new Maker(tx, identity, now, before?.nextId ?? 1);
  const signed = maker.signed();
  const lastResort = maker.postQuantum("last-resort");
  const oneTime = await maker.oneTime(ONE_TIME_COUNT);
  const pq = await maker.oneTimePostQuantum(PQ_COUNT);
  tx.put("crypto", "device", {
    version: VERSION,
    own,
    identity,
    nextId: maker.nextId,
    signedAt: now,
    signedSeen: signed.key_id,
    lastResortSeen: lastResort.key_id,
  } satisfies Device);
  return {
    identity_key: toBase64(encodeKey(identity.public)),
    signed_prekey: signed,
    one_time_keys: oneTime,
    pq_keys: pq,
    pq_last_resort: lastResort,
  };
}

/** Makes what is missing, and throws away what has had its time. */
export async function replenish(
  tx: Transaction,
  device: Device,
  left: { readonly count: number; readonly pq_count: number },
  now: number,
): Promise<MorePrekeys | undefined> {
  const maker = new Maker(tx, device.identity, now, device.nextId);
  const isOld = now - device.signedAt >= SIGNED_AGE_MAX_MS;
  const missing = (count: number, wanted: number): number => (count < wanted * LOW_SHARE ? wanted - count : 0);
  const more: MorePrekeys = {
    one_time_keys: await maker.oneTime(missing(left.count, ONE_TIME_COUNT)),
    pq_keys: await maker.oneTimePostQuantum(missing(left.pq_count, PQ_COUNT)),
    ...(isOld ? { signed_prekey: maker.signed(), pq_last_resort: maker.postQuantum("last-resort") } : {}),
  };
  if (maker.nextId === device.nextId) return undefined;
  tx.put("crypto", "device", {
    ...device,
    nextId: maker.nextId,
    signedAt: isOld ? now : device.signedAt,
  } satisfies Device);
  await dropUnused(tx, "one-time");
  await dropUnused(tx, "pq");
  await dropReplaced(tx, "signed", device.signedSeen, now);
  await dropReplaced(tx, "last-resort", device.lastResortSeen, now);
  return more;
}

async function dropUnused(tx: Transaction, kind: Kind): Promise<void> {
  const kept = await tx.list("crypto", { prefix: `${kind}/` });
  for (const [key] of kept.slice(0, Math.max(0, kept.length - UNUSED_KEPT_MAX))) tx.delete("crypto", key);
}

/**
 * Drops keys that were replaced long ago, of those before the newest one that anybody used.
 *
 * A key that nobody used may never have reached the server (the program died between making and publishing
 * it), in which case the server still hands out the one before.
 */
async function dropReplaced(tx: Transaction, kind: Kind, seen: number, now: number): Promise<void> {
  const kept = await tx.list<PrekeyRecord | PqPrekeyRecord>("crypto", { prefix: `${kind}/` });
  for (const [index, [key]] of kept.entries()) {
    const replacedAt = kept[index + 1]?.[1].createdAt ?? now;
    if (key < recordKey(kind, seen) && now - replacedAt >= SIGNED_KEPT_MS) tx.delete("crypto", key);
  }
}
