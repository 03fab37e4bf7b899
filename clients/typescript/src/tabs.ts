/**
 * Several tabs, one device. The tab that holds a lock owns the socket, the ratchets and the store's
 * messages; the others ask it over a channel, and hear from it what happens. When it is closed the lock
 * passes on, and what was asked of it and not answered is asked of the next owner.
 */

import { Closed, type PlainError, fromPlain, toPlain } from "./errors.js";
import { randomId } from "./encoding.js";

/** Locks that all tabs of one origin share. */
export interface Locks {
  /** Runs `work` while no other tab holds the lock; waits for its turn until `signal` ends the wait. */
  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** The browser's locks, which a tab that crashes or closes gives back. */
class WebLocks implements Locks {
  exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return navigator.locks.request(name, signal === undefined ? {} : { signal }, work) as Promise<T>;
  }
}

/** Locks among the clients of one process, where there is no `navigator.locks`: Node 20. */
class ProcessLocks implements Locks {
  readonly #held = new Map<string, Promise<unknown>>();

  async exclusive<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#held.get(name) ?? Promise.resolve();
    let leave = (): void => undefined;
    const held = before.then(() => new Promise<void>((resolve) => (leave = resolve)));
    this.#held.set(name, held);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    try {
      await (signal === undefined ? before : Promise.race([before, aborted]));
      signal?.throwIfAborted();
      return await work();
    } finally {
      // Whoever gave up waiting still lets the next one wait for those before it.
      void before.then(() => leave());
    }
  }
}

const processLocks = new ProcessLocks();

/** The locks of this platform. */
export function platformLocks(): Locks {
  return typeof navigator !== "undefined" && "locks" in navigator && navigator.locks !== undefined
    ? new WebLocks()
    : processLocks;
}

type Note =
  | { readonly kind: "call"; readonly id: string; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: "answer"; readonly id: string; readonly value?: unknown; readonly error?: PlainError }
  | { readonly kind: "event"; readonly name: string; readonly event: unknown }
  /** There is a new owner: ask it again what was not answered. */
  | { readonly kind: "owner" };

interface Asked {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What the owner does for all tabs, by name. Each may be asked twice and must then do its work once. */
export type Duties = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** One tab among those of a store. */
export class Tab {
  readonly #channel: BroadcastChannel;
  readonly #asked = new Map<string, Asked>();
  readonly #leave = new AbortController();
  #owner = false;
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly locks: Locks,
    private readonly duties: Duties,
    /** What another tab tells. */
    private readonly heard: (name: string, event: unknown) => void,
  ) {
    this.#channel = new BroadcastChannel(`sentinal-${name}`);
    this.#channel.onmessage = (message: MessageEvent<Note>) => this.#note(message.data);
    // Node: an idle channel does not keep the process alive.
    (this.#channel as { unref?: () => void }).unref?.();
  }

  get isOwner(): boolean {
    return this.#owner;
  }

  /** Waits for its turn, then runs `own` until it ends or the tab is closed. */
  async wait(own: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#leave;
    try {
      await this.locks.exclusive(
        `sentinal-owner-${this.name}`,
        async () => {
          this.#owner = true;
          try {
            const owning = own(signal);
            this.#post({ kind: "owner" });
            this.#askAgain();
            await owning;
          } finally {
            this.#owner = false;
          }
        },
        signal,
      );
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }

  /** Does one of the duties, here or in the tab whose it is. */
  async call<T>(method: string, ...args: unknown[]): Promise<T> {
    if (this.#closed) {
      throw new Closed();
    }
    if (this.#owner) {
      return (await this.#do(method, args)) as T;
    }
    const id = randomId();
    return await new Promise<T>((resolve, reject) => {
      this.#asked.set(id, { method, args, resolve: resolve as (value: unknown) => void, reject });
      this.#post({ kind: "call", id, method, args });
    });
  }

  /** Tells all other tabs. */
  tell(name: string, event: unknown): void {
    this.#post({ kind: "event", name, event });
  }

  close(): void {
    this.#closed = true;
    this.#leave.abort();
    this.#channel.close();
    for (const { reject } of this.#asked.values()) {
      reject(new Closed());
    }
    this.#asked.clear();
  }

  async #do(method: string, args: readonly unknown[]): Promise<unknown> {
    const duty = this.duties[method];
    if (duty === undefined) {
      throw new Error(`${method} is no duty of the owner; reload the older tab`);
    }
    return await duty(...(args as never[]));
  }

  #note(note: Note): void {
    switch (note.kind) {
      case "call":
        if (this.#owner) {
          void this.#answer(note.id, note.method, note.args);
        }
        break;
      case "answer": {
        const asked = this.#asked.get(note.id);
        this.#asked.delete(note.id);
        if (note.error === undefined) {
          asked?.resolve(note.value);
        } else {
          asked?.reject(fromPlain(note.error));
        }
        break;
      }
      case "event":
        this.heard(note.name, note.event);
        break;
      case "owner":
        this.#askAgain();
        break;
    }
  }

  async #answer(id: string, method: string, args: readonly unknown[]): Promise<void> {
    try {
      this.#post({ kind: "answer", id, value: await this.#do(method, args) });
    } catch (error) {
      if (!(error instanceof Closed)) {
        this.#post({ kind: "answer", id, error: toPlain(error) });
      }
      // A tab that closes leaves the question to the next owner.
    }
  }

  #askAgain(): void {
    for (const [id, { method, args, resolve, reject }] of this.#asked) {
      if (this.#owner) {
        this.#asked.delete(id);
        this.#do(method, args).then(resolve, reject);
      } else {
        this.#post({ kind: "call", id, method, args });
      }
    }
  }

  #post(note: Note): void {
    if (!this.#closed) {
      this.#channel.postMessage(note);
    }
  }
}
