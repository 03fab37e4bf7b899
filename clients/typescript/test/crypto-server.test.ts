/** A real server in its strictest mode takes these keys, hands them out, and carries what was encrypted with them. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { context, type DeviceBundle, type DeviceKeys } from "../src/crypto.js";
import { RatchetCrypto } from "../src/crypto/index.js";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "../src/encoding.js";
import { MemoryStore } from "../src/memory-store.js";

const program = process.env["SENTINAL_BIN"];
const crypto = new RatchetCrypto();

let server: ChildProcess | undefined;
let folder = "";
let origin = "";

interface Answer {
  readonly success: boolean;
  readonly code?: string;
  readonly data: Record<string, unknown>;
}

async function ask(method: string, path: string, token: string | undefined, body?: unknown): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Answer;
}

before(async () => {
  if (program === undefined) return;
  folder = await mkdtemp(join(tmpdir(), "sentinal-crypto-"));
  server = spawn(program, {
    env: {
      APP_MODE: "test",
      APP_PORT: "0",
      RATE_LIMIT: "off",
      E2EE_VERIFY: "strict",
      DATA_DIR: folder,
      DATABASE_URL: `sqlite://${folder}/test.db?mode=rwc`,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { stderr } = server;
  assert.ok(stderr !== null);
  for await (const line of createInterface({ input: stderr })) {
    const address = /listening.*address=(\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    origin = `http://${address}`;
    break;
  }
  stderr.resume();
});

after(async () => {
  if (server !== undefined) {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
  if (folder !== "") await rm(folder, { recursive: true });
});

/** Somebody with an account, and keys that the server has. */
class Guest {
  readonly store = new MemoryStore();

  private constructor(
    readonly userId: string,
    readonly deviceId: string,
    readonly token: string,
    readonly keys: DeviceKeys,
  ) {}

  static async register(name: string): Promise<Guest> {
    const deviceId = `phone-of-${name}`;
    const account = { email: `${name}@example.com`, username: name, password: "correct horse", device_id: deviceId };
    const { data } = await ask("POST", "/v1/auth/register", undefined, account);
    const userId = String(data["user_id"]);
    const store = new MemoryStore();
    const keys = await store.transaction((tx) => crypto.createDevice(tx, { userId, deviceId }));
    const guest = new Guest(userId, deviceId, String(data["access_token"]), keys);
    const records = await store.read((reader) => reader.list("crypto"));
    await guest.store.transaction(async (tx) => {
      for (const [key, value] of records) tx.put("crypto", key, value);
    });
    return guest;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return ask(method, path, this.token, body);
  }

  async publish(): Promise<void> {
    const { pq_keys: keys, pq_last_resort: last, ...rest } = this.keys;
    const setup = await this.ask("POST", "/v1/encryption/setup", rest);
    assert.equal(setup.code, undefined);
    const pq = await this.ask("POST", "/v1/encryption/pq-prekeys", { keys, last_resort: last });
    assert.equal(pq.code, undefined);
    assert.deepEqual([pq.data["count"], pq.data["has_last_resort"]], [keys?.length, true]);
  }
}

test("a strict server takes the keys, and two people talk through it", { skip: program === undefined }, async () => {
  const [alice, bob] = [await Guest.register("alice"), await Guest.register("bob")];
  const forged = { ...alice.keys.signed_prekey, signature: bob.keys.signed_prekey.signature };
  const { pq_keys: _keys, pq_last_resort: _last, ...rest } = alice.keys;
  const refused = await alice.ask("POST", "/v1/encryption/setup", { ...rest, signed_prekey: forged });
  assert.equal(refused.code, "INVALID_SIGNATURE");
  await alice.publish();
  await bob.publish();

  const query = `user_id=${bob.userId}&device_id=${bob.deviceId}`;
  const bundle = (await alice.ask("GET", `/v1/encryption/bundles?${query}`)).data as unknown as DeviceBundle;
  assert.ok(bundle.one_time_pre_key !== undefined && bundle.pq_pre_key !== undefined);
  const identity = await alice.store.transaction((tx) => crypto.startSession(tx, bundle));
  assert.deepEqual(identity, await bob.store.transaction((tx) => crypto.identityKey(tx)));

  const opened = await alice.ask("POST", "/v1/conversations", { type: "DM", participants: [bob.userId] });
  const conversationId = String(opened.data["id"]);
  const text = "hello, bob";
  const ciphertexts = await alice.store.transaction((tx) =>
    crypto.encrypt(tx, context.message(conversationId), toUtf8(text), [{ userId: bob.userId, deviceId: bob.deviceId }]),
  );
  const sent = await alice.ask("POST", "/v1/messages", { conversation_id: conversationId, ciphertexts });
  assert.equal(sent.code, undefined);

  const page = await bob.ask("GET", `/v1/messages?conversation_id=${conversationId}`);
  const [message] = page.data["messages"] as Array<Record<string, unknown>>;
  assert.ok(message !== undefined);
  const read = await bob.store.transaction((tx) =>
    crypto.decrypt(tx, {
      context: context.message(conversationId),
      sender: { userId: String(message["sender_id"]), deviceId: String(message["sender_device_id"]) },
      ciphertext: fromBase64(String(message["ciphertext"])),
      header: message["header"],
    }),
  );
  assert.equal(fromUtf8(read.plaintext), text);
  assert.equal(toBase64(read.identityKey), toBase64(fromBase64(alice.keys.identity_key).slice(1)));
});
