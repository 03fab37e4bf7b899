/** Publishing this device's keys, and keeping enough of them published. */

import { Turns } from "./buffered.js";
import type { Crypto, DeviceKeys, MorePrekeys } from "./crypto.js";
import { ApiError, isTemporary } from "./errors.js";
import type { Session } from "./session.js";
import type { Store } from "./store.js";
import type { DeviceAddress } from "./types.js";

/** Keys that were made and not uploaded yet: an upload that may have been lost is made again. */
const SETUP = "keys_to_set_up";
const MORE = "prekeys_to_upload";
/** Whose keys they are. */
const OWNER = "keys_of";

export class Keys {
  /** A sign-in publishes, and so does the start of the socket: the second one finds it done. */
  readonly #turns = new Turns();

  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly crypto: Crypto,
  ) {}

  /** Makes keys if this device has none, and publishes what was not published yet. */
  publish(own: DeviceAddress): Promise<void> {
    return this.#turns.run(() => this.#publish(own));
  }

  /** Uploads more prekeys where the server has few left. */
  replenish(): Promise<void> {
    return this.#turns.run(() => this.#replenish());
  }

  async #publish({ userId, deviceId }: DeviceAddress): Promise<void> {
    const setup = await this.store.transaction(async (tx) => {
      const owner = await tx.get<string>("account", OWNER);
      if (owner === userId && (await this.crypto.identityKey(tx)) !== undefined) {
        return await tx.get<DeviceKeys>("account", SETUP);
      }
      const keys = await this.crypto.createDevice(tx, { userId, deviceId });
      tx.delete("account", MORE);
      tx.put("account", OWNER, userId);
      tx.put("account", SETUP, keys);
      return keys;
    });
    if (setup !== undefined) {
      await this.session.send("POST", "/v1/encryption/setup", { body: setup });
      if (setup.pq_keys !== undefined || setup.pq_last_resort !== undefined) {
        // A server that takes them with the setup leaves out what it has.
        const body = { keys: setup.pq_keys ?? [], last_resort: setup.pq_last_resort };
        await this.session.send("POST", "/v1/encryption/pq-prekeys", { body });
      }
      await this.store.transaction(async (tx) => tx.delete("account", SETUP));
    }
    await this.#replenish();
  }

  async #replenish(): Promise<void> {
    const { data: left } = await this.session.send<{ count: number; pq_count?: number }>("GET", "/v1/encryption/onetime-prekeys/count");
    const more = await this.store.transaction(async (tx) => {
      const unsent = await tx.get<MorePrekeys>("account", MORE);
      if (unsent !== undefined) {
        return unsent;
      }
      const made = await this.crypto.replenish(tx, { count: left.count, pq_count: left.pq_count ?? 0 });
      if (made !== undefined) {
        tx.put("account", MORE, made);
      }
      return made;
    });
    if (more === undefined) {
      return;
    }
    try {
      await this.#upload(more);
    } catch (error) {
      // A refusal is for good: next time there will be other keys.
      if (error instanceof ApiError && !isTemporary(error)) {
        await this.store.transaction(async (tx) => tx.delete("account", MORE));
      }
      throw error;
    }
    await this.store.transaction(async (tx) => tx.delete("account", MORE));
  }

  async #upload(more: MorePrekeys): Promise<void> {
    if (more.signed_prekey !== undefined) {
      await this.session.send("POST", "/v1/encryption/signed-prekeys/rotate", { body: { key: more.signed_prekey } });
    }
    if (more.one_time_keys.length > 0) {
      await this.session.send("POST", "/v1/encryption/onetime-prekeys", { body: { keys: more.one_time_keys } });
    }
    if (more.pq_keys.length > 0 || more.pq_last_resort !== undefined) {
      const body = { keys: more.pq_keys, last_resort: more.pq_last_resort };
      await this.session.send("POST", "/v1/encryption/pq-prekeys", { body });
    }
  }
}
