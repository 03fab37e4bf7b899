import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff, PAUSE_FIRST_MS, PAUSE_MAX_MS } from "../src/socket/backoff.js";
import { Positions, type Span, spanOf } from "../src/socket/positions.js";

const CHAT = "01941f29-7c07-7b1a-9d5e-000000000003";
const one = (revision: number): Span => ({ conversationId: CHAT, first: revision, last: revision });
const closed = (code: number, reason = ""): { how: "closed"; code: number; reason: string } => ({ how: "closed", code, reason });

/** Judges, and stores what is new. */
function receive(positions: Positions, span: Span): string {
  const { verdict } = positions.judge(span);
  if (verdict === "new" || verdict === "lost") {
    positions.store(span);
  }
  return verdict;
}

test("a durable frame spans one revision, and a compacted one its range", () => {
  const frame = { conversation_id: CHAT, revision: 7 };
  assert.deepEqual(spanOf({ type: "message:sung", ...frame }), one(7));
  assert.deepEqual(spanOf({ type: "revision", from: 3, compacted: true, ...frame }), { ...one(7), first: 3 });
  assert.equal(spanOf({ type: "hello" }), undefined);
});

test("a hole is waited for once and then given up", () => {
  const positions = new Positions([[CHAT, 3]]);
  assert.deepEqual(positions.judge(one(6)), { verdict: "missing", from: 4, to: 5 });
  positions.beginSocket();
  assert.deepEqual(positions.judge(one(6)), { verdict: "lost", from: 4, to: 5 });
  positions.store(one(6));
  assert.equal(receive(positions, one(7)), "new");
  assert.deepEqual(positions.judge(one(9)), { verdict: "missing", from: 8, to: 8 });
});

test("coming back after an absence is no hole, and neither is a compacted range", () => {
  const back = new Positions([[CHAT, 3]]);
  assert.equal(receive(back, { ...one(10), fromRevision: 10 }), "new");
  assert.equal(receive(back, one(11)), "new");
  const compacted = new Positions([[CHAT, 3]]);
  assert.equal(receive(compacted, { ...one(20), first: 2 }), "new");
  assert.equal(receive(compacted, one(21)), "new");
});

test("what was stored and not handled comes again, and nothing after a failure is acknowledged", () => {
  const positions = new Positions();
  [1, 2, 3].forEach((revision) => receive(positions, one(revision)));
  positions.handle(one(1));
  positions.fail(one(2));
  positions.handle(one(3));
  assert.deepEqual(positions.acksDue(), [{ conversationId: CHAT, revision: 1 }]);
  positions.beginSocket();
  assert.deepEqual(positions.judge(one(1)), { verdict: "repeated", handled: true });
  assert.deepEqual(positions.judge(one(2)), { verdict: "repeated", handled: false });
  positions.handle(one(2));
  assert.deepEqual(positions.acksDue(), [{ conversationId: CHAT, revision: 2 }]);
});

test("each revision is stored once and in order, and acknowledgements stay below what was sent and handled", () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("commit" as const), n: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ what: fc.constant("handle" as const), n: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ what: fc.constant("flush" as const), n: fc.constant(0) }),
    fc.record({ what: fc.constant("reconnect" as const), n: fc.integer({ min: 0, max: 4 }) }),
    // The program ends and starts again: what was handled is forgotten, what is stored is not.
    fc.record({ what: fc.constant("restart" as const), n: fc.integer({ min: 0, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let positions = new Positions();
      let [head, cursor, sent, handled] = [0, 0, 0, 0];
      const stored: number[] = [];
      const hear = (revision: number): void => {
        sent = revision;
        if (receive(positions, one(revision)) === "new") {
          stored.push(revision);
        }
      };
      for (const { what, n } of steps) {
        if (what === "commit") {
          for (let more = 0; more < n; more += 1) {
            head += 1;
            hear(head);
          }
        } else if (what === "handle") {
          for (let more = 0; more < n && handled < stored.length; more += 1) {
            handled += 1;
            positions.handle(one(handled));
          }
        } else if (what === "flush") {
          for (const { revision } of positions.acksDue()) {
            assert.ok(revision <= sent && revision <= handled && revision >= cursor);
            cursor = revision;
          }
        } else {
          if (what === "restart") {
            positions = new Positions(stored.length > 0 ? [[CHAT, stored.length]] : []);
            handled = cursor;
          }
          positions.beginSocket();
          head += n;
          sent = cursor;
          for (let revision = cursor + 1; revision <= head; revision += 1) {
            hear(revision);
          }
        }
      }
      assert.deepEqual(stored, Array.from({ length: head }, (_, index) => index + 1));
    }),
  );
});

test("close codes come back or not as their numbers say, and 4401 once with another token", () => {
  for (const code of [1000, 1006, 1011, 4000, 4001, 4009, 4013, 4029]) {
    assert.equal(new Backoff().next(closed(code), 0.5).what, "after", String(code));
  }
  for (const code of [4400, 4403, 4404, 4408, 4409, 4413, 4429]) {
    assert.equal(new Backoff().next(closed(code), 0.5).what, "stop", String(code));
  }
  const backoff = new Backoff();
  assert.equal(backoff.next(closed(4401), 0.5).what, "refresh");
  assert.equal(backoff.next(closed(4401), 0.5).what, "stop");
  backoff.settled();
  assert.equal(backoff.next(closed(4401), 0.5).what, "refresh");
  backoff.notRefreshed();
  assert.equal(backoff.next(closed(4401), 0.5).what, "refresh");
});

test("pauses grow, have an end, and give way to what the server asks for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, jitter) => {
      const backoff = new Backoff();
      for (let failure = 0; failure < failures; failure += 1) {
        backoff.next({ how: "broken" }, jitter);
      }
      const ceiling = Math.min(PAUSE_FIRST_MS * 2 ** Math.min(failures, 20), PAUSE_MAX_MS);
      assert.deepEqual(backoff.next({ how: "broken" }, jitter), { what: "after", ms: ceiling * jitter });
    }),
  );
  const asked = new Backoff();
  assert.deepEqual(asked.next(closed(4001, '{"reconnect_after_ms":1500}'), 0), { what: "after", ms: 1500 });
  asked.askedToWait(700);
  assert.deepEqual(asked.next(closed(4001, "draining"), 0), { what: "after", ms: 700 });
});
