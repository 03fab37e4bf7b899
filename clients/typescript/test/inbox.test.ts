/** What a server does not do on purpose: leave holes, repeat, compact. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RatchetCrypto } from "../src/crypto/index.js";
import { Devices } from "../src/devices.js";
import type { Emission } from "../src/events.js";
import { Http } from "../src/http.js";
import { Inbox } from "../src/inbox.js";
import { MemoryStore, type Warning } from "../src/index.js";
import { Outbox } from "../src/outbox.js";
import { Proofs } from "../src/calls/proofs.js";
import { Recovery } from "../src/recovery.js";
import { Session } from "../src/session.js";
import { platformLocks } from "../src/tabs.js";
import type { Frame } from "../src/wire.js";

const CHAT = "01941f29-7c07-7b1a-9d5e-000000000003";
const ALICE = "01941f29-7c07-7b1a-9d5e-000000000001";
const AT = "2026-01-02T03:04:05.678Z";

/** An inbox whose server has these messages to read over REST. */
async function inbox(history: readonly object[] = []): Promise<{ inbox: Inbox; told: string[]; warnings: Warning[]; fail: () => void }> {
  const store = new MemoryStore();
  await store.transaction(async (tx) => {
    const session = { userId: "me", deviceId: "phone", sessionId: "s", user: {}, accessToken: "a", refreshToken: "r" };
    tx.put("account", "login", { ...session, expiresAt: "2099-01-01T00:00:00.000Z" });
  });
  const answer = { success: true, data: { messages: history, has_more: false, gaps: [] } };
  const http = new Http("http://server", async () => Response.json(answer));
  const session = new Session(http, store, platformLocks(), () => undefined);
  await session.load();
  const crypto = new RatchetCrypto();
  const [told, warnings]: [string[], Warning[]] = [[], []];
  const warn = (warning: Warning): void => void warnings.push(warning);
  const devices = new Devices(store, session, crypto, warn);
  const recovery = new Recovery(store, session, devices);
  let failing = false;
  const made = new Inbox({
    store,
    session,
    crypto,
    devices,
    outbox: new Outbox({ store, session, devices, emit: async () => undefined, random: () => 0 }),
    recovery,
    proofs: new Proofs({ store, session, crypto, devices, recovery }),
    emit: async ({ name, event }: Emission) => {
      told.push(`${name} ${(event as { revision?: number; sequenceNumber?: number }).revision ?? "-"}`);
      return !failing;
    },
    warn,
  });
  await made.load();
  return { inbox: made, told, warnings, fail: () => (failing = !failing) };
}

const pinned = (revision: number): Frame => ({ type: "message:pinned", timestamp: AT, conversation_id: CHAT, revision });

test("everything is handed out once and in order, whatever comes twice", async () => {
  const { inbox: box, told } = await inbox();
  assert.equal(await box.receive([pinned(4), pinned(5), pinned(5), pinned(6)]), true);
  assert.equal(await box.receive([pinned(5), pinned(6), pinned(7)]), true);
  assert.deepEqual(told, [4, 5, 6, 7].map((revision) => `message:pinned ${revision}`));
  assert.deepEqual(box.acksDue(), [{ conversationId: CHAT, revision: 7 }]);
});

test("a hole asks for another connection, and what is lost there too is read over REST", async () => {
  const message = {
    id: "01941f29-7c07-7b1a-9d5e-000000000009",
    conversation_id: CHAT,
    sender_id: ALICE,
    sender_device_id: "tablet",
    sequence_number: 2,
    revision: 6,
    message_type: "text",
    is_deleted: false,
    is_edited: false,
    ciphertext: null,
    header: null,
    mentions: [],
    attachments: [],
    created_at: AT,
  };
  const { inbox: box, told, warnings } = await inbox([message]);
  assert.equal(await box.receive([pinned(4), pinned(7), pinned(8)]), false);
  await box.begin();
  assert.equal(await box.receive([pinned(7), pinned(8)]), true);
  assert.deepEqual(told, ["message:pinned 4", "message 6", "message:pinned 7", "message:pinned 8"]);
  assert.deepEqual(warnings, [{ kind: "gap", conversationId: CHAT, from: 5, to: 7 }]);
  assert.deepEqual(box.acksDue(), [{ conversationId: CHAT, revision: 8 }]);
});

test("a compacted range is read over REST, and the log goes on behind it", async () => {
  const { inbox: box, told, warnings } = await inbox();
  const range: Frame = { type: "revision", timestamp: AT, conversation_id: CHAT, from: 2, revision: 90, compacted: true };
  assert.equal(await box.receive([pinned(1), range, pinned(91)]), true);
  assert.deepEqual(told, ["message:pinned 1", "revision 90", "message:pinned 91"]);
  assert.deepEqual(warnings, [{ kind: "gap", conversationId: CHAT, from: 2, to: 90 }]);
});

test("a handler that fails holds the acknowledgement, and has its event again on the next connection", async () => {
  const { inbox: box, told, fail } = await inbox();
  await box.receive([pinned(1)]);
  fail();
  await box.receive([pinned(2)]);
  fail();
  await box.receive([pinned(3)]);
  assert.deepEqual(box.acksDue(), [{ conversationId: CHAT, revision: 1 }]);
  await box.begin();
  await box.receive([pinned(2), pinned(3), pinned(4)]);
  assert.deepEqual(told, [1, 2, 3, 2, 3, 4].map((revision) => `message:pinned ${revision}`));
  assert.deepEqual(box.acksDue(), [{ conversationId: CHAT, revision: 4 }]);
});
