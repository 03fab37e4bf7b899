/** The client: puts the parts together, and is what a program sees. */

import { Api } from "./api.js";
import { Calls } from "./calls.js";
import type { Chat, ClientEvents, Handler, Login } from "./chat.js";
import type { Crypto } from "./crypto.js";
import { Devices } from "./devices.js";
import { Edits } from "./edits.js";
import { randomId, toUtf8 } from "./encoding.js";
import { ApiError, NotSignedIn } from "./errors.js";
import { type Emission, Events } from "./events.js";
import { Http } from "./http.js";
import { Inbox } from "./inbox.js";
import { Keys } from "./keys.js";
import { expire, history, messageById } from "./messages.js";
import { Outbox } from "./outbox.js";
import { OwnersStore } from "./owners-store.js";
import { type Description, Proofs } from "./calls/proofs.js";
import { Recovery } from "./recovery.js";
import { Session } from "./session.js";
import { Socket } from "./socket/socket.js";
import { type Store, TABLES } from "./store.js";
import { type Locks, Tab, platformLocks } from "./tabs.js";
import type { ChatMessage, ConnectionState, KnownIdentity, OutboxEntry, SendOptions, SentMessage, Warning } from "./types.js";
import { Uploads } from "./uploads.js";

/** Close code: this device is no more. */
const DEVICE_REMOVED = 4404;
/** How often contents are looked for whose time has run out. */
const EXPIRE_EVERY_MS = 60_000;

export interface ClientOptions {
  /** Where the server is, such as `https://chat.example.org`. */
  readonly baseUrl: string | URL;
  /** Where this device keeps itself: one store, one device. Clients of one store share it as tabs do. */
  readonly store: Store;
  readonly crypto: Crypto;
  /** For tests; the platform's if absent. */
  readonly fetch?: typeof fetch;
  readonly locks?: Locks;
}

/** One tab's or process's end of a device. */
export class Client implements Chat {
  readonly #store: Store;
  readonly #owners: OwnersStore;
  readonly #session: Session;
  readonly #events = new Events();
  readonly #devices: Devices;
  readonly #keys: Keys;
  readonly #outbox: Outbox;
  readonly #recovery: Recovery;
  readonly #proofs: Proofs;
  readonly #edits: Edits;
  readonly #inbox: Inbox;
  readonly #socket: Socket;
  readonly #tab: Tab;
  #connection: ConnectionState = { state: "offline", retryInMs: 0 };
  #owning: Promise<void> | undefined;
  /** Ends the present run of the socket, if any. */
  #stopSocket: (() => void) | undefined;
  #signedIn: () => void = () => undefined;

  /** Every operation of the server, signed in. */
  readonly api: Api;
  readonly calls: Calls;
  readonly uploads: Uploads;

  constructor(options: ClientOptions) {
    const http = new Http(options.baseUrl, options.fetch);
    const locks = options.locks ?? platformLocks();
    const random = (): number => Math.random();
    this.#store = options.store;
    this.#session = new Session(http, options.store, locks, (code) => void this.#ended(code));
    const warn = (warning: Warning): void => void this.#emit({ name: "warning", event: warning });
    const emitAll = async (emissions: readonly Emission[]): Promise<void> => {
      for (const emission of emissions) {
        await this.#emit(emission);
      }
    };
    const { crypto } = options;
    const owners = new OwnersStore(options.store);
    this.#owners = owners;
    this.#devices = new Devices(owners, this.#session, crypto, warn);
    this.#keys = new Keys(options.store, this.#session, crypto);
    this.#outbox = new Outbox({ store: owners, session: this.#session, devices: this.#devices, emit: emitAll, random });
    this.#edits = new Edits(owners, this.#session, this.#devices, this.#outbox, emitAll);
    this.#recovery = new Recovery(owners, this.#session, this.#devices);
    this.#proofs = new Proofs({ store: owners, session: this.#session, crypto, devices: this.#devices, recovery: this.#recovery });
    this.#inbox = new Inbox({
      store: owners,
      session: this.#session,
      crypto,
      devices: this.#devices,
      outbox: this.#outbox,
      recovery: this.#recovery,
      proofs: this.#proofs,
      emit: (emission) => this.#emit(emission),
      warn,
    });
    this.#socket = new Socket({
      url: http.url("/v1/ws"),
      token: () => this.#session.token(),
      renew: (stale) => this.#session.renew(stale),
      begin: () => this.#inbox.begin(),
      receive: (frames) => this.#inbox.receive(frames),
      acksDue: () => this.#inbox.acksDue(),
      state: (state) => this.#state(state),
      random,
    });
    this.#tab = new Tab(options.store.name, locks, this.#duties(), (name, event) => void this.#heard(name, event));
    this.api = new Api((method, path, request) => this.#session.send(method, path, request));
    this.calls = new Calls({
      api: this.api,
      on: (name, handler) => this.#events.on(name, handler),
      me: () => this.#signed(),
      signal: (frame) => this.#tab.call("signal", frame),
      describe: (description, conversationId) => this.#tab.call("describe", description, conversationId),
    });
    this.uploads = new Uploads(this.#session, random);
    this.#events.on("prekeys:low", () => void this.#keys.replenish().catch(() => undefined));
  }

  get session(): Login | null {
    return this.#session.current;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  async register(account: Parameters<Chat["register"]>[0]): Promise<Login> {
    const { displayName: display_name, deviceName: device_name, ...rest } = account;
    await this.#session.register({ ...rest, display_name, device_name, device_type: deviceType() });
    return await this.#begin();
  }

  async login(identity: string, password: string, options: { readonly deviceName?: string } = {}): Promise<Login> {
    await this.#session.login({ identity, password, device_name: options.deviceName, device_type: deviceType() });
    return await this.#begin();
  }

  async resume(): Promise<Login | null> {
    const login = await this.#session.load();
    if (login !== null) {
      // The sign-in before may have been cut short.
      await this.#adopt(login.userId);
      this.connect();
    }
    return login;
  }

  async logout(options: { readonly forget?: boolean } = {}): Promise<void> {
    try {
      await this.#session.logout();
    } finally {
      await this.#ended("LOGOUT");
      if (options.forget === true) {
        await this.#store.clear();
      }
    }
  }

  connect(): void {
    this.#signedIn();
    this.#owning ??= this.#tab.wait((signal) => this.#own(signal));
    if (!this.#tab.isOwner) {
      // Another tab may have been connected for long; its next word may be far away.
      void this.#tab.call<ConnectionState>("state").then((state) => this.#heard("connection", state), () => undefined);
    }
  }

  on<Name extends keyof ClientEvents>(event: Name, handler: Handler<Name>): () => void {
    return this.#events.on(event, handler);
  }

  /** Tries to connect now: instead of after the pause, or although the server has said not to come back as before. */
  retryNow(): void {
    void this.#tab.call("retryNow").catch(() => undefined);
  }

  async send(conversationId: string, plaintext: Uint8Array | string, options: SendOptions = {}): Promise<SentMessage> {
    this.#signed();
    const named = { ...options, clientMessageId: options.clientMessageId ?? randomId() };
    return await this.#tab.call("send", conversationId, bytes(plaintext), named);
  }

  async edit(message: ChatMessage, plaintext: Uint8Array | string): Promise<void> {
    this.#signed();
    await this.#tab.call("edit", message.conversationId, message.id, bytes(plaintext));
  }

  async outbox(conversationId?: string): Promise<OutboxEntry[]> {
    return await this.#outbox.list(conversationId);
  }

  async retry(clientMessageId: string): Promise<void> {
    await this.#tab.call("retry", clientMessageId);
  }

  async discard(clientMessageId: string): Promise<void> {
    await this.#tab.call("discard", clientMessageId);
  }

  async history(conversationId: string, page: { readonly before?: number; readonly limit?: number } = {}): Promise<ChatMessage[]> {
    return await this.#store.read((reader) => history(reader, conversationId, page));
  }

  async message(messageId: string): Promise<ChatMessage | undefined> {
    return await this.#store.read((reader) => messageById(reader, messageId));
  }

  async markRead(messageId: string): Promise<void> {
    await this.#session.send("POST", `/v1/messages/${messageId}/read`);
  }

  typing(conversationId: string, isTyping: boolean): void {
    const frame = { type: isTyping ? "typing:started" : "typing:stopped", conversation_id: conversationId };
    void this.#tab.call("tell", frame).catch(() => undefined);
  }

  /** What others see of this user, as far as this socket says. */
  presence(status: "online" | "away" | "busy"): void {
    void this.#tab.call("tell", { type: `presence:${status}` }).catch(() => undefined);
  }

  async identities(userId: string): Promise<KnownIdentity[]> {
    return await this.#devices.identities(userId);
  }

  async acceptIdentity(userId: string, options: { readonly verified?: boolean } = {}): Promise<void> {
    await this.#tab.call("accept", userId, options.verified === true);
  }

  async setVerified(userId: string, verified: boolean): Promise<void> {
    await this.#tab.call("verify", userId, verified);
  }

  async safetyNumber(userId: string): Promise<string> {
    return await this.#tab.call("safetyNumber", userId);
  }

  async close(): Promise<void> {
    this.calls.close();
    this.#stopSocket?.();
    this.#signedIn();
    this.#recovery.close();
    const closed = this.#outbox.close();
    this.#tab.close();
    await closed;
    await this.#owning?.catch(() => undefined);
  }

  /** What the owner does for all tabs. Each is the same when asked twice. */
  #duties(): Record<string, (...args: never[]) => Promise<unknown>> {
    return {
      send: (conversationId: string, plaintext: Uint8Array, options: SendOptions & { clientMessageId: string }) =>
        this.#outbox.send(conversationId, plaintext, options),
      edit: (conversationId: string, messageId: string, plaintext: Uint8Array) =>
        this.#edits.edit(conversationId, messageId, plaintext),
      retry: (clientMessageId: string) => this.#outbox.retry((entry) => entry.clientMessageId === clientMessageId),
      discard: (clientMessageId: string) => this.#outbox.discard(clientMessageId),
      accept: async (userId: string, verified: boolean) => {
        await this.#devices.accept(userId, verified);
        await this.#outbox.retry((entry) => entry.state === "held");
      },
      safetyNumber: (userId: string) => this.#devices.safetyNumber(userId),
      verify: (userId: string, verified: boolean) => this.#devices.setVerified(userId, verified),
      tell: async (frame: object) => this.#socket.tell(frame),
      signal: (frame: object) => this.#socket.ask(frame),
      describe: async (description: Description, conversationId: string) =>
        this.#socket.ask(await this.#proofs.prove(description, conversationId)),
      retryNow: async () => {
        this.#socket.retryNow();
        this.#signedIn();
      },
      state: async () => this.#connection,
    } as Record<string, (...args: never[]) => Promise<unknown>>;
  }

  /** After a sign-in: keys first, so that others can write as soon as the login is known. */
  async #begin(): Promise<Login> {
    const login = this.#signed();
    await this.#adopt(login.userId);
    try {
      await this.#keys.publish(login);
    } catch (error) {
      // Until the e-mail address is proved nothing else may be done; the socket's owner publishes them later.
      if (!(error instanceof ApiError && error.code === "EMAIL_UNVERIFIED")) {
        throw error;
      }
    }
    this.#tab.tell("signed-in", null);
    this.connect();
    return login;
  }

  /** Somebody else has signed in before: what is theirs must not show. */
  async #adopt(userId: string): Promise<void> {
    await this.#store.transaction(async (tx) => {
      const before = await tx.get<string>("account", "user");
      if (before === userId) {
        return;
      }
      if (before !== undefined) {
        for (const table of TABLES) {
          for (const [key] of await tx.list(table)) {
            if (table !== "account" || (key !== "login" && key !== "device")) {
              tx.delete(table, key);
            }
          }
        }
      }
      tx.put("account", "user", userId);
    });
  }

  /** Runs the socket, login after login, while this tab is the owner. */
  async #own(signal: AbortSignal): Promise<void> {
    const expiring = setInterval(() => void this.#expire(), EXPIRE_EVERY_MS);
    (expiring as { unref?: () => void }).unref?.();
    const online = (): void => this.#socket.retryNow();
    globalThis.addEventListener?.("online", online);
    this.#owners.open();
    await this.#emit({ name: "owner", event: true });
    while (!signal.aborted) {
      const login = await this.#session.load();
      if (login !== null) {
        const stop = new AbortController();
        this.#stopSocket = () => stop.abort();
        signal.addEventListener("abort", this.#stopSocket, { once: true });
        await this.#inbox.load();
        await this.#expire();
        void this.#keys.publish(login).catch(() => undefined);
        void this.#outbox.resume();
        await this.#socket.run(stop.signal);
        this.#stopSocket = undefined;
      }
      if (!signal.aborted) {
        // Until somebody signs in, here or in another tab, or asks to connect again.
        await new Promise<void>((resolve) => {
          this.#signedIn = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    }
    clearInterval(expiring);
    await this.#outbox.close();
    await this.#owners.shut();
    globalThis.removeEventListener?.("online", online);
  }

  async #expire(): Promise<void> {
    await this.#owners.transaction((tx) => expire(tx)).catch(() => undefined);
  }

  /** Runs handlers here and in the other tabs; answers whether all of those here have ended well. */
  async #emit(emission: Emission): Promise<boolean> {
    this.#tab.tell(emission.name, emission.event);
    return await this.#here(emission.name, emission.event);
  }

  async #here(name: string, event: unknown): Promise<boolean> {
    const { failed, error } = await this.#events.emit(name, event);
    if (failed && name !== "warning") {
      await this.#events.emit("warning", { kind: "handler_failed", event: name, error } satisfies Warning);
    }
    return !failed;
  }

  /** What another tab tells. */
  async #heard(name: string, event: unknown): Promise<void> {
    switch (name) {
      case "signed-in":
        await this.#session.load();
        this.#signedIn();
        return;
      case "connection":
        this.#connection = event as ConnectionState;
        break;
      case "signed-out":
        await this.#session.load();
        this.#stopSocket?.();
        break;
      case "owner":
        // Of another tab; this one is not.
        return;
    }
    await this.#here(name, event);
  }

  #state(state: ConnectionState): void {
    this.#connection = state;
    void this.#emit({ name: "connection", event: state });
    if (state.state === "online") {
      void this.#outbox.resume();
    } else if (state.state === "closed" && state.code === DEVICE_REMOVED) {
      void this.#session.end("DEVICE_REMOVED");
    }
  }

  async #ended(code: string): Promise<void> {
    this.#stopSocket?.();
    await this.#emit({ name: "signed-out", event: { code } });
  }

  #signed(): Login {
    const login = this.#session.current;
    if (login === null) {
      throw new NotSignedIn();
    }
    return login;
  }
}

function bytes(plaintext: Uint8Array | string): Uint8Array {
  return typeof plaintext === "string" ? toUtf8(plaintext) : plaintext;
}

function deviceType(): string {
  return typeof document === "undefined" ? "desktop" : "web";
}

