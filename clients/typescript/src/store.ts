/**
 * Where a device keeps what it must not lose: its login, keys, ratchets, positions and messages.
 *
 * A transaction is all or nothing: what is read of a message (plaintext, the ratchet's next state, the
 * position) is written at once, and only then acknowledged. Reads inside a transaction see its own writes.
 * Transactions of one store run one after the other, so `work` may wait for anything (WebCrypto, say)
 * without losing its isolation; it must not wait for another transaction of the same store.
 */

/** A group of records. `crypto` belongs to the {@link Crypto}, `app` to the program; the rest is this library's. */
export type Table =
  | "account"
  | "positions"
  | "messages"
  | "message_ids"
  | "expiries"
  | "outbox"
  | "edits"
  | "identities"
  | "rosters"
  | "crypto"
  | "app";

/** All of them. */
export const TABLES: readonly Table[] = [
  "account",
  "positions",
  "messages",
  "message_ids",
  "expiries",
  "outbox",
  "edits",
  "identities",
  "rosters",
  "crypto",
  "app",
];

/** Part of a table, in the order of its keys (by UTF-16 code units). */
export interface Range {
  /** Only keys that begin with this. */
  readonly prefix?: string;
  /** Only keys after this one. */
  readonly after?: string;
  /** Only keys before this one. */
  readonly before?: string;
  /** From the end. */
  readonly reverse?: boolean;
  /** At most so many. */
  readonly limit?: number;
}

/** Reads of one moment. Values are copies: changing them changes nothing in the store. */
export interface Reader {
  get<T>(table: Table, key: string): Promise<T | undefined>;
  list<T>(table: Table, range?: Range): Promise<Array<[key: string, value: T]>>;
}

/** Reads, and writes that take effect together when the transaction's `work` has ended without an error. */
export interface Transaction extends Reader {
  /** `value` is anything that the structured clone algorithm copies: byte arrays, maps, plain objects. */
  put(table: Table, key: string, value: unknown): void;
  delete(table: Table, key: string): void;
}

/** A device's memory. */
export interface Store {
  /** Tells apart the stores of one origin: tabs with the same name share a device. */
  readonly name: string;
  /** Runs `work` alone and commits its writes; nothing is written if it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Reads what was committed. */
  read<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
