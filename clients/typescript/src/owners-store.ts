/**
 * The store as only the owner of the socket may write to it. Two tabs that move one ratchet at once destroy
 * it, so that writing ends before the lock is passed on: what comes later is refused, and what has begun is
 * waited for.
 */

import { Closed } from "./errors.js";
import type { Reader, Store, Transaction } from "./store.js";

export class OwnersStore implements Store {
  readonly #store: Store;
  readonly #running = new Set<Promise<unknown>>();
  #open = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get name(): string {
    return this.#store.name;
  }

  /** This tab is the owner now. */
  open(): void {
    this.#open = true;
  }

  /** It is so no longer, once what has begun is written. */
  async shut(): Promise<void> {
    this.#open = false;
    await Promise.allSettled(this.#running);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (!this.#open) {
      throw new Closed();
    }
    const running = this.#store.transaction(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#store.read(work);
  }

  clear(): Promise<void> {
    return this.#store.clear();
  }

  async close(): Promise<void> {
    await this.shut();
  }
}
