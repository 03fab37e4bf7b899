/** Connections break all the time, in both directions, in the middle of requests and frames. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { again, closeAll, direct, type Person, register, text } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

/** Passes bytes on between clients and the server, until it is told to cut all connections. */
class Line {
  readonly #pairs = new Set<Socket>();
  readonly #listener: Server;

  private constructor(to: number) {
    this.#listener = createServer((near) => {
      const far = connect(to, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#pairs.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#pairs.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async open(to: number): Promise<Line> {
    const line = new Line(to);
    line.#listener.listen(0, "127.0.0.1");
    await once(line.#listener, "listening");
    return line;
  }

  get url(): string {
    const address = this.#listener.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  cut(): void {
    this.#pairs.forEach((socket) => socket.resetAndDestroy());
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }
}

test("nothing is lost, doubled or reordered, however often the line breaks and a program restarts", async () => {
  const COUNT = 40;
  const line = await Line.open(server.port);
  const through = { url: line.url } as TestServer;
  let [alice, bob]: [Person, Person] = [await register(through, "alice"), await register(through, "bob")];
  const chat = await direct(alice, bob);
  const words = (who: string): string[] => Array.from({ length: COUNT }, (_, number) => `${who} ${number}`);
  let cuts = 0;
  const cutting = setInterval(() => {
    cuts += 1;
    line.cut();
  }, 150);
  try {
    for (const [at, word] of words("alice").entries()) {
      void alice.client.send(chat, word).catch(() => undefined);
      void bob.client.send(chat, word.replace("alice", "bob")).catch(() => undefined);
      // Both are in their outboxes before the program ends; three times it does.
      await until("it is noted", async () => {
        const noted = await bob.client.outbox(chat);
        const kept = await bob.client.history(chat, { limit: 3 * COUNT });
        return noted.length + kept.filter(({ senderId }) => senderId === bob.id).length === at + 1;
      });
      if (at % 10 === 9) {
        await bob.client.close();
        bob = await again(through, bob);
      }
    }
  } finally {
    clearInterval(cutting);
  }
  for (const person of [alice, bob]) {
    await until(`${person.username} has everything`, async () => (await person.client.history(chat, { limit: 3 * COUNT })).length === 2 * COUNT);
  }
  const [hers, his] = await Promise.all([alice, bob].map(async ({ client }) => (await client.history(chat, { limit: 3 * COUNT })).map(text).reverse()));
  assert.deepEqual(hers, his);
  assert.deepEqual(hers!.filter((word) => word.startsWith("alice")), words("alice"));
  assert.deepEqual(hers!.filter((word) => word.startsWith("bob")), words("bob"));
  assert.deepEqual([...new Set(alice.texts())], words("bob"));
  assert.ok(cuts > 3);
  line.close();
});
