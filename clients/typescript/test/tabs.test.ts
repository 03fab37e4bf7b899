import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { client, closeAll, direct, Person, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

/** Another tab: another client of the same store. */
async function tabOf(person: Person, options: { fetch?: typeof fetch } = {}): Promise<Person> {
  const tab = new Person(client(server, person.store, options), person.store, person.username);
  await tab.client.resume();
  return tab;
}

test("one tab has the socket, both see everything, and each can send", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const second = await tabOf(alice);
  await second.client.send(chat, "from the second tab");
  await alice.client.send(chat, "from the first tab");
  assert.deepEqual(await bob.hears(2), ["from the second tab", "from the first tab"]);
  await bob.client.send(chat, "to both");
  assert.deepEqual(await alice.hears(1), ["to both"]);
  assert.deepEqual(await second.hears(1), ["to both"]);
  assert.deepEqual((await second.client.history(chat)).map(text), ["to both", "from the first tab", "from the second tab"]);
  assert.deepEqual(alice.told("owner"), [true]);
  assert.deepEqual(second.told("owner"), []);
  const sockets = await bob.client.api.get("/v1/presence", { query: { user_ids: alice.id } });
  assert.equal(sockets.presences[0]?.status, "online");
});

test("when the tab with the socket closes, the other one takes over", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const second = await tabOf(alice);
  await alice.client.send(chat, "first");
  await alice.client.close();
  await until("the second tab is the owner", () => second.told("owner").length === 1);
  await second.client.send(chat, "second");
  assert.deepEqual(await bob.hears(2), ["first", "second"]);
  await bob.client.send(chat, "answer");
  assert.deepEqual(await second.hears(1), ["answer"]);
});

test("tabs that need a token at once renew it once", async () => {
  const alice = await register(server, "alice");
  let refreshes = 0;
  const counting = (async (...[input, init]: Parameters<typeof fetch>) => {
    refreshes += String(input).endsWith("/v1/auth/refresh") ? 1 : 0;
    return await fetch(input, init);
  }) as typeof fetch;
  const tabs = [await tabOf(alice, { fetch: counting }), await tabOf(alice, { fetch: counting }), await tabOf(alice, { fetch: counting })];
  // The token has run out, as far as everybody here knows.
  await alice.store.transaction(async (tx) => {
    const stored = await tx.get<object>("account", "login");
    tx.put("account", "login", { ...stored, expiresAt: new Date(0).toISOString() });
  });
  await Promise.all(tabs.map(async (tab) => {
    await tab.client.resume();
    await Promise.all([tab.client.api.get("/v1/users/me"), tab.client.api.get("/v1/users/me/devices")]);
  }));
  assert.equal(refreshes, 1);
});

test("signing out in one tab signs out the others", async () => {
  const alice = await register(server, "alice");
  const second = await tabOf(alice);
  await second.client.logout();
  await until("the first tab knows", () => alice.client.session === null);
  assert.equal(alice.told("signed-out").length, 1);
  await assert.rejects(alice.client.send("01941f29-7c07-7b1a-9d5e-000000000003", "nobody"), { name: "NotSignedIn" });
});
