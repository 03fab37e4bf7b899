/**
 * One WebSocket, from the upgrade to its end: a queue of frames in, frames out.
 *
 * A browser's socket cannot be told to stop reading. So what waits here has a bound; past it this side
 * leaves, and the server's log has the rest.
 */

import { NetworkError } from "../errors.js";
import type { Frame } from "../wire.js";
import type { Ended } from "./backoff.js";

/** How long the server may take from the upgrade to `hello`: its waits for a turn, and a slow database. */
const HELLO_MS = 15_000;
/** Without a frame for so long this side asks for one. */
const PING_AFTER_MS = 25_000;
/** How long an answer to that may take before the connection counts as broken. */
const PONG_MS = 20_000;
const TICK_MS = 5_000;
/** Characters of frames that may wait here: a few seconds of a busy replay. */
const WAITING_MAX = 16 * 1024 * 1024;
const NORMAL = 1000;
const BROKEN = 1006;

type WebSocketClass = new (url: string | URL, protocols?: string | string[]) => WebSocket;

/** The platform's WebSocket; Node 20 has none, and takes the package `ws`. */
async function webSocketClass(): Promise<WebSocketClass> {
  if (typeof WebSocket !== "undefined") {
    return WebSocket;
  }
  // Behind a variable, so that bundlers for browsers do not look for it.
  const name = "ws";
  const module = (await import(/* @vite-ignore */ name)) as { WebSocket: WebSocketClass };
  return module.WebSocket;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #queue: Array<{ readonly frame: Frame; readonly size: number }> = [];
  #waiting = 0;
  #ended: Ended | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;
  #heardAt = Date.now();
  #askedAt: number | undefined;
  readonly #watch: ReturnType<typeof setInterval>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (close) =>
      this.#end(close.code === BROKEN ? { how: "broken" } : { how: "closed", code: close.code, reason: close.reason });
    // What matters of an error, `close` says.
    socket.onerror = () => undefined;
    this.#watch = setInterval(() => this.#tick(), TICK_MS);
    (this.#watch as { unref?: () => void }).unref?.();
  }

  /**
   * Connects and says who it is in the first frame: a browser does not show how an upgrade was refused, but
   * it shows close codes.
   */
  static async open(url: URL, token: string, signal: AbortSignal): Promise<Connection> {
    const address = new URL(url);
    address.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const connection = new Connection(new (await webSocketClass())(address));
    const { promise, resolve } = latch();
    connection.#socket.onopen = () => {
      connection.send({ type: "auth", token });
      resolve();
    };
    connection.#wake = resolve;
    const abandon = (): void => connection.leave({ how: "broken" });
    const late = setTimeout(abandon, HELLO_MS);
    signal.addEventListener("abort", abandon, { once: true });
    await promise;
    while (connection.#ended === undefined && connection.#queue.length === 0) {
      await connection.#more();
    }
    clearTimeout(late);
    signal.removeEventListener("abort", abandon);
    return connection;
  }

  /** How it ended; `undefined` while it has not. */
  get ended(): Ended | undefined {
    return this.#ended;
  }

  /** What has come, at most so many frames; nothing once it has ended and all was taken, or after `stop`. */
  async take(max: number): Promise<Frame[]> {
    while (this.#queue.length === 0 && this.#ended === undefined && !this.#stopped) {
      await this.#more();
    }
    if (this.#stopped) {
      return [];
    }
    const taken = this.#queue.splice(0, max);
    for (const { size } of taken) {
      this.#waiting -= size;
    }
    return taken.map(({ frame }) => frame);
  }

  /** Takes no more frames; what is being handled can still be acknowledged. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** @throws {NetworkError} if it has ended. */
  send(frame: object): void {
    if (this.#ended !== undefined || this.#socket.readyState !== 1) {
      throw new NetworkError("the socket is not connected");
    }
    this.#socket.send(JSON.stringify(frame));
  }

  /** Closes from this side; what had come before can still be taken. */
  leave(as: Ended): void {
    this.#end(as);
    this.#socket.close(NORMAL);
  }

  /** Forgets what has come and was not taken: it comes again. */
  drop(): void {
    this.#queue.length = 0;
    this.#waiting = 0;
  }

  #receive(data: unknown): void {
    this.#heardAt = Date.now();
    this.#askedAt = undefined;
    if (this.#ended !== undefined || typeof data !== "string") {
      return;
    }
    let frame: Frame;
    try {
      frame = JSON.parse(data) as Frame;
    } catch {
      return;
    }
    this.#queue.push({ frame, size: data.length });
    this.#waiting += data.length;
    if (this.#waiting > WAITING_MAX) {
      this.leave({ how: "replay" });
    }
    this.#wake();
  }

  #tick(): void {
    const now = Date.now();
    if (this.#askedAt !== undefined) {
      if (now - this.#askedAt > PONG_MS) {
        this.leave({ how: "broken" });
      }
    } else if (now - this.#heardAt > PING_AFTER_MS && this.#socket.readyState === 1) {
      this.#askedAt = now;
      this.send({ type: "ping" });
    }
  }

  #end(ended: Ended): void {
    if (this.#ended === undefined) {
      this.#ended = ended;
      clearInterval(this.#watch);
      this.#wake();
    }
  }

  #more(): Promise<void> {
    const { promise, resolve } = latch();
    this.#wake = resolve;
    return promise;
  }
}

export function latch(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
