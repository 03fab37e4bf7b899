import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { test } from "node:test";
import { closeAll, direct, register } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

interface Push {
  readonly platform: string;
  readonly token: string;
  readonly payload: { readonly type: string };
}

interface Example {
  isGenuine(secret: string, signature: string | undefined, body: string): boolean;
  webhook(secret: string, wake: (push: Push) => Promise<boolean>): Server;
}

// Plain JavaScript, outside of what is compiled.
const example = (await import(new URL("../../examples/webhook.mjs", import.meta.url).href)) as Example;
const SECRET = "7b4f0c1e9a35d2688b1f";

test("a sleeping device is woken through the operator's webhook, whose requests are signed", async () => {
  const pushes: Push[] = [];
  const hook = example.webhook(SECRET, async (push) => pushes.push(push) > 0);
  hook.listen(0, "127.0.0.1");
  await once(hook, "listening");
  const address = hook.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const server = await TestServer.start({ PUSH_WEBHOOK_URL: `http://127.0.0.1:${port}/push`, PUSH_WEBHOOK_SECRET: SECRET });
  try {
    const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
    const chat = await direct(alice, bob);
    await bob.client.api.post("/v1/users/me/push-tokens", { body: { platform: "fcm", token: "a-token-of-the-platform" } });
    await bob.client.close();
    await alice.client.send(chat, "wake up");
    await until("the push has come", () => pushes.length === 1);
    const [push] = pushes;
    assert.deepEqual([push?.platform, push?.token, push?.payload], ["fcm", "a-token-of-the-platform", { type: "message" }]);
  } finally {
    await closeAll();
    await server.stop();
    hook.close();
    hook.closeAllConnections();
  }
});

test("what is not signed, or long ago, or for another body, is refused", () => {
  const sign = (seconds: number, body: string): string =>
    `t=${seconds},v1=${createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex")}`;
  const now = Math.floor(Date.now() / 1000);
  assert.equal(example.isGenuine(SECRET, sign(now, "{}"), "{}"), true);
  assert.equal(example.isGenuine(SECRET, sign(now, "{}"), "{ }"), false);
  assert.equal(example.isGenuine(SECRET, sign(now - 3600, "{}"), "{}"), false);
  assert.equal(example.isGenuine("another secret", sign(now, "{}"), "{}"), false);
  assert.equal(example.isGenuine(SECRET, undefined, "{}"), false);
});
