/** Handlers of events, called in order, each awaited. */

import type { ClientEvents, Handler } from "./chat.js";

type Name = keyof ClientEvents;

/** One event that is to be emitted. */
export type Emission = { [N in Name]: { readonly name: N; readonly event: ClientEvents[N] } }[Name];

export class Events {
  readonly #handlers = new Map<string, Set<Handler<Name>>>();

  on<N extends Name>(name: N, handler: Handler<N>): () => void {
    let handlers = this.#handlers.get(name);
    if (handlers === undefined) {
      handlers = new Set();
      this.#handlers.set(name, handlers);
    }
    const added = handler as unknown as Handler<Name>;
    handlers.add(added);
    return () => handlers.delete(added);
  }

  /** Answers the error of the first handler that failed; the others are called all the same. */
  async emit(name: string, event: unknown): Promise<{ readonly failed: boolean; readonly error?: unknown }> {
    let outcome: { readonly failed: boolean; readonly error?: unknown } = { failed: false };
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        await handler(event as never);
      } catch (error) {
        outcome = outcome.failed ? outcome : { failed: true, error };
      }
    }
    return outcome;
  }
}
