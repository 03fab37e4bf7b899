/**
 * A store in the browser's IndexedDB: all tables in one object store, by `[table, key]`, so that a new
 * table needs no upgrade.
 *
 * Commits ask for strict durability: what is acknowledged to the server is not in memory only.
 */

import { Buffered, Turns, page } from "./buffered.js";
import type { Range, Reader, Store, Table, Transaction } from "./store.js";

const RECORDS = "records";
/** Sorts behind every continuation of a prefix. */
const LAST = "\uffff";

export class IndexedDbStore implements Store, Reader {
  readonly name: string;
  readonly #turns = new Turns();
  readonly #database: IDBDatabase;

  private constructor(name: string, database: IDBDatabase) {
    this.name = name;
    this.#database = database;
    // Another tab deletes the database, or needs a newer one: do not hold it up.
    database.onversionchange = () => database.close();
  }

  /** Opens the database of this name, or makes it. */
  static async open(name = "sentinal"): Promise<IndexedDbStore> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS);
    };
    return new IndexedDbStore(name, await answer(request));
  }

  async get<T>(table: Table, key: string): Promise<T | undefined> {
    return (await answer(this.#records("readonly").get([table, key]))) as T | undefined;
  }

  async list<T>(table: Table, range: Range = {}): Promise<Array<[string, T]>> {
    const keys = bounds(table, range);
    if (keys === undefined) {
      return [];
    }
    if (range.reverse && range.limit !== undefined) {
      return await this.#backwards<T>(keys, range.limit);
    }
    const records = this.#records("readonly");
    // Both are of one transaction, so that they fit together.
    const [found, values] = await Promise.all([
      answer(records.getAllKeys(keys, range.limit)),
      answer(records.getAll(keys, range.limit)),
    ]);
    const pairs = found.map((key, index): [string, T] => [(key as [string, string])[1], values[index] as T]);
    return page(pairs, range);
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      const tx = new Buffered(this);
      const result = await work(tx);
      const writes = tx.writes();
      if (writes.length > 0) {
        const records = this.#records("readwrite");
        for (const [table, key, value] of writes) {
          if (value === undefined) {
            records.delete([table, key]);
          } else {
            records.put(value, [table, key]);
          }
        }
        await committed(records.transaction);
      }
      return result;
    });
  }

  read<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return work(this);
  }

  clear(): Promise<void> {
    return this.#turns.run(async () => {
      const records = this.#records("readwrite");
      records.clear();
      await committed(records.transaction);
    });
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => this.#database.close());
  }

  #records(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(RECORDS, mode, { durability: "strict" }).objectStore(RECORDS);
  }

  #backwards<T>(keys: IDBKeyRange, limit: number): Promise<Array<[string, T]>> {
    return new Promise((resolve, reject) => {
      const found: Array<[string, T]> = [];
      const request = this.#records("readonly").openCursor(keys, "prev");
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor === null || found.length >= limit) {
          resolve(found);
          return;
        }
        found.push([(cursor.key as [string, string])[1], cursor.value as T]);
        cursor.continue();
      };
    });
  }
}

/** `undefined` where nothing can be in the range. */
function bounds(table: Table, range: Range): IDBKeyRange | undefined {
  const prefix = range.prefix ?? "";
  const lower = range.after !== undefined && range.after >= prefix ? range.after : prefix;
  const end = prefix + LAST;
  const upper = range.before !== undefined && range.before < end ? range.before : end;
  if (lower >= upper) {
    return undefined;
  }
  return IDBKeyRange.bound([table, lower], [table, upper], lower === range.after, upper === range.before);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
}
