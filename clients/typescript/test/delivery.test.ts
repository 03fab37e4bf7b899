import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { again, closeAll, direct, login, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

test("two people talk, and everything comes once and in order", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const sent = await Promise.all(["one", "two", "three"].map((word) => alice.client.send(chat, word)));
  assert.deepEqual(await bob.hears(3), ["one", "two", "three"]);
  assert.deepEqual(sent.map(({ sequenceNumber }) => sequenceNumber), [1, 2, 3]);
  await bob.client.send(chat, "and back");
  assert.deepEqual(await alice.hears(1), ["and back"]);
  const kept = await alice.client.history(chat);
  assert.deepEqual(kept.map(text), ["and back", "three", "two", "one"]);
  assert.deepEqual(await alice.client.outbox(), []);
});

test("a device that was away gets what it missed, before anything newer", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "hello");
  await bob.hears(1);
  await bob.client.close();
  for (const word of ["Are you there?", "Bob?", "Never mind"]) {
    await alice.client.send(chat, word);
  }
  const back = await again(server, bob);
  await back.online();
  await alice.client.send(chat, "Welcome back");
  assert.deepEqual(await back.hears(4), ["Are you there?", "Bob?", "Never mind", "Welcome back"]);
});

test("what was sent by one device shows on the other ones of the same person", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const tablet = await login(server, alice.username);
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "from the phone");
  await until("the tablet has it", () => tablet.heard.length === 1);
  assert.equal(text(tablet.heard[0]!), "from the phone");
  await tablet.client.send(chat, "from the tablet");
  assert.deepEqual(await bob.hears(2), ["from the phone", "from the tablet"]);
});

test("a device that comes in between is encrypted to with the very next message", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before");
  await bob.hears(1);
  await alice.client.close();
  // Alice's roster is of before; she sends before her socket has told her of the change.
  const tablet = await login(server, bob.username);
  const back = await again(server, alice);
  await back.client.send(chat, "after");
  assert.deepEqual(await tablet.hears(1), ["after"]);
  assert.deepEqual(await bob.hears(2), ["before", "after"]);
});

test("an edit and a deletion reach everybody", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const { id } = await alice.client.send(chat, "helo");
  await bob.hears(1);
  const message = await alice.client.message(id);
  await alice.client.edit(message!, "hello");
  await until("bob sees the edit", async () => text((await bob.client.message(id))!) === "hello");
  assert.equal(text((await alice.client.message(id))!), "hello");
  await alice.client.api.delete("/v1/messages/{id}", { path: { id } });
  await until("bob sees the deletion", async () => (await bob.client.message(id))?.deletedAt !== null);
  assert.equal((await bob.client.message(id))?.plaintext, null);
});

test("a message whose handler failed is not acknowledged and comes again", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  let failures = 0;
  const off = bob.client.on("message", () => {
    failures += 1;
    throw new Error("the disk is full");
  });
  await alice.client.send(chat, "important");
  await until("the handler has failed", () => failures === 1);
  off();
  await bob.client.close();
  const back = await again(server, bob);
  assert.deepEqual(await back.hears(1), ["important"]);
});
