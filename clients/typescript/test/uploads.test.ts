import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { encryptAttachment, openAttachment } from "../src/crypto/index.js";
import { closeAll, direct, register } from "./support/people.js";
import { TestServer } from "./support/server.js";

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
afterEach(closeAll);
after(() => server.stop());

const file = (bytes: number): Blob => new Blob([Uint8Array.from({ length: bytes }, (_, at) => at % 251)]);

test("an encrypted file arrives intact, and its progress is told", async () => {
  const [alice, bob] = [await register(server, "alice"), await register(server, "bob")];
  const chat = await direct(alice, bob);
  const plain = file(2_500_000);
  const { sealed, key } = await encryptAttachment(plain);
  const progress: number[] = [];
  const uploaded = await alice.client.uploads.upload(sealed, { onProgress: (sent) => progress.push(sent) });
  await alice.client.send(chat, uploaded.fileUrl, { type: "file", attachments: [uploaded.id] });
  const [address] = await bob.hears(1);
  const back = await openAttachment(await bob.client.uploads.download(address!), key);
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), new Uint8Array(await plain.arrayBuffer()));
  assert.equal(progress.at(-1), sealed.size);
  assert.deepEqual(progress, [...progress].sort((one, other) => one - other));
  assert.deepEqual(bob.heard[0]?.attachments, [uploaded.id]);
});

test("an upload resumes after its connection broke, without sending again what had arrived", async () => {
  let [patches, lost] = [0, 0];
  const breaking = (async (...[input, init]: Parameters<typeof fetch>) => {
    const answer = await fetch(input, init);
    if (init?.method === "PATCH") {
      patches += 1;
      if (patches % 2 === 1) {
        lost += 1;
        throw new TypeError("the connection broke");
      }
    }
    return answer;
  }) as typeof fetch;
  const alice = await register(server, "alice", { fetch: breaking });
  const plain = file(3 * 1024 * 1024 + 5);
  const { fileUrl } = await alice.client.uploads.upload(plain);
  const back = await alice.client.uploads.download(fileUrl);
  assert.deepEqual(new Uint8Array(await back.arrayBuffer()), new Uint8Array(await plain.arrayBuffer()));
  assert.equal(patches, 4);
  assert.equal(lost, 2);
});

test("an empty file is a file, and one that is given up leaves nothing behind", async () => {
  const alice = await register(server, "alice");
  const { size } = await alice.client.uploads.upload(new Uint8Array());
  assert.equal(size, 0);
  const abort = new AbortController();
  const given = alice.client.uploads.upload(file(3_000_000), { signal: abort.signal, onProgress: () => abort.abort() });
  await assert.rejects(given, { name: "AbortError" });
  const { total } = await alice.client.api.get("/v1/uploads/in-progress");
  assert.equal(total, 0);
});

test("a file is fetched from this server, whatever its address says", async () => {
  const asked: string[] = [];
  const watching = (async (...[input, init]: Parameters<typeof fetch>) => {
    asked.push(new URL(String(input)).origin);
    return await fetch(input, init);
  }) as typeof fetch;
  const alice = await register(server, "alice", { fetch: watching });
  const { fileUrl } = await alice.client.uploads.upload(file(10));
  const elsewhere = new URL(fileUrl, "https://tracker.example");
  const back = await alice.client.uploads.download(`https://tracker.example${elsewhere.pathname}${elsewhere.search}`);
  assert.equal(back.size, 10);
  await assert.rejects(alice.client.uploads.download("https://tracker.example/pixel.gif"), TypeError);
  assert.deepEqual([...new Set(asked)], [server.url]);
});
