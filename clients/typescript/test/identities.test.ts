import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { IdentityChanged, MemoryStore, randomId, toBase64 } from "../src/index.js";
import { again, closeAll, direct, login, PASSWORD, type Person, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

/** Signs in under the name of a device that there is, without anything that it knew: a reinstall. */
async function reinstall(person: Person): Promise<Person> {
  const { deviceId } = person.client.session!;
  await person.client.close();
  const store = new MemoryStore();
  await store.transaction(async (tx) => tx.put("account", "device", { deviceId }));
  return await login(server, person.username, store);
}

test("another identity on a device stops what is sent to it until that is accepted", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before");
  await bob.hears(1);
  const before = await alice.client.safetyNumber(bob.id);
  assert.equal(before, await bob.client.safetyNumber(alice.id));

  const reinstalled = await reinstall(bob);
  await until("alice hears of it", async () => (await alice.store.read((reader) => reader.get("rosters", chat))) === undefined);
  await assert.rejects(alice.client.send(chat, "held"), (error) => error instanceof IdentityChanged && error.devices[0]?.userId === bob.id);
  assert.equal((await alice.client.outbox(chat))[0]?.state, "held");
  assert.equal((await alice.client.identities(bob.id))[0]?.changedTo !== null, true);
  assert.ok(alice.told("warning").some((warning) => (warning as { kind: string }).kind === "identity_changed"));

  await alice.client.acceptIdentity(bob.id, { verified: true });
  assert.deepEqual(await reinstalled.hears(1), ["held"]);
  assert.equal((await alice.client.identities(bob.id))[0]?.verified, true);
  assert.notEqual(await alice.client.safetyNumber(bob.id), before);
});

test("a device whose published keys do not verify gets a placeholder, and everybody else the message", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  // As somebody does who follows a tour with curl: random bytes for keys, which a lenient server takes.
  const random = (bytes: number): string => toBase64(crypto.getRandomValues(new Uint8Array(bytes)));
  const answer = await fetch(`${server.url}/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ identity: bob.username, password: PASSWORD, device_id: "curl" }),
  });
  const { data } = (await answer.json()) as { data: { access_token: string } };
  const setup = await fetch(`${server.url}/v1/encryption/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${data.access_token}` },
    body: JSON.stringify({
      identity_key: random(32),
      signed_prekey: { key_id: 1, public_key: random(32), signature: random(64) },
      one_time_keys: [],
    }),
  });
  assert.equal(setup.status, 201);
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "for those who can");
  assert.deepEqual(await bob.hears(1), ["for those who can"]);
  const warnings = alice.told("warning") as Array<{ kind: string; device: { deviceId: string } }>;
  assert.deepEqual(warnings.map(({ kind, device }) => [kind, device.deviceId]), [["unusable_device", "curl"]]);
  // It is not asked for again with every message.
  await alice.client.send(chat, "and more");
  assert.equal(alice.told("warning").length, 1);
});

test("a message that was encrypted for an identity of before is shown as unreadable, and the next one is read", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before");
  await bob.hears(1);
  // Alice forgets: her device starts with another identity, and writes first.
  const reinstalled = await reinstall(alice);
  await reinstalled.client.send(chat, "a new phone");
  assert.deepEqual(await bob.hears(2), ["before", "a new phone"]);
  assert.ok(bob.told("warning").some((warning) => (warning as { kind: string }).kind === "identity_changed"));
  await assert.rejects(bob.client.send(chat, "who are you?"), { name: "IdentityChanged" });
  await bob.client.acceptIdentity(alice.id);
  assert.deepEqual(await reinstalled.hears(1), ["who are you?"]);
});

test("damaged content is shown as unreadable and holds nothing up", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.api.post("/v1/messages", {
    body: {
      conversation_id: chat,
      client_message_id: randomId(),
      ciphertexts: [{ recipient_device_id: bob.client.session!.deviceId, recipient_user_id: bob.id, ciphertext: toBase64(new Uint8Array(40)) }],
    },
  });
  await alice.client.send(chat, "this one is right");
  assert.deepEqual(await bob.hears(2), ["[undecryptable]", "this one is right"]);
  const back = await (await bob.client.close(), again(server, bob));
  assert.deepEqual((await back.client.history(chat)).map(text), ["this one is right", "[undecryptable]"]);
});
