/** Edits: like sends, but answered while the caller waits, and not kept for later. */

import { type Ciphertext, context } from "./crypto.js";
import type { Devices } from "./devices.js";
import { ApiError } from "./errors.js";
import type { Emission } from "./events.js";
import { messageById, putMessage } from "./messages.js";
import type { Outbox } from "./outbox.js";
import type { Session } from "./session.js";
import type { Store } from "./store.js";
import type { ChatMessage, DeviceAddress } from "./types.js";

const REPAIRS_MAX = 8;

export class Edits {
  constructor(
    private readonly store: Store,
    private readonly session: Session,
    private readonly devices: Devices,
    private readonly outbox: Outbox,
    private readonly emit: (emissions: readonly Emission[]) => Promise<void>,
  ) {}

  async edit(conversationId: string, messageId: string, plaintext: Uint8Array): Promise<void> {
    // The echo on the socket has no content for this device; should the answer be lost, it is here.
    await this.store.transaction(async (tx) => tx.put("edits", messageId, plaintext));
    const encrypt = async (kept: readonly Ciphertext[], devices: readonly DeviceAddress[]): Promise<readonly Ciphertext[]> => {
      await this.devices.prepare(conversationId, devices);
      return await this.store.transaction(async (tx) => {
        const made = await this.devices.encrypt(tx, context.edit(conversationId, messageId), plaintext, devices);
        return [...kept, ...made.map((entry) => this.#signed(entry))];
      });
    };
    let ciphertexts = await encrypt([], await this.devices.roster(conversationId));
    for (let repairs = 0; ; repairs += 1) {
      try {
        const { data } = await this.session.send<{ edited_at?: string | null }>("PUT", `/v1/messages/${messageId}`, { body: { ciphertexts } });
        await this.#keep(messageId, plaintext, data.edited_at ?? new Date().toISOString());
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "DEVICE_MISMATCH" || repairs >= REPAIRS_MAX) {
          throw error;
        }
        ciphertexts = await this.outbox.repair(conversationId, ciphertexts, error, encrypt);
      }
    }
  }

  /** Any own device may edit; the receivers must know whose ratchet it was. */
  #signed(entry: Ciphertext): Ciphertext {
    const header = typeof entry.header === "object" && entry.header !== null ? entry.header : {};
    return { ...entry, header: { ...header, from: this.session.current?.deviceId } };
  }

  async #keep(messageId: string, plaintext: Uint8Array, editedAt: string): Promise<void> {
    const edited = await this.store.transaction(async (tx): Promise<ChatMessage | undefined> => {
      tx.delete("edits", messageId);
      const kept = await messageById(tx, messageId);
      if (kept === undefined || kept.editedAt === editedAt) {
        return undefined;
      }
      const edited = { ...kept, plaintext, problem: null, editedAt };
      putMessage(tx, edited);
      return edited;
    });
    if (edited !== undefined) {
      await this.emit([{ name: "message:edited", event: edited }]);
    }
  }
}
