/** What people are asked to trust, and how two devices find back to each other. */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { addressKey } from "../src/crypto.js";
import { IdentityChanged } from "../src/index.js";
import { closeAll, direct, login, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

test("a new device of somebody verified gets nothing until it is accepted", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before");
  await bob.hears(1);
  await alice.client.safetyNumber(bob.id);
  await alice.client.setVerified(bob.id, true);
  const tablet = await login(server, bob.username);
  await assert.rejects(alice.client.send(chat, "for whom?"), IdentityChanged);
  const number = await alice.client.safetyNumber(bob.id);
  assert.equal(await bob.client.safetyNumber(alice.id), number);
  assert.equal(await tablet.client.safetyNumber(alice.id), number);
  await alice.client.acceptIdentity(bob.id, { verified: true });
  assert.deepEqual(await tablet.hears(1), ["for whom?"]);
  assert.ok((await alice.client.identities(bob.id)).every(({ verified }) => verified));
});

test("a safety number is of all devices, also of those that have never written to each other", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const laptop = await login(server, alice.username);
  await login(server, bob.username);
  const number = await alice.client.safetyNumber(bob.id);
  assert.equal(await laptop.client.safetyNumber(bob.id), number);
  assert.equal(await bob.client.safetyNumber(alice.id), number);
  // Who was compared is known: the first message is no surprise.
  await alice.client.setVerified(bob.id, true);
  await alice.client.send(await direct(alice, bob), "hello");
  assert.deepEqual(await bob.hears(1), ["hello"]);
});

test("a device that has lost its sessions begins new ones, and reads what comes next", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "one");
  await bob.client.send(chat, "two");
  await alice.hears(1);
  await bob.store.transaction(async (tx) => {
    const { userId, deviceId } = alice.client.session!;
    tx.delete("crypto", `session/${addressKey({ userId, deviceId })}`);
  });
  await alice.client.send(chat, "lost");
  await until("the message has come", () => bob.heard.some(({ problem }) => problem === "undecryptable"));
  await bob.client.send(chat, "I could not read that");
  assert.deepEqual(await alice.hears(2), ["two", "I could not read that"]);
  await alice.client.send(chat, "I said: again");
  await until("it is read", () => bob.heard.some((message) => message.problem === null && text(message) === "I said: again"));
});
