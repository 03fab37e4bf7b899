import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { again, closeAll, direct, login, register } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

/** A `fetch` that can be cut off, before or after a request has done its work. */
function cuttable(): { fetch: typeof fetch; cut: "no" | "before" | "after"; requests: string[] } {
  const line = {
    cut: "no" as "no" | "before" | "after",
    requests: [] as string[],
    fetch: (async (...[input, init]: Parameters<typeof fetch>) => {
      line.requests.push(`${init?.method} ${new URL(String(input)).pathname}`);
      if (line.cut === "before") {
        throw new TypeError("cut off");
      }
      const answer = await fetch(input, init);
      if (line.cut === "after") {
        throw new TypeError("cut off");
      }
      return answer;
    }) as typeof fetch,
  };
  return line;
}

test("the server is killed and comes back: nothing is lost, doubled or reordered", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const words = Array.from({ length: 30 }, (_, number) => `word ${number}`);
  const sent = words.slice(0, 10).map((word) => alice.client.send(chat, word));
  await bob.hears(3);
  await server.kill();
  sent.push(...words.slice(10).map((word) => alice.client.send(chat, word)));
  await server.run();
  const answers = await Promise.all(sent);
  assert.deepEqual(await bob.hears(words.length), words);
  assert.deepEqual(answers.map(({ sequenceNumber }) => sequenceNumber), words.map((_, number) => number + 1));
  assert.deepEqual(alice.heard.length, words.length);
});

test("an answer that gets lost is asked for again, and the message is there once", async () => {
  const line = cuttable();
  const alice = await register(server, "alice", { fetch: line.fetch });
  const bob = await register(server, "bob");
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "first");
  line.cut = "after";
  const second = alice.client.send(chat, "second");
  await bob.hears(2);
  line.cut = "no";
  await second;
  await alice.client.send(chat, "third");
  assert.deepEqual(await bob.hears(3), ["first", "second", "third"]);
});

test("what was sent without a network survives a reload and is sent when there is one", async () => {
  const line = cuttable();
  const alice = await register(server, "alice", { fetch: line.fetch });
  const bob = await register(server, "bob");
  const chat = await direct(alice, bob);
  line.cut = "before";
  void alice.client.send(chat, "written in a tunnel").catch(() => undefined);
  void alice.client.send(chat, "and another").catch(() => undefined);
  await until("both are in the outbox", async () => (await alice.client.outbox(chat)).length === 2);
  await alice.client.close();
  const back = await again(server, alice);
  assert.deepEqual(await bob.hears(2), ["written in a tunnel", "and another"]);
  await until("the outbox is empty", async () => (await back.client.outbox()).length === 0);
});

test("a refused device set is repaired within the same call", async () => {
  const line = cuttable();
  const alice = await register(server, "alice", { fetch: line.fetch });
  const bob = await register(server, "bob");
  const chat = await direct(alice, bob);
  await alice.client.send(chat, "before");
  // Alice's roster is put back to what it was, as if the event had not come yet.
  const before = await alice.store.read((reader) => reader.get("rosters", chat));
  const tablet = await login(server, bob.username);
  await until("alice knows", async () => (await alice.store.read((reader) => reader.get("rosters", chat))) === undefined);
  await alice.store.transaction(async (tx) => tx.put("rosters", chat, before));
  line.requests.length = 0;
  await alice.client.send(chat, "after");
  assert.equal(line.requests.filter((request) => request === "POST /v1/messages").length, 2);
  assert.deepEqual(await tablet.hears(1), ["after"]);
  assert.deepEqual(await bob.hears(2), ["before", "after"]);
});
