import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { IndexedDbStore, randomId } from "../src/index.js";
import { client, closeAll, direct, login, PASSWORD, Person, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

test("what expires is gone on both sides, from the store too", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const { id } = await alice.client.send(chat, "burn this", { expiresIn: 1 });
  await bob.hears(1);
  for (const person of [alice, bob]) {
    await until("it is gone", async () => (await person.client.message(id))?.plaintext === null);
    await until("it is forgotten", async () => {
      const kept = await person.store.read((reader) => reader.list<{ plaintext: unknown }>("messages"));
      return kept.every(([, { plaintext }]) => plaintext === null);
    });
  }
});

test("a login that is ended elsewhere is told, and what waits stays for the next one", async () => {
  const alice = await register(server, "alice");
  const tablet = await login(server, alice.username);
  await tablet.client.api.delete("/v1/users/me/sessions");
  await until("the phone is signed out", () => alice.told("signed-out").length === 1);
  assert.equal(alice.client.session, null);
  await alice.client.login(alice.username, PASSWORD);
  await alice.online();
});

test("whoever signs in on somebody else's device sees nothing of theirs", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "a secret");
  await bob.hears(1);
  await bob.client.logout();
  assert.equal((await bob.client.history(chat)).length, 1);
  await bob.client.close();
  const mallory = await register(server, "mallory");
  await mallory.client.close();
  const there = new Person(client(server, bob.store), bob.store, mallory.username);
  await there.client.login(mallory.username, PASSWORD);
  await there.online();
  assert.deepEqual(await there.client.history(chat), []);
  assert.equal((await bob.store.read((reader) => reader.list("crypto", { prefix: "session/" }))).length, 0);
});

test("a group talks, its members come and go, and an account that is deleted takes its words along", async () => {
  const [alice, bob, carol] = [await register(server, "alice"), await register(server, "bob"), await register(server, "carol")];
  const { id: group } = await alice.client.api.post("/v1/conversations", {
    body: { type: "GROUP", subject: "walks", participants: [bob.id] },
  });
  await alice.client.send(group, "two of us");
  await bob.hears(1);
  await alice.client.api.post("/v1/conversations/{id}/participants", { path: { id: group }, body: { user_id: carol.id } });
  await alice.client.send(group, "three of us");
  assert.deepEqual(await carol.hears(1), ["three of us"]);
  await carol.client.send(group, "hello");
  assert.deepEqual(await bob.hears(3), ["two of us", "three of us", "hello"]);
  await carol.client.api.delete("/v1/users/me", { body: { password: PASSWORD } });
  await until("her words are gone", async () => (await bob.client.history(group)).every(({ senderId, plaintext }) => senderId !== carol.id || plaintext === null));
  await alice.client.send(group, "two again");
  await bob.hears(4);
  assert.equal(text((await bob.client.history(group))[0]!), "two again");
});

test("a second tab knows at once how the first one's socket is", async () => {
  const alice = await register(server, "alice");
  const second = new Person(client(server, alice.store), alice.store, alice.username);
  await second.client.resume();
  await second.online();
});

test("a browser's store carries a device over a reload, with its keys and messages", async () => {
  const alice = await register(server, "alice");
  const name = randomId();
  const username = `bob_${name.slice(0, 8)}`;
  const open = async (): Promise<Person> => {
    const store = await IndexedDbStore.open(name);
    return new Person(client(server, store), store, username);
  };
  let bob = await open();
  await bob.client.register({ email: `${username}@example.com`, username, password: PASSWORD });
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before the reload");
  await bob.hears(1);
  await bob.client.send(chat, "and back");
  await bob.client.close();
  await bob.store.close();
  await alice.client.send(chat, "during it");
  bob = await open();
  assert.equal((await bob.client.resume())?.userId, bob.id);
  assert.deepEqual(await bob.hears(1), ["during it"]);
  await bob.client.send(chat, "here again");
  assert.deepEqual(await alice.hears(2), ["and back", "here again"]);
  assert.deepEqual((await bob.client.history(chat)).map(text), ["here again", "during it", "and back", "before the reload"]);
});
