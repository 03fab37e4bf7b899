/**
 * Whom a message is encrypted for: rosters, sessions, and whether a device is still who it was.
 *
 * Identities are trusted at first use, but for new devices of somebody who is verified. Another key on the
 * same device stops everything that is sent to it until the person accepts it. A device whose published keys do not verify gets a placeholder, so that it
 * does not keep everybody else from the message.
 */

import type { Crypto, Ciphertext, DeviceBundle } from "./crypto.js";
import { InvalidBundle, addressKey } from "./crypto.js";
import { sameBytes } from "./encoding.js";
import { ApiError, IdentityChanged } from "./errors.js";
import type { Session } from "./session.js";
import type { Reader, Store, Transaction } from "./store.js";
import type { DeviceAddress, KnownIdentity, Warning } from "./types.js";
import type { Schemas } from "./wire.js";

/** A device without usable keys is asked for again after so long. */
const UNUSABLE_MS = 3_600_000;
/** Users whose bundles are fetched at once. */
const FETCHES_MAX = 4;
/** Contents must have a byte. */
const NOTHING = "AA==";

/** What a placeholder's header says. */
export const PLACEHOLDER = "placeholder";

/** A device as refusals name it. */
interface NamedDevice {
  readonly user_id?: string | null;
  readonly device_id: string;
  readonly id?: string | null;
}

/** `details` of `DEVICE_MISMATCH`. */
export interface DeviceMismatch {
  readonly missing: readonly NamedDevice[];
  readonly extra: readonly NamedDevice[];
  readonly roster_version: number;
  /** The lists do not say all. */
  readonly more?: boolean;
}

interface Roster {
  readonly version: number;
  readonly devices: readonly DeviceAddress[];
}

interface Known {
  readonly device: DeviceAddress;
  /** Absent while the device has had no usable keys. */
  readonly identityKey?: Uint8Array;
  readonly changedTo?: Uint8Array;
  readonly verified: boolean;
  /** Since when its keys are known to be of no use, in milliseconds. */
  readonly unusableSince?: number;
}

export class Devices {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly crypto: Crypto,
    private readonly warn: (warning: Warning) => void,
  ) {}

  /** The devices of a conversation's participants that must be encrypted to, this one excepted. */
  async roster(conversationId: string): Promise<readonly DeviceAddress[]> {
    const kept = await this.store.read((reader) => reader.get<Roster>("rosters", conversationId));
    const roster = kept ?? (await this.#fetchRoster(conversationId));
    return roster.devices.filter((device) => !this.#isOwn(device));
  }

  /** What a refusal has taught of the roster; `more` means that it did not teach all. */
  async learn(conversationId: string, mismatch: DeviceMismatch): Promise<void> {
    await this.store.transaction(async (tx) => {
      const roster = await tx.get<Roster>("rosters", conversationId);
      if (roster === undefined || mismatch.more === true) {
        tx.delete("rosters", conversationId);
        return;
      }
      const kept = roster.devices.filter((device) => !mismatch.extra.some((extra) => isNamed(device, extra)));
      const missing = mismatch.missing.flatMap((device) => address(device));
      const devices = [...kept, ...missing.filter((device) => !kept.some((other) => addressKey(other) === addressKey(device)))];
      tx.put("rosters", conversationId, { version: mismatch.roster_version, devices });
    });
  }

  /**
   * Makes sure that each device has a session, or is known to be unusable.
   *
   * @throws {IdentityChanged} where one has another identity than before.
   */
  async prepare(conversationId: string, devices: readonly DeviceAddress[]): Promise<void> {
    const unready = await this.store.transaction(async (tx) => {
      const unready: DeviceAddress[] = [];
      for (const device of devices) {
        const known = await tx.get<Known>("identities", addressKey(device));
        if (known?.changedTo === undefined && !isUnusable(known) && !(await this.crypto.hasSession(tx, device))) {
          unready.push(device);
        }
      }
      return unready;
    });
    const bundles = await this.#bundles(unready);
    const { changed, warnings } = await this.store.transaction(async (tx) => {
      const warnings: Warning[] = [];
      for (const device of unready) {
        const bundle = bundles.get(addressKey(device));
        const warning = await this.#start(tx, device, bundle, conversationId);
        if (warning !== undefined) {
          warnings.push(warning);
        }
      }
      return { changed: await changedAmong(tx, devices), warnings };
    });
    warnings.forEach((warning) => this.warn(warning));
    if (changed.length > 0) {
      throw new IdentityChanged(changed);
    }
  }

  /** Encrypts for devices that were prepared; who cannot be encrypted to gets a placeholder. */
  async encrypt(
    tx: Transaction,
    context: string,
    plaintext: Uint8Array,
    devices: readonly DeviceAddress[],
  ): Promise<Ciphertext[]> {
    const usable: DeviceAddress[] = [];
    const placeholders: Ciphertext[] = [];
    const changed = await changedAmong(tx, devices);
    if (changed.length > 0) {
      throw new IdentityChanged(changed);
    }
    for (const device of devices) {
      const known = await tx.get<Known>("identities", addressKey(device));
      if (known?.unusableSince === undefined && (await this.crypto.hasSession(tx, device))) {
        usable.push(device);
      } else {
        placeholders.push({
          recipient_user_id: device.userId,
          recipient_device_id: device.deviceId,
          ciphertext: NOTHING,
          header: { type: PLACEHOLDER },
        });
      }
    }
    const ciphertexts = await this.crypto.encrypt(tx, context, plaintext, usable);
    return [...ciphertexts, ...placeholders];
  }

  /** A message has proved its sender's identity key. */
  async proved(tx: Transaction, device: DeviceAddress, identityKey: Uint8Array): Promise<Warning | undefined> {
    const known = await tx.get<Known>("identities", addressKey(device));
    return this.#note(tx, device, known, identityKey);
  }

  /** Whether a device's identity is the one that is used, and no other waits to be accepted. */
  async isAccepted(tx: Transaction, device: DeviceAddress, identityKey: Uint8Array): Promise<boolean> {
    const known = await tx.get<Known>("identities", addressKey(device));
    return known?.identityKey !== undefined && known.changedTo === undefined && sameBytes(known.identityKey, identityKey);
  }

  /** A device has announced another identity, or is gone: what comes next needs its new keys. */
  async renew(tx: Transaction, device: DeviceAddress): Promise<void> {
    await this.crypto.endSession(tx, device);
    const known = await tx.get<Known>("identities", addressKey(device));
    if (known?.unusableSince !== undefined) {
      const { unusableSince: _, ...rest } = known;
      tx.put("identities", addressKey(device), rest);
    }
  }

  async identities(userId: string): Promise<KnownIdentity[]> {
    const known = await this.store.read((reader) => knownOf(reader, userId));
    return known.flatMap(({ device, identityKey, changedTo, verified }) => {
      const key = identityKey ?? changedTo;
      return key === undefined ? [] : [{ device, identityKey: key, changedTo: changedTo ?? null, verified }];
    });
  }

  async accept(userId: string, verified: boolean): Promise<void> {
    await this.store.transaction(async (tx) => {
      for (const { changedTo, ...known } of await knownOf(tx, userId)) {
        if (changedTo !== undefined) {
          tx.put("identities", addressKey(known.device), { ...known, identityKey: changedTo, verified });
        }
      }
    });
  }

  async setVerified(userId: string, verified: boolean): Promise<void> {
    await this.store.transaction(async (tx) => {
      for (const known of await knownOf(tx, userId)) {
        tx.put("identities", addressKey(known.device), { ...known, verified });
      }
    });
  }

  /** The number to compare: of the identities of all devices on both sides. */
  async safetyNumber(userId: string): Promise<string> {
    const me = this.#me().userId;
    return await this.crypto.safetyNumber(
      { userId: me, identityKeys: await this.#identityKeys(me) },
      { userId, identityKeys: await this.#identityKeys(userId) },
    );
  }

  /**
   * Identity keys of a user's devices. Both sides must come to the same set, so it is that of the server's list;
   * but where this device knows a key, it is that key, and not what the list says.
   */
  async #identityKeys(userId: string): Promise<Uint8Array[]> {
    const { data } = await this.session.send<Schemas["PeerDevices"]>("GET", `/v1/users/${userId}/devices`);
    return await this.store.transaction(async (tx) => {
      const keys: Array<Uint8Array | undefined> = [];
      for (const { device_id: deviceId, has_keys: hasKeys, identity_key: listed } of data.devices) {
        const device = { userId, deviceId };
        const known = await tx.get<Known>("identities", addressKey(device));
        if (this.#isOwn(device)) {
          keys.push(await this.crypto.identityKey(tx));
        } else if (hasKeys && listed) {
          const published = this.crypto.bundleIdentity({ identity_key: { public_key: listed } });
          if (known === undefined && published !== undefined) {
            // The key that is compared now is the one that must turn up later.
            await this.#note(tx, device, known, published);
          }
          keys.push(known?.changedTo ?? known?.identityKey ?? published);
        }
      }
      return keys.filter((key) => key !== undefined);
    });
  }

  async #fetchRoster(conversationId: string): Promise<Roster> {
    const { data } = await this.session.send<Schemas["Participants"]>("GET", `/v1/conversations/${conversationId}/participants`);
    const devices = data.participants.flatMap((participant) =>
      participant.devices.map((device) => ({ userId: participant.user_id, deviceId: device.device_id, uuid: device.id })),
    );
    const roster = { version: data.roster_version, devices };
    await this.store.transaction(async (tx) => tx.put("rosters", conversationId, roster));
    return roster;
  }

  async #bundles(devices: readonly DeviceAddress[]): Promise<Map<string, DeviceBundle>> {
    const wanted = new Map<string, DeviceAddress[]>();
    for (const device of devices) {
      wanted.set(device.userId, [...(wanted.get(device.userId) ?? []), device]);
    }
    const found = new Map<string, DeviceBundle>();
    const users = [...wanted];
    const fetchNext = async (): Promise<void> => {
      for (let next = users.pop(); next !== undefined; next = users.pop()) {
        const [userId, of] = next;
        for (const bundle of await this.#bundlesOf(userId, of)) {
          found.set(addressKey({ userId: bundle.user_id, deviceId: bundle.device_id }), bundle);
        }
      }
    };
    await Promise.all(Array.from({ length: FETCHES_MAX }, fetchNext));
    return found;
  }

  /** A prekey is used up for each device that is answered: one device alone is asked for alone. */
  async #bundlesOf(userId: string, devices: readonly DeviceAddress[]): Promise<readonly DeviceBundle[]> {
    const deviceId = devices.length === 1 ? devices[0]?.deviceId : undefined;
    const query = { user_id: userId, device_id: deviceId };
    try {
      const { data } = await this.session.send<DeviceBundle | { bundles: DeviceBundle[] }>("GET", "/v1/encryption/bundles", { query });
      return "bundles" in data ? data.bundles : [data];
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return [];
      }
      throw error;
    }
  }

  async #start(
    tx: Transaction,
    device: DeviceAddress,
    bundle: DeviceBundle | undefined,
    conversationId: string,
  ): Promise<Warning | undefined> {
    const known = await tx.get<Known>("identities", addressKey(device));
    try {
      if (bundle === undefined) {
        throw new InvalidBundle("the device has published no keys");
      }
      // A session with an identity that is not accepted is used by nothing: `encrypt` stops before.
      const identityKey = await this.crypto.startSession(tx, bundle);
      return await this.#note(tx, device, known, identityKey);
    } catch (error) {
      if (!(error instanceof InvalidBundle)) {
        throw error;
      }
      tx.put("identities", addressKey(device), { verified: false, ...known, device, unusableSince: Date.now() });
      return { kind: "unusable_device", device, conversationId };
    }
  }

  async #note(tx: Transaction, device: DeviceAddress, known: Known | undefined, identityKey: Uint8Array): Promise<Warning | undefined> {
    const { unusableSince: _, ...before }: Known = known ?? { device, verified: false };
    const { identityKey: trusted, changedTo } = before;
    const isTrusted = trusted === undefined
      // Each device has a key of its own: a new one of somebody verified must be verified, too.
      ? changedTo === undefined && !(await knownOf(tx, device.userId)).some((other) => other.verified)
      : sameBytes(trusted, identityKey);
    if (isTrusted) {
      tx.put("identities", addressKey(device), { ...before, device, identityKey });
      return undefined;
    }
    if (changedTo !== undefined && sameBytes(changedTo, identityKey)) {
      return undefined;
    }
    tx.put("identities", addressKey(device), { ...before, device, changedTo: identityKey, verified: false });
    return { kind: "identity_changed", device };
  }

  #me(): { readonly userId: string; readonly deviceId: string } {
    return this.session.current ?? { userId: "", deviceId: "" };
  }

  #isOwn(device: DeviceAddress): boolean {
    const me = this.#me();
    return device.userId === me.userId && device.deviceId === me.deviceId;
  }
}

async function changedAmong(reader: Reader, devices: readonly DeviceAddress[]): Promise<DeviceAddress[]> {
  const changed: DeviceAddress[] = [];
  for (const device of devices) {
    const known = await reader.get<Known>("identities", addressKey(device));
    if (known?.changedTo !== undefined) {
      changed.push(device);
    }
  }
  return changed;
}

async function knownOf(reader: Reader, userId: string): Promise<Known[]> {
  return (await reader.list<Known>("identities", { prefix: `${userId}/` })).map(([, known]) => known);
}

function isUnusable(known: Known | undefined): boolean {
  return known?.unusableSince !== undefined && Date.now() - known.unusableSince < UNUSABLE_MS;
}

function address(device: NamedDevice): DeviceAddress[] {
  // Who is missing is always named with its owner.
  return device.user_id ? [{ userId: device.user_id, deviceId: device.device_id, ...(device.id ? { uuid: device.id } : {}) }] : [];
}

/** Whether a refusal means this device; it may name it by either of its names, and without its owner. */
function isNamed(device: DeviceAddress, named: NamedDevice): boolean {
  const owner = named.user_id === undefined || named.user_id === null || named.user_id === device.userId;
  return owner && (named.device_id === device.deviceId || (device.uuid !== undefined && named.id === device.uuid));
}
