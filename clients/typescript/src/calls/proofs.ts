/**
 * Proof that a description of a call comes from whom the server says.
 *
 * Media are encrypted with keys whose fingerprints are in the descriptions (SDP). Whoever relays these could put
 * fingerprints of its own there and listen. So the digest of each offer and answer travels beside it, encrypted
 * for each device of the other side; candidates are only addresses and need none.
 */

import { context, type Crypto, Undecryptable } from "../crypto.js";
import type { Devices } from "../devices.js";
import { fromBase64, sameBytes, toBase64, toUtf8 } from "../encoding.js";
import type { Recovery } from "../recovery.js";
import type { Session } from "../session.js";
import type { Store, Transaction } from "../store.js";
import type { Frame } from "../wire.js";

/** Proved descriptions that are remembered: the server tells an offer again to a socket that comes back. */
const REMEMBERED_MAX = 32;
const PREFIX = "call_proofs/";

/** A description before it is sent. */
export interface Description {
  readonly type: "call:offer" | "call:answer";
  readonly call_id: string;
  readonly to_id: string;
  readonly data: string;
}

export interface ProofsParts {
  readonly store: Store;
  readonly session: Session;
  readonly crypto: Crypto;
  readonly devices: Devices;
  readonly recovery: Recovery;
}

export class Proofs {
  constructor(private readonly parts: ProofsParts) {}

  /**
   * The frame to send for a description: `data` becomes `{sdp, proofs}`.
   *
   * @throws {IdentityChanged} while an identity of the other side waits to be accepted.
   */
  async prove(description: Description, conversationId: string): Promise<object> {
    const { store, devices } = this.parts;
    const theirs = (await devices.roster(conversationId)).filter(({ userId }) => userId === description.to_id);
    await devices.prepare(conversationId, theirs);
    const proved = await digest(description.data);
    const place = context.call(conversationId, description.call_id, description.type);
    const ciphertexts = await store.transaction((tx) => devices.encrypt(tx, place, proved, theirs));
    const proofs = Object.fromEntries(ciphertexts.map((entry) => [entry.recipient_device_id, entry.ciphertext]));
    return { ...description, data: { sdp: description.data, proofs } };
  }

  /** The event with what was proved: `is_proved`, and the bare description as `data`. */
  async check(tx: Transaction, frame: Frame): Promise<{ frame: Frame; after: Array<() => void> }> {
    const { sdp, proofs } = (frame["data"] ?? {}) as { readonly sdp?: unknown; readonly proofs?: Record<string, unknown> };
    const proof = proofs?.[this.parts.session.current?.deviceId ?? ""];
    if (typeof sdp !== "string" || typeof proof !== "string") {
      return { frame: { ...frame, is_proved: false }, after: [] };
    }
    const { isProved, after } = await this.#isProved(tx, frame, await digest(sdp), proof);
    return { frame: { ...frame, data: sdp, is_proved: isProved }, after };
  }

  /** The call is over: its descriptions are told no more. */
  async forget(tx: Transaction, callId: string): Promise<void> {
    for (const [key] of await tx.list("account", { prefix: `${PREFIX}${callId}/` })) {
      tx.delete("account", key);
    }
  }

  async #isProved(tx: Transaction, frame: Frame, claimed: Uint8Array, proof: string): Promise<{ isProved: boolean; after: Array<() => void> }> {
    const { crypto, devices, recovery } = this.parts;
    const conversationId = String(frame["conversation_id"]);
    const callId = String(frame["call_id"]);
    const sender = { userId: String(frame["from_id"]), deviceId: String(frame["from_device_id"]) };
    const key = `${PREFIX}${callId}/${toBase64(claimed)}/${sender.userId}/${sender.deviceId}`;
    if ((await tx.get<number>("account", key)) !== undefined) {
      return { isProved: true, after: [] };
    }
    try {
      const place = context.call(conversationId, callId, frame.type as Description["type"]);
      const read = await crypto.decrypt(tx, { context: place, sender, ciphertext: fromBase64(proof), header: null });
      await devices.proved(tx, sender, read.identityKey);
      const isProved = sameBytes(read.plaintext, claimed) && (await devices.isAccepted(tx, sender, read.identityKey));
      if (isProved) {
        await this.#remember(tx, key);
      }
      return { isProved, after: [] };
    } catch (error) {
      if (error instanceof Undecryptable) {
        return { isProved: false, after: await recovery.note(tx, error, sender, conversationId) };
      }
      if (error instanceof SyntaxError) {
        return { isProved: false, after: [] };
      }
      throw error;
    }
  }

  /** Keeps when it was, so that the oldest one can go. */
  async #remember(tx: Transaction, key: string): Promise<void> {
    const kept = await tx.list<number>("account", { prefix: PREFIX });
    const oldest = kept.sort(([, one], [, other]) => one - other).slice(0, Math.max(0, kept.length + 1 - REMEMBERED_MAX));
    oldest.forEach(([other]) => tx.delete("account", other));
    tx.put("account", key, Date.now());
  }
}

async function digest(description: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(toUtf8(description))));
}
