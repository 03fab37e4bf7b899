/** A store that lives as long as the process: for tests, bots, and Node. */

import { Buffered, Turns, page, within } from "./buffered.js";
import type { Range, Reader, Store, Table, Transaction } from "./store.js";

let made = 0;

/** Several clients may share one, as tabs share a browser's. */
export class MemoryStore implements Store, Reader {
  readonly name: string;
  readonly #turns = new Turns();
  readonly #tables = new Map<Table, Map<string, unknown>>();

  constructor(name?: string) {
    made += 1;
    this.name = name ?? `memory-${made}`;
  }

  get<T>(table: Table, key: string): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.#table(table).get(key)) as T | undefined);
  }

  list<T>(table: Table, range: Range = {}): Promise<Array<[string, T]>> {
    const found = [...this.#table(table)].filter(([key]) => within(key, range));
    return Promise.resolve(structuredClone(page(found, range)) as Array<[string, T]>);
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      const tx = new Buffered(this);
      const result = await work(tx);
      for (const [table, key, value] of tx.writes()) {
        if (value === undefined) {
          this.#table(table).delete(key);
        } else {
          this.#table(table).set(key, value);
        }
      }
      return result;
    });
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return work(this);
  }

  clear(): Promise<void> {
    return this.#turns.run(async () => this.#tables.clear());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #table(table: Table): Map<string, unknown> {
    let records = this.#tables.get(table);
    if (records === undefined) {
      records = new Map();
      this.#tables.set(table, records);
    }
    return records;
  }
}
