/** Whatever happens on the way: what is read is what was written, once; what is not changes nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidBundle } from "../src/crypto.js";
import { SKIPPED_AT_ONCE_MAX, SKIPPED_KEPT_MAX, UnreadableMessage } from "../src/crypto/index.js";
import { decrypt, encrypt, initiate, respond, type RatchetState } from "../src/crypto/ratchet.js";
import { generateKeyPair } from "../src/crypto/curve.js";
import { aliceAndBob, type Letter, type Person } from "./crypto-people.js";

/** One step of a story: somebody writes or begins anew, or a letter arrives, is lost or comes twice. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("write" as const), who: fc.nat(1) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("arrive" as const, "repeat" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reset" as const), who: fc.nat(1) }) },
);

test("lost, repeated, reordered, begun by both sides and begun anew: each letter is read once, as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), fc.infiniteStream(fc.nat()), async (steps, order) => {
      const people = await aliceAndBob();
      const underWay: Array<{ letter: Letter; to: Person }> = [];
      const arrived: Array<{ letter: Letter; to: Person }> = [];
      let resets = 0;
      let written = 0;
      const person = (who: number): Person => people[who === 0 ? 0 : 1];
      const arrive = async (which: number): Promise<void> => {
        const [next] = underWay.splice(which % underWay.length, 1);
        if (next === undefined) return;
        assert.equal(await next.to.read(next.letter), next.letter.text);
        arrived.push(next);
      };
      for (const taken of steps) {
        if (taken.kind === "write") {
          const to = person(1 - taken.who);
          written += 1;
          underWay.push({ letter: await person(taken.who).write(to, `letter ${written}`), to });
        } else if (taken.kind === "reset") {
          // More sessions than are archived would be forgotten.
          resets += 1;
          if (resets <= 4) await person(taken.who).reset(person(1 - taken.who));
        } else if (taken.kind === "lose") {
          if (underWay.length > 0) underWay.splice(taken.which % underWay.length, 1);
        } else if (taken.kind === "arrive") {
          if (underWay.length > 0) await arrive(taken.which);
        } else {
          const again = arrived[taken.which % Math.max(1, arrived.length)];
          if (again === undefined) continue;
          const before = await again.to.contents();
          await assert.rejects(again.to.read(again.letter), UnreadableMessage);
          assert.deepEqual(await again.to.contents(), before);
        }
      }
      while (underWay.length > 0) await arrive(order.next().value);
      // They still understand each other.
      for (const [from, to] of [[0, 1], [1, 0], [0, 1]] as const) {
        assert.equal(await person(to).read(await person(from).write(person(to), "still there?")), "still there?");
      }
    }),
    { numRuns: 60 },
  );
});

/** Bytes that are not a message, made from one that is. */
function corrupted(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ change;
      return changed;
    }),
    fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 64 }).map((more) => Uint8Array.from([...bytes, ...more])),
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 2_000 }).map((rest) => Uint8Array.from([1, 2, ...rest])),
    fc.uint8Array({ minLength: 80, maxLength: 400 }).map((rest) => Uint8Array.from([1, 1, ...rest])),
  );
}

test("corrupt input is an error of its own kind and leaves everything as it was", async () => {
  for (const stage of ["opening", "repeated opening", "answer"]) {
    const [alice, bob] = await aliceAndBob();
    let [reader, letter] = [bob, await alice.write(bob, "hello")];
    if (stage !== "opening") {
      await bob.read(letter);
      [reader, letter] =
        stage === "answer" ? [alice, await bob.write(alice, "hi")] : [bob, await alice.write(bob, "are you there?")];
    }
    const before = await reader.contents();
    await fc.assert(
      fc.asyncProperty(corrupted(letter.bytes), async (bytes) => {
        await assert.rejects(reader.decrypt(letter, { bytes }), UnreadableMessage);
        assert.deepEqual(await reader.contents(), before);
      }),
      { numRuns: 60 },
    );
    assert.equal(await reader.read(letter), letter.text);
  }
});

/** Both sides of a ratchet whose first message is under way. */
function pair(): { writer: RatchetState; reader: RatchetState } {
  const secret = new Uint8Array(32).fill(1);
  const prekey = generateKeyPair();
  const writer = initiate(secret, prekey.public);
  assert.ok(writer !== undefined);
  return { writer, reader: respond(secret, prekey) };
}

const nothing = new Uint8Array();

function write(state: RatchetState): { state: RatchetState; message: Uint8Array } {
  const written = encrypt(state, nothing, nothing);
  assert.ok(written !== undefined);
  return written;
}

test("keys of missing messages are kept up to a bound, and no more are passed over at once than another bound", () => {
  const { writer, reader } = pair();
  const messages: Uint8Array[] = [];
  let state = writer;
  for (let sent = 0; sent < SKIPPED_KEPT_MAX + 10; sent++) {
    const written = write(state);
    state = written.state;
    messages.push(written.message);
  }
  const last = messages.at(-1) ?? nothing;
  const read = decrypt(reader, last, nothing).state;
  assert.equal(read.skipped.length, SKIPPED_KEPT_MAX);
  const [first, second] = [messages[0] ?? nothing, messages[20] ?? nothing];
  assert.throws(() => decrypt(read, first, nothing), UnreadableMessage);
  assert.equal(decrypt(read, second, nothing).state.skipped.length, SKIPPED_KEPT_MAX - 1);

  const far = last.slice();
  new DataView(far.buffer).setUint32(38, SKIPPED_AT_ONCE_MAX + 1);
  assert.throws(
    () => decrypt(reader, far, nothing),
    (error) => error instanceof UnreadableMessage && error.reason === "too_far",
  );
});

test("after a turn of both sides, whoever copied a device's memory reads nothing more", async () => {
  const [alice, bob] = await aliceAndBob();
  await bob.read(await alice.write(bob, "hello"));
  await alice.read(await bob.write(alice, "hi"));
  const thief = await bob.copy();
  await bob.read(await alice.write(bob, "one"));
  await alice.read(await bob.write(alice, "two"));
  const later = await alice.write(bob, "three");
  await assert.rejects(thief.read(later), UnreadableMessage);
  assert.equal(await bob.read(later), "three");
});

test("a bundle of any form begins a session or is refused, and a refused one changes nothing", async () => {
  const [alice, bob] = await aliceAndBob();
  const bundle = bob.bundle();
  const before = await alice.contents();
  const anything = fc.oneof(fc.anything(), fc.base64String({ maxLength: 60 }), fc.constant(undefined));
  const part = <T extends object>(good: T): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 1, arbitrary: anything },
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(good)), anything).map(([name, bad]) => ({ ...good, [name]: bad })) },
    );
  const bad = fc.oneof(
    part(bundle.identity_key).map((identity_key) => ({ ...bundle, identity_key })),
    part(bundle.signed_pre_key).map((signed_pre_key) => ({ ...bundle, signed_pre_key })),
    part(bundle.one_time_pre_key ?? {}).map((one_time_pre_key) => ({ ...bundle, one_time_pre_key })),
    part(bundle.pq_pre_key ?? {}).map((pq_pre_key) => ({ ...bundle, pq_pre_key })),
  );
  await fc.assert(
    fc.asyncProperty(bad, async (changed) => {
      const reader = await alice.copy();
      const outcome = await reader.start(changed as typeof bundle).then(() => "begun", (error: unknown) => error);
      assert.ok(outcome === "begun" || outcome instanceof InvalidBundle, String(outcome));
      if (outcome !== "begun") assert.deepEqual(await reader.contents(), before);
    }),
    { numRuns: 150 },
  );
});
