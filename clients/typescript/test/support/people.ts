/** People of a test: a client each, and what their program has been told. */

import { RatchetCrypto } from "../../src/crypto/index.js";
import { Client, type ChatMessage, MemoryStore, type Store, fromUtf8, randomId } from "../../src/index.js";
import { type TestServer, until } from "./server.js";

export const PASSWORD = "correct horse battery";

export class Person {
  readonly heard: ChatMessage[] = [];
  readonly events: Array<{ readonly name: string; readonly event: unknown }> = [];

  constructor(
    readonly client: Client,
    readonly store: Store,
    readonly username: string,
  ) {
    client.on("message", (message) => {
      this.heard.push(message);
    });
    for (const name of ["message:edited", "warning", "connection", "outbox", "signed-out", "owner"] as const) {
      client.on(name, (event) => {
        this.events.push({ name, event });
      });
    }
  }

  get id(): string {
    return this.client.session?.userId ?? "";
  }

  /** What others have said, in the order in which it came. */
  texts(): string[] {
    return this.heard.filter(({ senderId }) => senderId !== this.id).map(text);
  }

  /** Waits until so many messages of others have come. */
  async hears(count: number): Promise<string[]> {
    await until(`${this.username} hears ${count} messages, has ${this.texts().length}`, () => this.texts().length >= count);
    return this.texts();
  }

  async online(): Promise<this> {
    await until(`${this.username} is online`, () => this.client.connection.state === "online");
    return this;
  }

  told(name: string): unknown[] {
    return this.events.filter((event) => event.name === name).map(({ event }) => event);
  }
}

export function text({ plaintext, problem }: ChatMessage): string {
  return plaintext === null ? `[${problem}]` : fromUtf8(plaintext);
}

const clients: Client[] = [];

export function client(server: TestServer, store: Store = new MemoryStore(), options: { fetch?: typeof fetch } = {}): Client {
  const client_ = new Client({ baseUrl: server.url, store, crypto: new RatchetCrypto(), ...options });
  clients.push(client_);
  return client_;
}

/** Signs up somebody whose name begins so. */
export async function register(server: TestServer, name: string, options: { fetch?: typeof fetch } = {}): Promise<Person> {
  const store = new MemoryStore();
  const username = `${name}_${randomId().slice(0, 8)}`;
  const person = new Person(client(server, store, options), store, username);
  await person.client.register({ email: `${username}@example.com`, username, password: PASSWORD, displayName: name });
  return await person.online();
}

/** Signs in on another device. */
export async function login(server: TestServer, username: string, store: Store = new MemoryStore()): Promise<Person> {
  const person = new Person(client(server, store), store, username);
  await person.client.login(username, PASSWORD);
  return await person.online();
}

/** The conversation of two people. */
export async function direct(one: Person, other: Person): Promise<string> {
  const { id } = await one.client.api.post("/v1/conversations", { body: { type: "DM", participants: [other.id] } });
  return id;
}

/** Starts the same device again, as after a reload. */
export async function again(server: TestServer, before: Person, options: { fetch?: typeof fetch } = {}): Promise<Person> {
  const person = new Person(client(server, before.store, options), before.store, before.username);
  await person.client.resume();
  return person;
}

/** Closes every client of the file, also where a test has failed. */
export async function closeAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
}
