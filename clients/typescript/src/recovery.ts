/**
 * Sessions that one side has lost.
 *
 * A device that gets what it cannot read begins a new session with the sender, in an empty control message, so that
 * what comes next can be read. What could not be read stays unread. A server without control messages is no
 * obstacle: the session then begins with the next message to the sender.
 */

import { addressKey, context, type Undecryptable } from "./crypto.js";
import type { Devices } from "./devices.js";
import { randomId } from "./encoding.js";
import type { Session } from "./session.js";
import type { Store, Transaction } from "./store.js";
import type { DeviceAddress } from "./types.js";

/** With one device no more often than this, so that nobody can keep this device busy, or two devices each other. */
const PAUSE_MS = 3_600_000;
const NOTHING = new Uint8Array();

export class Recovery {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly devices: Devices,
  ) {}

  /** Ends the session that a message could not be read in; answers what is to be done once that is stored. */
  async note(tx: Transaction, error: Undecryptable, device: DeviceAddress, conversationId: string): Promise<Array<() => void>> {
    const key = `recovered/${addressKey(device)}`;
    const last = (await tx.get<number>("account", key)) ?? 0;
    if (!error.needsNewSession || device.userId === "" || Date.now() - last < PAUSE_MS) {
      return [];
    }
    tx.put("account", key, Date.now());
    await this.devices.renew(tx, device);
    // If this fails, the next message to the device does the same.
    return [() => void this.#begin(device, conversationId).catch(() => undefined)];
  }

  async #begin(device: DeviceAddress, conversationId: string): Promise<void> {
    await this.devices.prepare(conversationId, [device]);
    const ciphertexts = await this.store.transaction((tx) =>
      this.devices.encrypt(tx, context.control(conversationId), NOTHING, [device]),
    );
    const body = { ciphertexts, client_message_id: randomId() };
    await this.session.send("POST", `/v1/conversations/${conversationId}/control`, { body });
  }
}
