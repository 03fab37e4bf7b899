/** Descriptions of calls: proved by the device that made them, or the call does not come about. */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { WebSocket } from "ws";
import type { CallSession } from "../src/calls.js";
import { closeAll, direct, login, register } from "./support/people.js";
import { TestServer, until } from "./support/server.js";

/** A peer connection that describes itself with its own number, and remembers what it was told. */
class FakeConnection {
  static made: FakeConnection[] = [];
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  signalingState = "stable";
  connectionState = "new";
  readonly #number = FakeConnection.made.push(this);

  createOffer(): Promise<object> {
    return Promise.resolve({ type: "offer", sdp: `offer ${this.#number}` });
  }

  createAnswer(): Promise<object> {
    return Promise.resolve({ type: "answer", sdp: `answer ${this.#number}` });
  }

  async setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
  }

  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }

  async addIceCandidate(): Promise<void> {}

  close(): void {}
}

let server: TestServer;
before(async () => {
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  server = await TestServer.start();
});
afterEach(async () => {
  FakeConnection.made = [];
  await closeAll();
});
after(() => server.stop());

const voice = { video: false, stream: null };

test("offer and answer come to each other as they were made, and the first device that answers wins", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const tablet = await login(server, bob.username);
  const chat = await direct(alice, bob);
  const rang: string[] = [];
  for (const device of [bob, tablet]) {
    device.client.on("call:incoming", ({ call_id: id }) => void rang.push(id));
  }
  const placed = await alice.client.calls.place(chat, voice);
  await until("both ring", () => rang.length === 2);
  const answered = await bob.client.calls.accept(placed.id, null);
  await until("the answer is there", () => FakeConnection.made[0]?.remoteDescription?.sdp === "answer 2");
  assert.equal(FakeConnection.made[1]?.remoteDescription?.sdp, "offer 1");
  assert.notEqual(answered.state, "ended");
  await placed.hangUp();
  await until("it is over", () => answered.state === "ended");
});

test("an offer without proof ends the call instead of being answered", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const call = await alice.client.api.post("/v1/calls", { body: { conversation_id: chat, type: "AUDIO" } });
  // As a server would that puts fingerprints of its own into the offer.
  const token = (await alice.store.read((reader) => reader.get<{ accessToken: string }>("account", "login")))?.accessToken;
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/ws`, { headers: { authorization: `Bearer ${token}` } });
  // Before `hello` nothing is taken.
  await new Promise((resolve) => socket.once("message", resolve));
  socket.send(JSON.stringify({ type: "call:offer", call_id: call.id, to_id: bob.id, data: "offer of somebody in between" }));
  const offers: unknown[] = [];
  bob.client.on("call:offer", (event) => void offers.push(event));
  await until("the offer has come", () => offers.length === 1);
  const answered: CallSession = await bob.client.calls.accept(call.id, null);
  await until("it is over", () => answered.state === "ended");
  assert.ok(FakeConnection.made.every(({ remoteDescription }) => remoteDescription === null));
  socket.close();
});
