/** What people are asked to trust, and how two devices find back to each other. */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { addressKey, type Ciphertext, context } from "../src/crypto.js";
import { RatchetCrypto } from "../src/crypto/index.js";
import { fromBase64, IdentityChanged } from "../src/index.js";
import { closeAll, direct, login, type Person, register, text } from "./support/people.js";
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

/** A way to the server that carries control messages itself, so that the tests see them. */
function carrier(): { fetch: typeof fetch; controls: Ciphertext[][] } {
  const controls: Ciphertext[][] = [];
  return {
    controls,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.endsWith("/control")) {
        return await fetch(request);
      }
      const { ciphertexts } = (await request.json()) as { ciphertexts: Ciphertext[] };
      controls.push(ciphertexts);
      return Response.json({ success: true, data: {} }, { status: 201 });
    },
  };
}

/** What the socket does with a control message. */
async function deliver(to: Person, from: Person, chat: string, control: readonly Ciphertext[] | undefined): Promise<Uint8Array> {
  const [entry] = control ?? [];
  assert.equal(entry?.recipient_device_id, to.client.session?.deviceId);
  const { userId, deviceId } = from.client.session!;
  const incoming = {
    context: context.control(chat),
    sender: { userId, deviceId },
    ciphertext: fromBase64(entry!.ciphertext),
    header: entry!.header,
  };
  const read = await to.store.transaction((tx) => new RatchetCrypto().decrypt(tx, incoming));
  return read.plaintext;
}

test("a device that cannot read says so in a control message, once, and the sender takes up the new session", async () => {
  const { fetch, controls } = carrier();
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob", { fetch })];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "one");
  await bob.client.send(chat, "two");
  await alice.hears(1);
  await bob.store.transaction(async (tx) => {
    const { userId, deviceId } = alice.client.session!;
    tx.delete("crypto", `session/${addressKey({ userId, deviceId })}`);
  });
  await alice.client.send(chat, "lost");
  await alice.client.send(chat, "lost too");
  await until("bob has said so", () => controls.length === 1);
  assert.equal((await deliver(alice, bob, chat, controls[0])).length, 0);
  await alice.client.send(chat, "again");
  await until("it is read", () => bob.heard.some((message) => message.problem === null && text(message) === "again"));
  assert.equal(controls.length, 1);
});

test("whose person only reads, that device answers by itself", async () => {
  const { fetch, controls } = carrier();
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob", { fetch })];
  const chat = await direct(alice, bob);
  for (const word of ["one", "two", "three"]) {
    await alice.client.send(chat, word);
  }
  await until("bob has answered", () => controls.length === 1);
  await deliver(alice, bob, chat, controls[0]);
  const { userId, deviceId } = bob.client.session!;
  const [entry] = await alice.store.transaction((tx) =>
    new RatchetCrypto().encrypt(tx, "a conversation", new Uint8Array(), [{ userId, deviceId }]),
  );
  assert.deepEqual(entry?.header, { v: 1, type: "ratchet" });
});
