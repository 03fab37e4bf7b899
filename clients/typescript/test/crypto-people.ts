/** People with devices of their own, and a post between them that loses nothing unless a test says so. */

import type { Decrypted, DeviceBundle, DeviceKeys } from "../src/crypto.js";
import { RatchetCrypto } from "../src/crypto/index.js";
import { fromBase64, fromUtf8, toUtf8 } from "../src/encoding.js";
import { MemoryStore } from "../src/memory-store.js";
import type { DeviceAddress } from "../src/types.js";

export const CHAT = "0193a000-0000-7000-8000-000000000001";
const crypto = new RatchetCrypto();

/** A ciphertext under way. */
export interface Letter {
  readonly from: DeviceAddress;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

export type Contents = Array<[string, unknown]>;

/** A device with keys. Keys take a while to make: `copy` begins anew with those of another one. */
export class Person {
  readonly store = new MemoryStore();
  #handedOut = 0;

  private constructor(
    readonly address: DeviceAddress,
    readonly keys: DeviceKeys,
  ) {}

  static async create(userId: string, deviceId = "phone"): Promise<Person> {
    const address = { userId, deviceId };
    const made = new MemoryStore();
    const keys = await made.transaction((tx) => crypto.createDevice(tx, address));
    return Person.#with(address, keys, await contents(made));
  }

  static async #with(address: DeviceAddress, keys: DeviceKeys, records: Contents): Promise<Person> {
    const person = new Person(address, keys);
    await person.store.transaction(async (tx) => {
      for (const [key, value] of records) tx.put("crypto", key, value);
    });
    return person;
  }

  async copy(): Promise<Person> {
    return Person.#with(this.address, this.keys, await this.contents());
  }

  /** What the server gives to whoever asks: each one-time key once, until there is none. */
  bundle(): DeviceBundle {
    const one = this.keys.one_time_keys[this.#handedOut];
    const pq = this.keys.pq_keys?.[this.#handedOut] ?? this.keys.pq_last_resort;
    this.#handedOut += 1;
    return {
      user_id: this.address.userId,
      device_id: this.address.deviceId,
      identity_key: { public_key: this.keys.identity_key },
      signed_pre_key: this.keys.signed_prekey,
      ...(one === undefined ? {} : { one_time_pre_key: one }),
      ...(pq === undefined ? {} : { pq_pre_key: pq }),
    };
  }

  /** All one-time keys are gone. */
  runOut(): void {
    this.#handedOut = Number.MAX_SAFE_INTEGER;
  }

  start(bundle: DeviceBundle): Promise<Uint8Array> {
    return this.store.transaction((tx) => crypto.startSession(tx, bundle));
  }

  hasSession(other: Person): Promise<boolean> {
    return this.store.transaction((tx) => crypto.hasSession(tx, other.address));
  }

  isPostQuantum(other: Person): Promise<boolean | undefined> {
    return this.store.transaction((tx) => crypto.isPostQuantum(tx, other.address));
  }

  reset(other: Person): Promise<void> {
    return this.store.transaction((tx) => crypto.endSession(tx, other.address));
  }

  /** Writes, with a new session if there is none. */
  async write(other: Person, text: string): Promise<Letter> {
    if (!(await this.hasSession(other))) await this.start(other.bundle());
    const [entry] = await this.store.transaction((tx) => crypto.encrypt(tx, CHAT, toUtf8(text), [other.address]));
    if (entry === undefined) throw new Error("nothing was encrypted");
    const { type } = entry.header as { type: string };
    return { from: this.address, text, bytes: fromBase64(entry.ciphertext), type };
  }

  decrypt(letter: Letter, changed: { context?: string; sender?: DeviceAddress; bytes?: Uint8Array } = {}): Promise<Decrypted> {
    return this.store.transaction((tx) =>
      crypto.decrypt(tx, {
        context: changed.context ?? CHAT,
        sender: changed.sender ?? letter.from,
        ciphertext: changed.bytes ?? letter.bytes,
        header: null,
      }),
    );
  }

  async read(letter: Letter): Promise<string> {
    return fromUtf8((await this.decrypt(letter)).plaintext);
  }

  /** All that the store has of the encryption. */
  contents(): Promise<Contents> {
    return contents(this.store);
  }
}

function contents(store: MemoryStore): Promise<Contents> {
  return store.read((reader) => reader.list("crypto"));
}

let prepared: Promise<[alice: Person, bob: Person]> | undefined;

/** Two people who have never written to each other. */
export async function aliceAndBob(): Promise<[alice: Person, bob: Person]> {
  prepared ??= Promise.all([Person.create("alice"), Person.create("bob")]);
  const [alice, bob] = await prepared;
  return [await alice.copy(), await bob.copy()];
}
