/**
 * What devices say to each other so that their sessions go on.
 *
 * A device that gets what it cannot read begins a new session with the sender, in an empty control message, so that
 * what comes next can be read. What could not be read stays unread. A server without control messages is no
 * obstacle: the session then begins with the next message to the sender.
 *
 * A device whose person only reads answers by itself, so that others need not repeat the beginning of their
 * sessions with every message.
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
/** Between two answers: they count as messages of this user, who may want to write some. */
const ANSWER_PAUSE_MS = 5_000;
/** Answers that wait; who is passed over will ask again. */
const ANSWERS_MAX = 50;

export class Recovery {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly devices: Devices,
  ) {}

  /** Devices that wait to be answered, by their keys. */
  readonly #unanswered = new Map<string, { readonly device: DeviceAddress; readonly conversationId: string }>();
  #isAnswering = false;

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
    return [() => void this.#greet(device, conversationId).catch(() => undefined)];
  }

  /** Answers a device soon. */
  answer(device: DeviceAddress, conversationId: string): void {
    if (this.#unanswered.size < ANSWERS_MAX) {
      this.#unanswered.set(addressKey(device), { device, conversationId });
    }
    if (!this.#isAnswering) {
      this.#isAnswering = true;
      void this.#answerAll().finally(() => {
        this.#isAnswering = false;
      });
    }
  }

  /** Nobody is answered any more. */
  close(): void {
    this.#unanswered.clear();
  }

  async #answerAll(): Promise<void> {
    for (;;) {
      const [next] = this.#unanswered;
      if (next === undefined) {
        return;
      }
      const [key, { device, conversationId }] = next;
      this.#unanswered.delete(key);
      // Whoever is still not answered asks again.
      await this.#greet(device, conversationId).catch(() => undefined);
      await new Promise<void>((resolve) => {
        const timer: { unref?: () => void } | number = setTimeout(resolve, ANSWER_PAUSE_MS);
        // In Node this must not keep the process.
        if (typeof timer === "object") {
          timer.unref?.();
        }
      });
    }
  }

  /** Sends a device something that is not for people, in a new session if there is none. */
  async #greet(device: DeviceAddress, conversationId: string): Promise<void> {
    await this.devices.prepare(conversationId, [device]);
    const ciphertexts = await this.store.transaction((tx) =>
      this.devices.encrypt(tx, context.control(conversationId), NOTHING, [device]),
    );
    const body = { ciphertexts, client_message_id: randomId() };
    await this.session.send("POST", `/v1/conversations/${conversationId}/control`, { body });
  }
}
