/**
 * Which revisions a device has: what is new, what comes twice, what is missing, what to acknowledge. Pure:
 * no clock, no I/O.
 *
 * A conversation's revisions are dense and everybody gets every one, so a jump in the numbers means that
 * something is missing. Two jumps are normal: `participant:added` for oneself says with `from_revision`
 * where the log goes on, and a compacted range comes as one frame that spans it.
 *
 * Three numbers are kept for each conversation: what is *stored* (the measure of what comes twice), what the
 * program has *handled* (the measure of what may be acknowledged) and what was *sent* on the present socket
 * (the server refuses an acknowledgement above it).
 */

/** The revisions that one durable frame stands for. */
export interface Span {
  readonly conversationId: string;
  /** The first revision; lower than `last` only for a compacted range. */
  readonly first: number;
  readonly last: number;
  /** The log goes on here after an absence, for `participant:added` of oneself. */
  readonly fromRevision?: number;
}

/** What to do with a durable frame. */
export type Verdict =
  /** The next one. */
  | { readonly verdict: "new" }
  /** In the store already; whether the program has it too (in this life, or on this socket) is another question. */
  | { readonly verdict: "repeated"; readonly handled: boolean }
  /** Missing before it. The first time: connect again, which replays what is missing. */
  | { readonly verdict: "missing"; readonly from: number; readonly to: number }
  /** The same range is missing on a second socket, so it will not come. */
  | { readonly verdict: "lost"; readonly from: number; readonly to: number };

interface Position {
  stored: number;
  handled: number;
  sent: number;
  acked: number;
  /** Handed to the program on this socket, or about to be. */
  offered: number;
  /** A handler failed here: nothing from it on is acknowledged on this socket. */
  failed: number | undefined;
  /** The position at which a hole was met, so that it is not waited for twice. */
  holeAfter: number | undefined;
}

/** What a frame stands for, if it is durable. */
export function spanOf(frame: { readonly type: string; readonly [field: string]: unknown }): Span | undefined {
  const { conversation_id: conversationId, revision: last, from } = frame;
  if (typeof conversationId !== "string" || typeof last !== "number") {
    return undefined;
  }
  const fromRevision = frame.type === "participant:added" ? frame["from_revision"] : undefined;
  const compacted = frame.type === "revision" && frame["compacted"] === true && typeof from === "number";
  return {
    conversationId,
    first: compacted ? Math.min(from, last) : last,
    last,
    ...(typeof fromRevision === "number" ? { fromRevision } : {}),
  };
}

/** The positions of one device in all its conversations. */
export class Positions {
  readonly #of = new Map<string, Position>();
  /** Conversations whose acknowledgement may be due. */
  readonly #touched = new Set<string>();

  /** Continues from what is stored; what of it was handled the server knows by its own cursor. */
  constructor(stored: Iterable<readonly [conversationId: string, revision: number]> = []) {
    for (const [conversationId, revision] of stored) {
      this.#at(conversationId).stored = revision;
    }
  }

  /** A new socket: nothing was sent on it yet, it has carried no acknowledgement, and failures are tried again. */
  beginSocket(): void {
    for (const position of this.#of.values()) {
      position.sent = 0;
      position.acked = 0;
      position.offered = 0;
      position.failed = undefined;
    }
    this.#touched.clear();
  }

  /** Judges a durable frame that came on the present socket; moves nothing but for a repeated one. */
  judge(span: Span): Verdict {
    const known = this.#of.get(span.conversationId);
    if (known === undefined) {
      return { verdict: "new" };
    }
    const stored = Math.max(known.stored, (span.fromRevision ?? 0) - 1);
    if (span.last <= known.stored) {
      known.sent = Math.max(known.sent, span.last);
      this.#touched.add(span.conversationId);
      const handled = span.last <= Math.max(known.handled, known.offered);
      known.offered = Math.max(known.offered, span.last);
      return { verdict: "repeated", handled };
    }
    if (span.first <= stored + 1) {
      return { verdict: "new" };
    }
    const hole = { from: stored + 1, to: span.first - 1 };
    if (known.holeAfter !== stored) {
      known.holeAfter = stored;
      return { verdict: "missing", ...hole };
    }
    return { verdict: "lost", ...hole };
  }

  /** The frame is in the store, and with it the position after it. */
  store(span: Span): void {
    const position = this.#at(span.conversationId);
    position.stored = Math.max(position.stored, span.last);
    position.sent = Math.max(position.sent, span.last);
    position.offered = Math.max(position.offered, span.last);
  }

  /** The program has handled the frame; those before it came before. */
  handle(span: Span): void {
    const position = this.#at(span.conversationId);
    if (position.failed === undefined) {
      position.handled = Math.max(position.handled, span.last);
    }
    this.#touched.add(span.conversationId);
  }

  /** A handler has failed: the frame comes again at the next connection, and what follows it too. */
  fail(span: Span): void {
    const position = this.#at(span.conversationId);
    position.failed ??= span.last;
  }

  /** The acknowledgements to send now; each is given out once per socket. */
  acksDue(): Array<{ conversationId: string; revision: number }> {
    const due = [];
    for (const conversationId of this.#touched) {
      const position = this.#at(conversationId);
      const revision = Math.min(position.handled, position.sent);
      if (revision > position.acked) {
        position.acked = revision;
        due.push({ conversationId, revision });
      }
    }
    this.#touched.clear();
    return due;
  }

  #at(conversationId: string): Position {
    let position = this.#of.get(conversationId);
    if (position === undefined) {
      position = { stored: 0, handled: 0, sent: 0, acked: 0, offered: 0, failed: undefined, holeAfter: undefined };
      this.#of.set(conversationId, position);
    }
    return position;
  }
}
