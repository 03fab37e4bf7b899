/** Files: what comes out is what went in, or an error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHUNK_BYTES } from "../src/crypto/attachments.js";
import { DamagedAttachment, decryptAttachment, encryptAttachment, openAttachment, sealedSize } from "../src/crypto/index.js";

function filled(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff);
}

async function bytes(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function* inPieces(all: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

const lengths = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 17 * CHUNK_BYTES + 5];

test("a file of any length comes back whole, from a blob, a stream, or pieces of any size", async () => {
  for (const length of lengths) {
    const file = filled(length);
    const { sealed, key } = await encryptAttachment(new Blob([file]));
    assert.equal(sealed.size, sealedSize(length));
    assert.equal(key.size, length);
    for (const source of [sealed, sealed.stream(), inPieces(await bytes(sealed), 70_001)]) {
      const opened = await openAttachment(source, key, "image/png");
      assert.equal(opened.type, "image/png");
      assert.deepEqual(await bytes(opened), file);
    }
  }
});

test("the same file twice is two different uploads", async () => {
  const [one, two] = [await encryptAttachment(new Blob([filled(100)])), await encryptAttachment(new Blob([filled(100)]))];
  assert.notDeepEqual(await bytes(one.sealed), await bytes(two.sealed));
});

test("a file that was changed, cut off, lengthened or reordered is refused", async () => {
  const { sealed, key } = await encryptAttachment(new Blob([filled(2 * CHUNK_BYTES + 100)]));
  const whole = await bytes(sealed);
  const chunk = CHUNK_BYTES + 16;
  const bad: Uint8Array<ArrayBuffer>[] = [
    new Uint8Array(),
    whole.slice(0, chunk),
    whole.slice(0, 2 * chunk),
    whole.slice(0, -1),
    whole.slice(chunk),
    Uint8Array.from([...whole, 0]),
    Uint8Array.from([...whole.slice(chunk, 2 * chunk), ...whole.slice(0, chunk), ...whole.slice(2 * chunk)]),
  ];
  for (const [index, changed] of bad.entries()) {
    await assert.rejects(openAttachment(new Blob([changed]), key), DamagedAttachment, `case ${index}`);
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      await assert.rejects(openAttachment(new Blob([changed]), key), DamagedAttachment);
    }),
    { numRuns: 20 },
  );
});

test("a key that is not the file's opens nothing", async () => {
  const { sealed, key } = await encryptAttachment(new Blob([filled(1_000)]));
  for (const wrong of [
    { ...key, key: new Uint8Array(32) },
    { ...key, key: new Uint8Array(16) },
    { ...key, digest: new Uint8Array(32) },
    { ...key, size: 999 },
    { ...key, size: 1_001 },
  ]) {
    await assert.rejects(openAttachment(sealed, wrong), DamagedAttachment);
  }
});

test("a download that its reader gives up is cancelled", async () => {
  const { sealed, key } = await encryptAttachment(new Blob([filled(40 * CHUNK_BYTES)]));
  let isCancelled = false;
  const whole = await bytes(sealed);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(whole.slice(at, at + CHUNK_BYTES));
      at += CHUNK_BYTES;
    },
    cancel() {
      isCancelled = true;
    },
  });
  for await (const part of decryptAttachment(body, key)) {
    assert.equal(part.length, CHUNK_BYTES);
    break;
  }
  assert.equal(isCancelled, true);
});
