/**
 * Receiving: from frames to the store, and from there to the program.
 *
 * Plaintext, ratchet and position of a frame are written in one transaction, then the program's handlers
 * run, then it may be acknowledged. What is stored and was not handled (a handler failed, the program ended
 * in between) comes again from the server, is recognised, and handed out from the store.
 */

import { context, type Crypto, Undecryptable } from "./crypto.js";
import { PLACEHOLDER, type Devices } from "./devices.js";
import { fromBase64 } from "./encoding.js";
import type { Emission } from "./events.js";
import { blanked, chatMessage, eraseSender, lastNumber, messageById, putMessage, removeMessage, type WireMessage } from "./messages.js";
import type { Committed, Outbox } from "./outbox.js";
import type { Proofs } from "./calls/proofs.js";
import type { Recovery } from "./recovery.js";
import type { Session } from "./session.js";
import { Positions, type Span, spanOf } from "./socket/positions.js";
import type { Store, Transaction } from "./store.js";
import type { ChatMessage, ContentProblem, DeviceAddress, Warning } from "./types.js";
import type { Frame, Schemas } from "./wire.js";

/** Messages before the last known one that are read again where revisions are gone: they may have changed. */
const REREAD = 100;
const PAGE = 100;

export interface InboxParts {
  readonly store: Store;
  readonly session: Session;
  readonly crypto: Crypto;
  readonly devices: Devices;
  readonly outbox: Outbox;
  readonly recovery: Recovery;
  readonly proofs: Proofs;
  /** Runs the program's handlers; `false` if one failed. */
  emit(emission: Emission): Promise<boolean>;
  warn(warning: Warning): void;
}

/** What one frame comes to, once it is stored. */
interface Effect {
  readonly span: Span | undefined;
  readonly emissions: readonly Emission[];
  readonly after: ReadonlyArray<() => void>;
}

/** A content that came for this device. */
interface Content {
  readonly content?: string | null;
  readonly header?: unknown;
}

const HANDLED_HERE = new Set(["message:new", "message:updated", "message:control"]);

export class Inbox {
  readonly #parts: InboxParts;
  #positions = new Positions();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** A new connection. */
  async begin(): Promise<void> {
    this.#positions.beginSocket();
  }

  /** Reads the positions that were stored; at the start, and after a failure in the middle. */
  async load(): Promise<void> {
    const stored = await this.#parts.store.read((reader) => reader.list<number>("positions"));
    this.#positions = new Positions(stored);
  }

  acksDue(): Array<{ conversationId: string; revision: number }> {
    return this.#positions.acksDue();
  }

  /** Stores and hands out frames, in order; `false` where some are missing before them. */
  async receive(frames: readonly Frame[]): Promise<boolean> {
    for (let at = 0; at < frames.length; ) {
      const { effects, missing, recover } = await this.#store(frames.slice(at));
      for (const effect of effects) {
        await this.#handOut(effect);
      }
      at += effects.length;
      if (missing) {
        return false;
      }
      if (recover !== undefined) {
        await this.#recover(recover);
        const frame = frames[at];
        const { effects: next } = await this.#store(frame === undefined ? [] : [frame], recover);
        for (const effect of next) {
          await this.#handOut(effect);
        }
        at += 1;
      }
    }
    return true;
  }

  /** Stores frames up to one that something is missing before; `recovered` is missing no more. */
  async #store(
    frames: readonly Frame[],
    recovered?: Span,
  ): Promise<{ effects: Effect[]; missing: boolean; recover: Span | undefined }> {
    try {
      return await this.#parts.store.transaction(async (tx) => {
        const effects: Effect[] = [];
        for (const frame of frames) {
          const span = spanOf(frame);
          if (span === undefined) {
            effects.push(await this.#pass(tx, frame));
            continue;
          }
          const verdict = recovered === undefined ? this.#positions.judge(span) : { verdict: "new" as const };
          if (verdict.verdict === "missing") {
            return { effects, missing: true, recover: undefined };
          }
          if (verdict.verdict === "lost" || (verdict.verdict === "new" && frame["compacted"] === true && recovered === undefined)) {
            return { effects, missing: false, recover: verdict.verdict === "lost" ? { ...span, first: verdict.from } : span };
          }
          if (verdict.verdict === "repeated") {
            const emissions = verdict.handled ? [] : await this.#again(tx, frame);
            effects.push({ span, emissions, after: [] });
            continue;
          }
          const { emissions, after } = await this.#apply(tx, frame);
          tx.put("positions", span.conversationId, span.last);
          this.#positions.store(span);
          effects.push({ span, emissions, after });
        }
        return { effects, missing: false, recover: undefined };
      });
    } catch (error) {
      // Nothing of this was stored, so the positions are what they were.
      await this.load();
      throw error;
    }
  }

  async #handOut(effect: Effect): Promise<void> {
    effect.after.forEach((run) => run());
    let handled = true;
    for (const emission of effect.emissions) {
      handled = (await this.#parts.emit(emission)) && handled;
    }
    if (effect.span === undefined) {
      return;
    }
    if (handled) {
      this.#positions.handle(effect.span);
    } else {
      this.#positions.fail(effect.span);
    }
  }

  /** What is not durable: told as it is, and what it says of stored messages is done. */
  async #pass(tx: Transaction, frame: Frame): Promise<Effect> {
    if (frame.type === "message:expired") {
      const message = await messageById(tx, String(frame["message_id"]));
      if (message !== undefined) {
        putMessage(tx, { ...message, plaintext: null, problem: null });
      }
    }
    if (frame.type === "call:offer" || frame.type === "call:answer") {
      const checked = await this.#parts.proofs.check(tx, frame);
      return { span: undefined, emissions: [raw(checked.frame)], after: checked.after };
    }
    if (frame.type === "call:ended") {
      await this.#parts.proofs.forget(tx, String(frame["call_id"]));
    }
    return { span: undefined, emissions: [raw(frame)], after: [] };
  }

  /** What comes again because the program has not handled it. */
  async #again(tx: Transaction, frame: Frame): Promise<Emission[]> {
    if (!HANDLED_HERE.has(frame.type)) {
      return [raw(frame)];
    }
    const message = await messageById(tx, String(frame["message_id"]));
    return message === undefined ? [] : [{ name: frame.type === "message:new" ? "message" : "message:edited", event: message }];
  }

  async #apply(tx: Transaction, frame: Frame): Promise<{ emissions: readonly Emission[]; after: ReadonlyArray<() => void> }> {
    const conversationId = String(frame["conversation_id"]);
    switch (frame.type) {
      case "message:new":
        return await this.#message(tx, frame);
      case "message:updated":
        return await this.#edited(tx, frame);
      case "message:control":
        return await this.#control(tx, frame);
      case "message:deleted":
        await this.#deleted(tx, frame);
        break;
      case "participant:removed":
        await this.#removed(tx, frame, conversationId);
        break;
      case "participant:added":
      case "device:added":
        tx.delete("rosters", conversationId);
        break;
      case "device:removed":
      case "identity:changed": {
        tx.delete("rosters", conversationId);
        const device = frame["device"] as { user_id: string; device_id: string };
        await this.#parts.devices.renew(tx, { userId: device.user_id, deviceId: device.device_id });
        break;
      }
    }
    return { emissions: [raw(frame)], after: [] };
  }

  async #message(tx: Transaction, frame: Frame): Promise<{ emissions: Emission[]; after: Array<() => void> }> {
    const wire = frame as unknown as WireMessage & Content & { message_id: string };
    const me = this.#parts.session.current;
    const clientMessageId = wire.client_message_id;
    if (wire.sender_id === me?.userId && wire.sender_device_id === me?.deviceId && clientMessageId) {
      return await this.#echo(tx, { ...wire, id: wire.message_id }, clientMessageId);
    }
    const { plaintext, problem, after } = await this.#read(tx, wire.conversation_id, context.message(wire.conversation_id), sender(wire), wire);
    const message = chatMessage(wire.message_id, wire, { plaintext, problem });
    putMessage(tx, message);
    return { emissions: [{ name: "message", event: message }], after };
  }

  /** A message of this very device. Its content is in the outbox, or already in history. */
  async #echo(tx: Transaction, wire: Committed & WireMessage, clientMessageId: string): Promise<{ emissions: Emission[]; after: Array<() => void> }> {
    const emissions = await this.#parts.outbox.commit(tx, clientMessageId, wire);
    const after = [() => this.#parts.outbox.answered(clientMessageId, wire)];
    const kept = await messageById(tx, wire.id);
    if (kept === undefined) {
      // Sent by an earlier life of this device, whose memory is gone.
      const message = chatMessage(wire.id, wire, { plaintext: null, problem: "not_for_this_device" });
      putMessage(tx, message);
      return { emissions: [{ name: "message", event: message }], after };
    }
    if (emissions.length === 0 && wire.expires_at && kept.expiresAt === null) {
      putMessage(tx, { ...kept, expiresAt: wire.expires_at });
    }
    return { emissions, after };
  }

  async #edited(tx: Transaction, frame: Frame): Promise<{ emissions: Emission[]; after: Array<() => void> }> {
    const wire = frame as unknown as Content & { message_id: string; conversation_id: string; sender_id?: string | null; edited_at: string };
    const kept = await messageById(tx, wire.message_id);
    if (kept === undefined || kept.deletedAt !== null) {
      return { emissions: [], after: [] };
    }
    if (kept.editedAt === wire.edited_at) {
      // Its own device has stored it with the answer.
      return { emissions: [], after: [] };
    }
    const device = { userId: kept.senderId ?? "", deviceId: editor(frame) ?? kept.senderDeviceId ?? "" };
    const own = this.#parts.session.current;
    const pending = await tx.get<Uint8Array>("edits", wire.message_id);
    if ((wire.content === null || wire.content === undefined) && kept.senderId === own?.userId && pending !== undefined) {
      const message = { ...kept, plaintext: pending, problem: null, editedAt: wire.edited_at };
      putMessage(tx, message);
      tx.delete("edits", wire.message_id);
      return { emissions: [{ name: "message:edited", event: message }], after: [] };
    }
    const place = context.edit(kept.conversationId, kept.id);
    const { plaintext, problem, after } = await this.#read(tx, kept.conversationId, place, device, wire);
    const message: ChatMessage = { ...kept, plaintext, problem, editedAt: wire.edited_at };
    putMessage(tx, message);
    return { emissions: [{ name: "message:edited", event: message }], after };
  }

  /** Between devices: what it opens moves the ratchets, and nothing of it is for people. */
  async #control(tx: Transaction, frame: Frame): Promise<{ emissions: Emission[]; after: Array<() => void> }> {
    const conversationId = String(frame["conversation_id"]);
    const from = sender(frame as { sender_id?: string; sender_device_id?: string });
    const { after } = await this.#read(tx, conversationId, context.control(conversationId), from, frame as Content);
    return { emissions: [], after };
  }

  async #deleted(tx: Transaction, frame: Frame): Promise<void> {
    const message = await messageById(tx, String(frame["message_id"]));
    if (message === undefined) {
      return;
    }
    if (frame["hard"] === true) {
      removeMessage(tx, message);
    } else {
      putMessage(tx, blanked(message, String(frame["deleted_at"])));
    }
  }

  async #removed(tx: Transaction, frame: Frame, conversationId: string): Promise<void> {
    tx.delete("rosters", conversationId);
    if (frame["erased"] === true) {
      const { user_id: userId } = frame["participant"] as { user_id: string };
      await eraseSender(tx, conversationId, userId, String(frame["timestamp"]));
    }
  }

  /** What a content says to this device. */
  async #read(
    tx: Transaction,
    conversationId: string,
    place: string,
    from: DeviceAddress,
    { content, header }: Content,
  ): Promise<{ plaintext: Uint8Array | null; problem: ContentProblem | null; after: Array<() => void> }> {
    if (content === null || content === undefined) {
      return { plaintext: null, problem: "not_for_this_device", after: [] };
    }
    if ((header as { type?: unknown } | null | undefined)?.type === PLACEHOLDER) {
      return { plaintext: null, problem: "placeholder", after: [] };
    }
    try {
      const incoming = { context: place, sender: from, ciphertext: fromBase64(content), header };
      const { plaintext, identityKey, isFormerIdentity, wantsAnswer } = await this.#parts.crypto.decrypt(tx, incoming);
      const warning = isFormerIdentity ? undefined : await this.#parts.devices.proved(tx, from, identityKey);
      const after = wantsAnswer ? [() => this.#parts.recovery.answer(from, conversationId)] : [];
      return { plaintext, problem: null, after: warning === undefined ? after : [...after, () => this.#parts.warn(warning)] };
    } catch (error) {
      if (error instanceof SyntaxError) {
        return { plaintext: null, problem: "undecryptable", after: [] };
      }
      if (error instanceof Undecryptable) {
        return { plaintext: null, problem: "undecryptable", after: await this.#parts.recovery.note(tx, error, from, conversationId) };
      }
      throw error;
    }
  }

  /** Revisions are gone for good: what they changed is read from the present state. */
  async #recover(span: Span): Promise<void> {
    const { conversationId } = span;
    const { store, session } = this.#parts;
    let after = Math.max(0, (await store.read((reader) => lastNumber(reader, conversationId))) - REREAD);
    for (let more = true; more; ) {
      const query = { conversation_id: conversationId, after_seq: after, limit: PAGE };
      const { data } = await session.send<Schemas["Messages"]>("GET", "/v1/messages", { query });
      const effects = await store.transaction(async (tx) => {
        const effects: Effect[] = [];
        for (const message of data.messages) {
          effects.push(await this.#reread(tx, message));
        }
        return effects;
      });
      for (const effect of effects) {
        await this.#handOut(effect);
      }
      after = data.messages.at(-1)?.sequence_number ?? after;
      more = data.has_more && data.messages.length > 0;
    }
    await store.transaction(async (tx) => tx.delete("rosters", conversationId));
    this.#parts.warn({ kind: "gap", conversationId, from: span.first, to: span.last });
  }

  /** A message read over REST: new, changed, or as it was. A content is decrypted once, and then kept. */
  async #reread(tx: Transaction, wire: Schemas["Message"]): Promise<Effect> {
    const kept = await messageById(tx, wire.id);
    const nothing: Effect = { span: undefined, emissions: [], after: [] };
    if (kept !== undefined && wire.is_deleted) {
      putMessage(tx, blanked(kept, wire.deleted_at ?? wire.created_at));
      return { ...nothing, emissions: [{ name: "message:edited", event: blanked(kept, wire.deleted_at ?? wire.created_at) }] };
    }
    if (kept !== undefined && kept.editedAt === (wire.edited_at ?? null)) {
      return nothing;
    }
    const content = { content: wire.ciphertext ?? null, header: wire.header };
    const place = wire.edited_at ? context.edit(wire.conversation_id, wire.id) : context.message(wire.conversation_id);
    const { plaintext, problem } = await this.#read(tx, wire.conversation_id, place, sender(wire), content);
    const message = chatMessage(wire.id, wire, { plaintext, problem });
    putMessage(tx, message);
    return { ...nothing, emissions: [{ name: kept === undefined ? "message" : "message:edited", event: message }] };
  }
}

function sender(of: { readonly sender_id?: string | null; readonly sender_device_id?: string | null; readonly sender_device_uuid?: unknown }): DeviceAddress {
  const uuid = of.sender_device_uuid;
  return {
    userId: of.sender_id ?? "",
    deviceId: of.sender_device_id ?? "",
    ...(typeof uuid === "string" ? { uuid } : {}),
  };
}

/** Any device of the sender may edit; the one that did says so, in the event or in the header. */
function editor(frame: Frame): string | undefined {
  const named = frame["sender_device_id"] ?? (frame["header"] as { from?: unknown } | null | undefined)?.from;
  return typeof named === "string" ? named : undefined;
}

function raw(frame: Frame): Emission {
  return { name: frame.type, event: frame } as unknown as Emission;
}
