/**
 * Whether and when to come back after a connection has ended. Pure: randomness comes in.
 *
 * Close codes 4000–4399 and broken connections come back, 4400–4499 do not, except 4401 (and 401 on the
 * upgrade), which is tried once more with a renewed token. Pauses grow exponentially with full jitter, so
 * that ten thousand clients of a node that died do not come back at once.
 */

/** Upper end of the first pause. */
export const PAUSE_FIRST_MS = 500;
/** Upper end of every pause. */
export const PAUSE_MAX_MS = 30_000;
/** Longest pause that a server may ask for. */
const ASKED_MAX_MS = 300_000;

/** How a connection ended, or an attempt at one. */
export type Ended =
  | { readonly how: "closed"; readonly code: number; readonly reason: string }
  /** It broke, fell silent, or could not be made. */
  | { readonly how: "broken" }
  /** This side left to have the log replayed: revisions were missing, or more came than can be held. */
  | { readonly how: "replay" };

export type Next =
  | { readonly what: "after"; readonly ms: number }
  /** Renew the token, then connect at once. */
  | { readonly what: "refresh" }
  | { readonly what: "stop" };

const UNAUTHORIZED = 4401;

/** How often in a row it went wrong. */
export class Backoff {
  #attempts = 0;
  #refreshed = false;
  #askedMs: number | undefined;

  /** The connection works (it got as far as `sync:complete`): the next failure is the first. */
  settled(): void {
    this.#attempts = 0;
    this.#refreshed = false;
    this.#askedMs = undefined;
  }

  /** The server has announced when to come back (`server:draining`). */
  askedToWait(ms: number): void {
    this.#askedMs = Math.min(ms, ASKED_MAX_MS);
  }

  /** The token could not be renewed because the server could not be asked: there is another try. */
  notRefreshed(): void {
    this.#refreshed = false;
  }

  /** Decides. `jitter` is random, from 0 to 1. */
  next(ended: Ended, jitter: number): Next {
    const asked = this.#askedMs;
    this.#askedMs = undefined;
    if (ended.how === "replay") {
      return { what: "after", ms: 0 };
    }
    if (ended.how === "closed") {
      if (ended.code === UNAUTHORIZED) {
        const next: Next = { what: this.#refreshed ? "stop" : "refresh" };
        this.#refreshed = true;
        return next;
      }
      if (ended.code >= 4400 && ended.code <= 4499) {
        return { what: "stop" };
      }
      return this.#pause(reconnectAfter(ended.reason) ?? asked, jitter);
    }
    return this.#pause(asked, jitter);
  }

  #pause(asked: number | undefined, jitter: number): Next {
    const ceiling = Math.min(PAUSE_FIRST_MS * 2 ** Math.min(this.#attempts, 20), PAUSE_MAX_MS);
    this.#attempts += 1;
    // The server spreads the pauses that it asks for by itself.
    return { what: "after", ms: asked ?? ceiling * jitter };
  }
}

/** Reads `reconnect_after_ms` from the words of a close frame, however they are put. */
function reconnectAfter(reason: string): number | undefined {
  const digits = /reconnect_after_ms\D*(\d+)/.exec(reason)?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), ASKED_MAX_MS);
}
