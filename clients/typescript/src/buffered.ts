/**
 * A transaction that gathers its writes and leaves them to be committed in one step.
 *
 * IndexedDB ends a transaction of its own as soon as nothing is asked of it for a moment, which waiting for
 * WebCrypto is. So reads go to what is committed, writes stay here until `work` has ended, and a turn
 * keeps other transactions of the same store out meanwhile.
 */

import type { Range, Reader, Table, Transaction } from "./store.js";

/** One write: `undefined` as its value deletes. */
export type Write = readonly [table: Table, key: string, value: unknown];

export class Buffered implements Transaction {
  readonly #base: Reader;
  readonly #writes = new Map<Table, Map<string, unknown>>();

  constructor(base: Reader) {
    this.#base = base;
  }

  async get<T>(table: Table, key: string): Promise<T | undefined> {
    const written = this.#writes.get(table);
    if (written?.has(key)) {
      return structuredClone(written.get(key)) as T | undefined;
    }
    return await this.#base.get<T>(table, key);
  }

  async list<T>(table: Table, range: Range = {}): Promise<Array<[string, T]>> {
    const written = this.#writes.get(table);
    if (written === undefined) {
      return await this.#base.list<T>(table, range);
    }
    // Each own write can push at most one committed record out of the page.
    const { limit, ...unlimited } = range;
    const wider = limit === undefined ? unlimited : { ...unlimited, limit: limit + written.size };
    const merged = new Map(await this.#base.list<T>(table, wider));
    for (const [key, value] of written) {
      if (value === undefined || !within(key, range)) {
        merged.delete(key);
      } else {
        merged.set(key, structuredClone(value) as T);
      }
    }
    return page([...merged], range);
  }

  put(table: Table, key: string, value: unknown): void {
    if (value === undefined) {
      throw new TypeError(`nothing to put at ${table}/${key}`);
    }
    this.#write(table, key, structuredClone(value));
  }

  delete(table: Table, key: string): void {
    this.#write(table, key, undefined);
  }

  /** What is to be committed. */
  writes(): Write[] {
    return [...this.#writes].flatMap(([table, keys]) =>
      [...keys].map(([key, value]): Write => [table, key, value]),
    );
  }

  #write(table: Table, key: string, value: unknown): void {
    let keys = this.#writes.get(table);
    if (keys === undefined) {
      keys = new Map();
      this.#writes.set(table, keys);
    }
    keys.set(key, value);
  }
}

/** Whether a key is in a range, its limit aside. */
export function within(key: string, range: Range): boolean {
  return (
    (range.prefix === undefined || key.startsWith(range.prefix)) &&
    (range.after === undefined || key > range.after) &&
    (range.before === undefined || key < range.before)
  );
}

/** Sorts records by key, and cuts them to a range's limit. */
export function page<T>(records: Array<[string, T]>, range: Range): Array<[string, T]> {
  records.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  if (range.reverse) {
    records.reverse();
  }
  return range.limit === undefined ? records : records.slice(0, range.limit);
}

/** Lets one task at a time through, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    // The next one waits for the end; the failure belongs to whoever asked.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
