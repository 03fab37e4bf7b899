/** Sessions between two devices: how they begin, go on, and begin anew. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { context, InvalidBundle } from "../src/crypto.js";
import { NoSession, PLAINTEXT_BYTES_MAX, PlaintextTooLong, RatchetCrypto, UnreadableMessage } from "../src/crypto/index.js";
import { fromBase64, toBase64 } from "../src/encoding.js";
import { aliceAndBob, CHAT, Person } from "./crypto-people.js";

const crypto = new RatchetCrypto();

function unreadable(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof UnreadableMessage && error.reason === reason;
}

test("two people talk, and the opening is sent until it was answered", async () => {
  const [alice, bob] = await aliceAndBob();
  const letters = [await alice.write(bob, "hello"), await alice.write(bob, "are you there?")];
  assert.deepEqual(letters.map((letter) => letter.type), ["prekey", "prekey"]);
  for (const letter of letters) assert.equal(await bob.read(letter), letter.text);
  assert.equal(await alice.read(await bob.write(alice, "yes")), "yes");
  const next = await alice.write(bob, "good");
  assert.equal(next.type, "ratchet");
  assert.equal(await bob.read(next), "good");
});

test("who only reads is asked for an answer, now and then", async () => {
  const [alice, bob] = await aliceAndBob();
  const asked: number[] = [];
  for (let number = 0; number < 20; number++) {
    if ((await bob.decrypt(await alice.write(bob, "hello"))).wantsAnswer) asked.push(number);
  }
  assert.deepEqual(asked, [2, 18]);
  await alice.read(await bob.write(alice, ""));
  const answered = await alice.write(bob, "at last");
  assert.equal(answered.type, "ratchet");
  assert.equal((await bob.decrypt(answered)).wantsAnswer, false);
});

test("a session is post-quantum where the other device has published an ML-KEM key", async () => {
  const [alice, bob] = await aliceAndBob();
  await bob.read(await alice.write(bob, "hello"));
  assert.equal(await alice.isPostQuantum(bob), true);
  assert.equal(await bob.isPostQuantum(alice), true);
});

test("a bundle with a key of another post-quantum algorithm, or none, begins an X3DH session", async () => {
  for (const kind of ["kyber", "none"]) {
    const [alice, bob] = await aliceAndBob();
    const { pq_pre_key: pq, ...bundle } = bob.bundle();
    assert.ok(pq !== undefined);
    const kyber = fromBase64(pq.public_key);
    kyber[0] = 0x08;
    await alice.start(kind === "none" ? bundle : { ...bundle, pq_pre_key: { ...pq, public_key: toBase64(kyber) } });
    assert.equal(await bob.read(await alice.write(bob, "hello")), "hello");
    assert.equal(await bob.isPostQuantum(alice), false, kind);
  }
});

test("without one-time keys a session begins with the last-resort key, and its opening is answered once", async () => {
  const [alice, bob] = await aliceAndBob();
  bob.runOut();
  const letter = await alice.write(bob, "hello");
  assert.equal(await bob.read(letter), "hello");
  assert.equal(await bob.isPostQuantum(alice), true);
  await assert.rejects(bob.read(letter), unreadable("duplicate"));
});

test("a session that fell out of the archive is not begun again by its opening", async () => {
  const [alice, bob] = await aliceAndBob();
  bob.runOut();
  const first = await alice.write(bob, "hello");
  await bob.read(first);
  for (let round = 0; round < 12; round++) {
    await alice.reset(bob);
    await bob.read(await alice.write(bob, `round ${round}`));
  }
  await assert.rejects(bob.read(first), unreadable("duplicate"));
});

test("a bundle that is not what it should be is refused and changes nothing", async () => {
  const [alice, bob] = await aliceAndBob();
  const good = bob.bundle();
  const other = alice.bundle();
  const pq = good.pq_pre_key;
  assert.ok(pq !== undefined);
  const bad = [
    { ...good, identity_key: other.identity_key },
    { ...good, identity_key: { public_key: "AAAA" } },
    { ...good, identity_key: { public_key: "no base64!" } },
    { ...good, signed_pre_key: { ...good.signed_pre_key, signature: other.signed_pre_key.signature } },
    { ...good, signed_pre_key: { ...good.signed_pre_key, public_key: other.signed_pre_key.public_key } },
    { ...good, signed_pre_key: { ...good.signed_pre_key, signature: "" } },
    { ...good, one_time_pre_key: { key_id: 1, public_key: "AAAA" } },
    { ...good, one_time_pre_key: { key_id: 1, public_key: toBase64(new Uint8Array(32)) } },
    { ...good, pq_pre_key: { ...pq, signature: good.signed_pre_key.signature } },
    // Random bytes, as a tour with curl publishes them.
    {
      ...good,
      identity_key: { public_key: toBase64(new Uint8Array(32).fill(9)) },
      signed_pre_key: { key_id: 1, public_key: toBase64(new Uint8Array(32).fill(7)), signature: toBase64(new Uint8Array(64).fill(5)) },
    },
  ];
  const before = await alice.contents();
  for (const [index, bundle] of bad.entries()) {
    await assert.rejects(alice.start(bundle), InvalidBundle, `bundle ${index}`);
    assert.deepEqual(await alice.contents(), before);
  }
  await alice.start(good);
});

test("nobody can pass a message on in another conversation, as an edit, or as somebody else's", async () => {
  const [alice, bob] = await aliceAndBob();
  const opening = await alice.write(bob, "hello");
  const before = await bob.contents();
  await assert.rejects(bob.decrypt(opening, { context: "another" }), unreadable("not_authentic"));
  await assert.rejects(
    bob.decrypt(opening, { sender: { userId: "mallory", deviceId: "phone" } }),
    unreadable("not_authentic"),
  );
  await assert.rejects(
    bob.decrypt(opening, { sender: { userId: "alice", deviceId: "laptop" } }),
    unreadable("not_authentic"),
  );
  assert.deepEqual(await bob.contents(), before);
  assert.equal(await bob.read(opening), "hello");
  const next = await alice.write(bob, "again");
  for (const elsewhere of ["another", context.edit(CHAT, "a message"), context.control(CHAT)]) {
    await assert.rejects(bob.decrypt(next, { context: elsewhere }), unreadable("not_authentic"), elsewhere);
  }
  assert.equal(await bob.read(next), "again");
});

test("both begin at once, and end up in one session", async () => {
  const [alice, bob] = await aliceAndBob();
  const [fromAlice, fromBob] = [await alice.write(bob, "I was first"), await bob.write(alice, "no, I was")];
  assert.equal(await bob.read(fromAlice), "I was first");
  assert.equal(await alice.read(fromBob), "no, I was");
  for (let round = 0; round < 4; round++) {
    assert.equal(await bob.read(await alice.write(bob, "a")), "a");
    assert.equal(await alice.read(await bob.write(alice, "b")), "b");
  }
  assert.equal((await alice.write(bob, "c")).type, "ratchet");
  assert.equal((await bob.write(alice, "d")).type, "ratchet");
});

test("a device that lost its memory begins anew, and its old letters are still read", async () => {
  const [alice, bob] = await aliceAndBob();
  await bob.read(await alice.write(bob, "hello"));
  await alice.read(await bob.write(alice, "hi"));
  const late = await alice.write(bob, "on its way");
  await alice.reset(bob);
  assert.equal(await alice.hasSession(bob), false);
  const fresh = await alice.write(bob, "anew");
  assert.equal(fresh.type, "prekey");
  assert.equal(await bob.read(fresh), "anew");
  assert.equal(await bob.read(late), "on its way");
});

test("a session that was ended is read but not taken up again", async () => {
  const [alice, bob] = await aliceAndBob();
  await bob.read(await alice.write(bob, "hello"));
  const late = await bob.write(alice, "on its way");
  await alice.reset(bob);
  assert.equal(await alice.read(late), "on its way");
  assert.equal(await alice.hasSession(bob), false);
});

test("a device with a new identity is read, its identity told, and written to under the new one", async () => {
  const [alice, bob] = await aliceAndBob();
  await bob.read(await alice.write(bob, "hello"));
  const late = await alice.write(bob, "from before");
  const again = await Person.create("alice");
  const letter = await again.write(bob, "new telephone");
  const read = await bob.decrypt(letter);
  assert.deepEqual(read.identityKey, await again.store.transaction((tx) => crypto.identityKey(tx)));
  const old = await bob.decrypt(late);
  assert.notDeepEqual(old.identityKey, read.identityKey);
  assert.deepEqual([read.isFormerIdentity, old.isFormerIdentity], [false, true]);
  // The message of the old identity has not taken the conversation back to it.
  assert.equal(await again.read(await bob.write(again, "welcome")), "welcome");
});

test("a crash before the commit neither loses a message nor repeats a key that went out", async () => {
  const [alice, bob] = await aliceAndBob();
  const letter = await alice.write(bob, "hello");
  const before = await bob.contents();
  const crash = new Error("the power went");
  await assert.rejects(
    bob.store.transaction(async (tx) => {
      await crypto.decrypt(tx, { context: CHAT, sender: letter.from, ciphertext: letter.bytes, header: null });
      throw crash;
    }),
    crash,
  );
  assert.deepEqual(await bob.contents(), before);
  assert.equal(await bob.read(letter), "hello");
});

test("what cannot be encrypted is refused", async () => {
  const [alice, bob] = await aliceAndBob();
  const encrypt = (length: number): Promise<unknown> =>
    alice.store.transaction((tx) => crypto.encrypt(tx, CHAT, new Uint8Array(length), [bob.address]));
  await assert.rejects(encrypt(1), NoSession);
  await assert.rejects(encrypt(PLAINTEXT_BYTES_MAX + 1), PlaintextTooLong);
  await alice.start(bob.bundle());
  const longest = await alice.write(bob, "x".repeat(PLAINTEXT_BYTES_MAX));
  assert.ok(longest.bytes.length <= 96 * 1024, `${longest.bytes.length} bytes`);
  assert.equal((await bob.read(longest)).length, PLAINTEXT_BYTES_MAX);
});

test("keys are made when they run low and replaced when they are old; what was replaced long ago goes", async () => {
  const day = 24 * 60 * 60 * 1000;
  let now = 1_000 * day;
  const timed = new RatchetCrypto(() => now);
  const [alice] = await aliceAndBob();
  const bob = await Person.create("bob");
  const { store } = bob;
  const kept = async (kind: string): Promise<number> =>
    (await store.read((reader) => reader.list("crypto", { prefix: `${kind}/` }))).length;
  const replenish = (count: number, pq_count: number): ReturnType<typeof timed.replenish> =>
    store.transaction((tx) => timed.replenish(tx, { count, pq_count }));
  const keys = await store.transaction((tx) => timed.createDevice(tx, bob.address));

  assert.equal(await replenish(100, 50), undefined);
  const more = await replenish(9, 50);
  assert.equal(more?.one_time_keys.length, 91);
  assert.equal(more.pq_keys.length, 0);
  assert.equal(more.signed_prekey, undefined);

  now += 7 * day;
  const rotated = await replenish(100, 50);
  assert.ok(rotated?.signed_prekey !== undefined && rotated.pq_last_resort !== undefined);
  assert.deepEqual([await kept("signed"), await kept("last-resort")], [2, 2]);

  // Nobody has used the new key: perhaps it was never published, so the old one must stay.
  now += 100 * day;
  const third = await replenish(100, 50);
  assert.ok(third?.signed_prekey !== undefined && third.pq_last_resort !== undefined);
  assert.equal(await kept("signed"), 3);

  // Somebody uses the newest one.
  await alice.start({
    user_id: "bob",
    device_id: "phone",
    identity_key: { public_key: keys.identity_key },
    signed_pre_key: third.signed_prekey,
    pq_pre_key: third.pq_last_resort,
  });
  const [entry] = await alice.store.transaction((tx) => crypto.encrypt(tx, CHAT, new Uint8Array(1), [bob.address]));
  assert.ok(entry !== undefined);
  await store.transaction((tx) =>
    timed.decrypt(tx, { context: CHAT, sender: alice.address, ciphertext: fromBase64(entry.ciphertext), header: null }),
  );
  now += 31 * day;
  await replenish(100, 50);
  assert.deepEqual([await kept("signed"), await kept("last-resort")], [2, 2]);
});
