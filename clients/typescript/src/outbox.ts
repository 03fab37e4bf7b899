/**
 * Sending: from `send` to the answer, whatever happens in between.
 *
 * A message is in the store before anything is sent, and its ciphertexts are stored together with the
 * ratchets that made them. So a retry, also after a crash, is the very same request under the same
 * `client_message_id`, which the server does once. Messages of one conversation go one after the other.
 */

import { type Ciphertext, context } from "./crypto.js";
import { Closed, ApiError, IdentityChanged, NotSignedIn, isTemporary } from "./errors.js";
import type { DeviceMismatch, Devices } from "./devices.js";
import type { Emission } from "./events.js";
import { chatMessage, putMessage } from "./messages.js";
import type { Session } from "./session.js";
import { latch } from "./socket/connection.js";
import { PAUSE_FIRST_MS, PAUSE_MAX_MS } from "./socket/backoff.js";
import type { Reader, Store, Transaction } from "./store.js";
import type { ChatMessage, DeviceAddress, OutboxEntry, SendOptions, SentMessage } from "./types.js";

/** Requests of one message that may be answered with another device set, before it is refused. */
const REPAIRS_MAX = 8;

/** As it is in the store. */
interface Waiting extends OutboxEntry {
  /** Grows with each send of this device. */
  readonly order: number;
  /** What was encrypted: it is what every retry sends. */
  readonly ciphertexts?: readonly Ciphertext[];
}

/** What the server says of a message that it has committed. */
export interface Committed {
  readonly id: string;
  readonly conversation_id: string;
  readonly sequence_number: number;
  readonly revision: number;
  readonly created_at: string;
  readonly expires_at?: string | null;
}

export interface OutboxParts {
  readonly store: Store;
  readonly session: Session;
  readonly devices: Devices;
  emit(emissions: readonly Emission[]): Promise<void>;
  random(): number;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #asked = new Map<string, Array<{ resolve: (sent: SentMessage) => void; reject: (error: Error) => void }>>();
  #endPauses = new Set<() => void>();
  /** Ends requests that are under way: they are repeated by the next owner. */
  readonly #closed = new AbortController();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Sends, or joins the send of the same `clientMessageId`. */
  async send(conversationId: string, plaintext: Uint8Array, options: SendOptions & { clientMessageId: string }): Promise<SentMessage> {
    const { clientMessageId } = options;
    const { sent, entry } = await this.#parts.store.transaction(async (tx) => {
      const sent = await tx.get<SentMessage>("message_ids", sentKey(conversationId, clientMessageId));
      if (sent !== undefined || (await tx.get<Waiting>("outbox", clientMessageId)) !== undefined) {
        return { sent, entry: undefined };
      }
      const order = ((await tx.get<number>("account", "outbox_order")) ?? 0) + 1;
      tx.put("account", "outbox_order", order);
      const entry: Waiting = {
        conversationId,
        clientMessageId,
        createdAt: new Date().toISOString(),
        plaintext,
        options,
        state: "waiting",
        code: null,
        order,
      };
      tx.put("outbox", clientMessageId, entry);
      return { sent, entry };
    });
    if (sent !== undefined) {
      return sent;
    }
    const answered = new Promise<SentMessage>((resolve, reject) => {
      const asked = this.#asked.get(clientMessageId) ?? [];
      this.#asked.set(clientMessageId, [...asked, { resolve, reject }]);
    });
    if (entry !== undefined) {
      await this.#parts.emit([changed(entry)]);
    }
    this.#kick(conversationId);
    return await answered;
  }

  /** Sends what waits; called when there is hope again: at the start, and when the socket is up. */
  async resume(): Promise<void> {
    for (const end of this.#endPauses) {
      end();
    }
    for (const { conversationId } of await this.list()) {
      this.#kick(conversationId);
    }
  }

  /** What was held for a changed identity, or refused, waits again. */
  async retry(fits: (entry: OutboxEntry) => boolean): Promise<void> {
    const retried = await this.#parts.store.transaction(async (tx) => {
      const retried: Waiting[] = [];
      for (const entry of await waiting(tx)) {
        if (entry.state !== "waiting" && fits(entry)) {
          // What was held was never committed, and may hold ciphertexts for an identity of before.
          const { ciphertexts, ...rest } = entry;
          const encrypted = entry.state === "held" || ciphertexts === undefined ? {} : { ciphertexts };
          const again: Waiting = { ...rest, ...encrypted, state: "waiting", code: null };
          tx.put("outbox", entry.clientMessageId, again);
          retried.push(again);
        }
      }
      return retried;
    });
    await this.#parts.emit(retried.map((entry) => changed(entry)));
    retried.forEach(({ conversationId }) => this.#kick(conversationId));
  }

  async discard(clientMessageId: string): Promise<void> {
    const entry = await this.#parts.store.transaction(async (tx) => {
      const entry = await tx.get<Waiting>("outbox", clientMessageId);
      tx.delete("outbox", clientMessageId);
      return entry;
    });
    if (entry !== undefined) {
      this.#settle(clientMessageId, ({ reject }) => reject(new ApiError(0, "DISCARDED", "the message was discarded")));
      await this.#parts.emit([changed(entry, true)]);
    }
  }

  /** In the order in which they are sent. */
  async list(conversationId?: string): Promise<OutboxEntry[]> {
    const entries = await this.#parts.store.read((reader) => waiting(reader));
    return entries.filter((entry) => conversationId === undefined || entry.conversationId === conversationId).map(shown);
  }

  /**
   * The server has committed a message of this device: it leaves the outbox and enters history. The answer
   * says so, or the echo on the socket, whichever comes first.
   */
  async commit(tx: Transaction, clientMessageId: string, committed: Committed): Promise<Emission[]> {
    const entry = await tx.get<Waiting>("outbox", clientMessageId);
    const me = this.#parts.session.current;
    if (entry === undefined || entry.conversationId !== committed.conversation_id || me === null) {
      return [];
    }
    const { options } = entry;
    const message: ChatMessage = chatMessage(
      committed.id,
      {
        ...committed,
        sender_id: me.userId,
        sender_device_id: me.deviceId,
        message_type: options.type ?? "text",
        client_message_id: clientMessageId,
        reply_to_message_id: options.replyTo ?? null,
        mentions: options.mentions ?? [],
        attachments: options.attachments ?? [],
      },
      { plaintext: entry.plaintext, problem: null },
    );
    putMessage(tx, message);
    tx.put("message_ids", sentKey(entry.conversationId, clientMessageId), sentMessage(clientMessageId, committed));
    tx.delete("outbox", clientMessageId);
    return [{ name: "message", event: message }, changed(entry, true)];
  }

  /** Whoever waits for this message has the answer. Called once it is in the store. */
  answered(clientMessageId: string, committed: Committed): void {
    const sent = sentMessage(clientMessageId, committed);
    this.#settle(clientMessageId, ({ resolve }) => resolve(sent));
  }

  /** Waits until nothing is being sent any more by this client. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const end of this.#endPauses) {
      end();
    }
    await Promise.all(this.#running.values());
    for (const clientMessageId of [...this.#asked.keys()]) {
      this.#settle(clientMessageId, ({ reject }) => reject(new Closed()));
    }
  }

  #kick(conversationId: string): void {
    if (this.#closed.signal.aborted) {
      return;
    }
    const before = this.#running.get(conversationId) ?? Promise.resolve();
    const running = before.then(() => this.#drain(conversationId)).finally(() => {
      if (this.#running.get(conversationId) === running) {
        this.#running.delete(conversationId);
      }
    });
    this.#running.set(conversationId, running);
  }

  /** Sends what waits of a conversation, in order, until nothing does. */
  async #drain(conversationId: string): Promise<void> {
    for (;;) {
      const entries = await this.#parts.store.read((reader) => waiting(reader));
      const mine = entries.filter((entry) => entry.state === "waiting" && entry.conversationId === conversationId);
      if (mine.length === 0) {
        return;
      }
      for (const { clientMessageId } of mine) {
        if (!(await this.#attempt(clientMessageId))) {
          return;
        }
      }
    }
  }

  /** Tries until it is answered; `false` if nothing more can be sent for now. */
  async #attempt(clientMessageId: string): Promise<boolean> {
    for (let failures = 0; !this.#closed.signal.aborted; ) {
      // As it is now: with its ciphertexts, if an attempt before has got so far.
      const entry = await this.#parts.store.read((reader) => reader.get<Waiting>("outbox", clientMessageId));
      if (entry === undefined || entry.state !== "waiting") {
        return true;
      }
      try {
        await this.#deliver(entry);
        return true;
      } catch (error) {
        if (error instanceof NotSignedIn || error instanceof Closed || this.#closed.signal.aborted) {
          return false;
        }
        if (!isTemporary(error)) {
          await this.#refuse(entry, error as Error);
          return true;
        }
        failures += 1;
        await this.#pause(failures, error instanceof ApiError ? error.retryAfterMs : undefined);
      }
    }
    return false;
  }

  async #deliver(entry: Waiting): Promise<void> {
    const { conversationId, clientMessageId, options } = entry;
    let ciphertexts = entry.ciphertexts ?? (await this.#encrypt(entry, [], await this.#parts.devices.roster(conversationId)));
    for (let repairs = 0; ; repairs += 1) {
      const body = {
        conversation_id: conversationId,
        client_message_id: clientMessageId,
        message_type: options.type ?? "text",
        ciphertexts,
        reply_to_message_id: options.replyTo,
        mentions: options.mentions,
        attachments: options.attachments,
        poll: options.poll && { options: options.poll.options, multiple: options.poll.multiple ?? false, closes_at: options.poll.closesAt },
        metadata: options.metadata,
        expires_in: options.expiresIn,
      };
      try {
        const { data } = await this.#parts.session.send<Committed>("POST", "/v1/messages", { body, signal: this.#closed.signal });
        const emissions = await this.#parts.store.transaction((tx) => this.commit(tx, clientMessageId, data));
        await this.#parts.emit(emissions);
        this.answered(clientMessageId, data);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "DEVICE_MISMATCH" || repairs >= REPAIRS_MAX) {
          throw error;
        }
        ciphertexts = await this.repair(conversationId, ciphertexts, error, (kept, missing) => this.#encrypt(entry, kept, missing));
      }
    }
  }

  /** Keeps what still has a recipient, and has `encrypt` make the rest. */
  async repair(
    conversationId: string,
    before: readonly Ciphertext[],
    refusal: ApiError,
    encrypt: (kept: readonly Ciphertext[], missing: readonly DeviceAddress[]) => Promise<readonly Ciphertext[]>,
  ): Promise<readonly Ciphertext[]> {
    await this.#parts.devices.learn(conversationId, refusal.details as DeviceMismatch);
    const roster = await this.#parts.devices.roster(conversationId);
    const kept = before.filter((entry) => roster.some((device) => isFor(entry, device)));
    const missing = roster.filter((device) => !kept.some((entry) => isFor(entry, device)));
    return await encrypt(kept, missing);
  }

  /** Encrypts, and stores the ratchets together with what they made. */
  async #encrypt(entry: Waiting, kept: readonly Ciphertext[], devices: readonly DeviceAddress[]): Promise<readonly Ciphertext[]> {
    const { conversationId, clientMessageId, plaintext } = entry;
    await this.#parts.devices.prepare(conversationId, devices);
    return await this.#parts.store.transaction(async (tx) => {
      const ciphertexts = [...kept, ...(await this.#parts.devices.encrypt(tx, context.message(conversationId), plaintext, devices))];
      const present = await tx.get<Waiting>("outbox", clientMessageId);
      if (present !== undefined) {
        tx.put("outbox", clientMessageId, { ...present, ciphertexts });
      }
      return ciphertexts;
    });
  }

  async #refuse(entry: Waiting, error: Error): Promise<void> {
    const held = error instanceof IdentityChanged;
    const code = error instanceof ApiError || held ? error.code : error.name;
    const refused = await this.#parts.store.transaction(async (tx) => {
      const present = await tx.get<Waiting>("outbox", entry.clientMessageId);
      if (present === undefined) {
        return undefined;
      }
      const refused: Waiting = { ...present, state: held ? "held" : "refused", code };
      tx.put("outbox", entry.clientMessageId, refused);
      return refused;
    });
    this.#settle(entry.clientMessageId, ({ reject }) => reject(error));
    if (refused !== undefined) {
      await this.#parts.emit([changed(refused)]);
    }
  }

  async #pause(failures: number, askedMs: number | undefined): Promise<void> {
    const ceiling = Math.min(PAUSE_FIRST_MS * 2 ** Math.min(failures - 1, 20), PAUSE_MAX_MS);
    const { promise, resolve } = latch();
    this.#endPauses.add(resolve);
    const timer = setTimeout(resolve, askedMs ?? ceiling * this.#parts.random());
    await promise;
    clearTimeout(timer);
    this.#endPauses.delete(resolve);
  }

  #settle(clientMessageId: string, settle: (asked: { resolve: (sent: SentMessage) => void; reject: (error: Error) => void }) => void): void {
    const asked = this.#asked.get(clientMessageId) ?? [];
    this.#asked.delete(clientMessageId);
    asked.forEach(settle);
  }
}

async function waiting(reader: Reader): Promise<Waiting[]> {
  const entries = (await reader.list<Waiting>("outbox")).map(([, entry]) => entry);
  return entries.sort((one, other) => one.order - other.order);
}

function changed(entry: OutboxEntry, removed = false): Emission {
  return { name: "outbox", event: { entry: shown(entry), removed } };
}

/** Without what is of no interest to the program. */
function shown({ conversationId, clientMessageId, createdAt, plaintext, options, state, code }: OutboxEntry): OutboxEntry {
  return { conversationId, clientMessageId, createdAt, plaintext, options, state, code };
}

function sentMessage(clientMessageId: string, committed: Committed): SentMessage {
  return {
    id: committed.id,
    conversationId: committed.conversation_id,
    clientMessageId,
    sequenceNumber: committed.sequence_number,
    revision: committed.revision,
    createdAt: committed.created_at,
  };
}

function sentKey(conversationId: string, clientMessageId: string): string {
  return `sent/${conversationId}/${clientMessageId}`;
}

function isFor(entry: Ciphertext, device: DeviceAddress): boolean {
  return entry.recipient_user_id === device.userId && entry.recipient_device_id === device.deviceId;
}
