/**
 * The socket that stays up by itself: reconnects with growing, jittered pauses, renews the token, hands on
 * frames in order, and acknowledges what the program has handled.
 */

import { ApiError, NetworkError, NotSignedIn } from "../errors.js";
import type { ConnectionState } from "../types.js";
import type { Frame } from "../wire.js";
import { Backoff, type Ended } from "./backoff.js";
import { Connection, latch } from "./connection.js";

/** Acknowledgements are gathered for so long. */
const ACK_EVERY_MS = 250;
/** How long an answer on the socket may take. */
const ANSWER_MS = 30_000;
/** Frames that are stored in one transaction. */
const BATCH_MAX = 64;
/** How long the end of what is in hand is waited for when the program leaves. */
const STOP_MS = 2_000;
/** This side has left for good. */
const LEFT: Ended = { how: "closed", code: 1000, reason: "" };
/** A token that ends with the login session, or was never good. */
const UNAUTHORIZED = 4401;

/** What the socket needs of the rest of the client. */
export interface SocketParts {
  readonly url: URL;
  token(): Promise<string>;
  renew(stale: string): Promise<string>;
  /** A new connection: positions begin anew. */
  begin(): Promise<void>;
  /** Stores and handles frames, in order. `false`: something is missing, connect again to get it. */
  receive(frames: readonly Frame[]): Promise<boolean>;
  acksDue(): Array<{ conversationId: string; revision: number }>;
  state(state: ConnectionState): void;
  /** Between 0 and 1. */
  random(): number;
}

interface Asked {
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Socket {
  readonly #parts: SocketParts;
  readonly #backoff = new Backoff();
  readonly #asked = new Map<number, Asked>();
  #connection: Connection | undefined;
  #lastId = 0;
  #token = "";
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #endPause: () => void = () => undefined;

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  /** Runs until the server says not to come back, or `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      // What is in hand is finished and acknowledged, unless its handler waits for this very end.
      const connection = this.#connection;
      connection?.stop();
      late = setTimeout(() => connection?.leave(LEFT), STOP_MS);
      this.#endPause();
    };
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      this.#parts.state({ state: "connecting" });
      let ended: Ended;
      try {
        this.#token = await this.#parts.token();
        ended = await this.#serve(signal);
      } catch (error) {
        if (error instanceof NotSignedIn) {
          this.#parts.state({ state: "closed", code: UNAUTHORIZED, reason: error.message });
          break;
        }
        ended = { how: "broken" };
      }
      this.#fail();
      if (signal.aborted || !(await this.#pause(ended))) {
        break;
      }
    }
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
  }

  /** Tries again now: the network is back, or somebody looks. */
  retryNow(): void {
    this.#endPause();
  }

  /** Sends a frame of which nobody waits for an answer; it is dropped while there is no connection. */
  tell(frame: object): void {
    try {
      this.#connection?.send(frame);
    } catch (error) {
      if (!(error instanceof NetworkError)) {
        throw error;
      }
      // Typing and presence are of the moment.
    }
  }

  /** Sends a frame and waits for its `ok`. Whoever waits must not hold up a handler of events. */
  ask(frame: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const connection = this.#connection;
      if (connection === undefined) {
        throw new NetworkError("the socket is not connected");
      }
      connection.send({ id, ...frame });
      const late = setTimeout(() => {
        this.#asked.delete(id);
        reject(new NetworkError("no answer in time"));
      }, ANSWER_MS);
      const done = <T>(settle: (value: T) => void) => (value: T): void => {
        clearTimeout(late);
        settle(value);
      };
      this.#asked.set(id, { resolve: done(resolve), reject: done(reject) });
    });
  }

  /** Something was handled: within a moment it is acknowledged. */
  ackSoon(): void {
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_EVERY_MS);
  }

  async #serve(signal: AbortSignal): Promise<Ended> {
    const connection = await Connection.open(this.#parts.url, this.#token, signal);
    await this.#parts.begin();
    this.#connection = connection;
    if (signal.aborted) {
      connection.stop();
    }
    try {
      for (;;) {
        const frames = await connection.take(BATCH_MAX);
        if (frames.length === 0) {
          break;
        }
        if (!(await this.#receive(frames))) {
          connection.drop();
          connection.leave({ how: "replay" });
          return { how: "replay" };
        }
        this.ackSoon();
      }
      this.#acknowledge();
      connection.leave(LEFT);
      return connection.ended ?? LEFT;
    } catch (error) {
      // The store or the server failed in the middle: what was not stored comes again.
      connection.leave({ how: "broken" });
      throw error;
    } finally {
      this.#acknowledge();
      this.#connection = undefined;
    }
  }

  /** Splits off what is of the socket itself; the rest is stored and handled. */
  async #receive(frames: readonly Frame[]): Promise<boolean> {
    let run: Frame[] = [];
    const flush = async (): Promise<boolean> => {
      const [stored, rest] = [run, []];
      run = rest;
      return stored.length === 0 || (await this.#parts.receive(stored));
    };
    for (const frame of frames) {
      switch (frame.type) {
        case "ok":
        case "error":
        case "pong":
        case "auth:ok":
          this.#answered(frame);
          continue;
        case "auth:expiring":
          void this.#authenticate();
          break;
        case "server:draining":
          this.#backoff.askedToWait(Number(frame["reconnect_after_ms"]));
          break;
        case "hello":
          this.#parts.state({ state: "catching_up" });
          break;
        case "sync:complete":
          if (!(await flush())) {
            return false;
          }
          this.#backoff.settled();
          this.#parts.state({ state: "online" });
          break;
      }
      run.push(frame);
    }
    return await flush();
  }

  #answered(frame: Frame): void {
    const id = Number(frame["id"]);
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (frame.type !== "error") {
      asked?.resolve(frame["data"] ?? null);
      return;
    }
    const { code, error, details, retry_after_ms: retryAfterMs } = frame as Record<string, unknown>;
    asked?.reject(new ApiError(0, String(code), String(error), details, retryAfterMs as number | undefined));
  }

  async #authenticate(): Promise<void> {
    try {
      const token = await this.#parts.renew(this.#token);
      this.#token = token;
      this.tell({ type: "auth", token });
    } catch {
      // The token ends with 4401, which is where it is tried again.
    }
  }

  #acknowledge(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#connection?.ended !== undefined) {
      return;
    }
    for (const { conversationId, revision } of this.#parts.acksDue()) {
      this.tell({ type: "ack", conversation_id: conversationId, revision });
    }
  }

  /** Whoever waits for an answer learns that the connection has ended instead. */
  #fail(): void {
    for (const { reject } of this.#asked.values()) {
      reject(new NetworkError("the connection has ended"));
    }
    this.#asked.clear();
  }

  /** Answers whether there is another attempt, after its pause. */
  async #pause(ended: Ended): Promise<boolean> {
    const next = this.#backoff.next(ended, this.#parts.random());
    switch (next.what) {
      case "stop": {
        const { code, reason } = ended.how === "closed" ? ended : { code: 0, reason: "" };
        this.#parts.state({ state: "closed", code, reason });
        return false;
      }
      case "refresh":
        try {
          await this.#parts.renew(this.#token);
        } catch (error) {
          if (error instanceof NotSignedIn) {
            this.#parts.state({ state: "closed", code: UNAUTHORIZED, reason: error.message });
            return false;
          }
          this.#backoff.notRefreshed();
          return await this.#pause({ how: "broken" });
        }
        return true;
      case "after": {
        this.#parts.state({ state: "offline", retryInMs: next.ms });
        const { promise, resolve } = latch();
        this.#endPause = resolve;
        const timer = setTimeout(resolve, next.ms);
        await promise;
        clearTimeout(timer);
        return true;
      }
    }
  }
}
