import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { IndexedDbStore, MemoryStore, type Store, randomId } from "../src/index.js";

const stores: ReadonlyArray<readonly [name: string, make: () => Promise<Store>]> = [
  ["memory", async () => new MemoryStore()],
  ["IndexedDB", async () => await IndexedDbStore.open(randomId())],
];

for (const [name, make] of stores) {
  test(`${name}: a transaction reads its own writes, and commits all of them`, async () => {
    const store = await make();
    await store.transaction(async (tx) => {
      tx.put("app", "a", { bytes: new Uint8Array([1, 2]) });
      tx.put("app", "b", 2);
      tx.delete("app", "b");
      assert.deepEqual(await tx.get("app", "a"), { bytes: new Uint8Array([1, 2]) });
      assert.equal(await tx.get("app", "b"), undefined);
    });
    assert.deepEqual(await store.read((reader) => reader.list("app")), [["a", { bytes: new Uint8Array([1, 2]) }]]);
    await store.close();
  });

  test(`${name}: a transaction that fails writes nothing`, async () => {
    const store = await make();
    const failing = store.transaction(async (tx) => {
      tx.put("app", "a", 1);
      throw new Error("no");
    });
    await assert.rejects(failing, { message: "no" });
    assert.equal(await store.read((reader) => reader.get("app", "a")), undefined);
    await store.close();
  });

  test(`${name}: transactions run one after the other, whatever they wait for`, async () => {
    const store = await make();
    const add = (): Promise<void> =>
      store.transaction(async (tx) => {
        const count = (await tx.get<number>("app", "count")) ?? 0;
        await crypto.subtle.digest("SHA-256", new Uint8Array(1000));
        tx.put("app", "count", count + 1);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    assert.equal(await store.read((reader) => reader.get("app", "count")), 20);
    await store.close();
  });

  test(`${name}: ranges are by prefix, bounds, direction and limit, over what is committed and what is not`, async () => {
    const store = await make();
    await store.transaction(async (tx) => {
      for (const key of ["a/1", "a/2", "a/4", "b/1"]) {
        tx.put("app", key, key);
      }
      tx.put("outbox", "a/9", "elsewhere");
    });
    await store.transaction(async (tx) => {
      tx.put("app", "a/3", "a/3");
      tx.delete("app", "a/1");
      const keys = async (range: Parameters<typeof tx.list>[1]): Promise<string[]> => (await tx.list("app", range)).map(([key]) => key);
      assert.deepEqual(await keys({ prefix: "a/" }), ["a/2", "a/3", "a/4"]);
      assert.deepEqual(await keys({ prefix: "a/", limit: 2 }), ["a/2", "a/3"]);
      assert.deepEqual(await keys({ prefix: "a/", reverse: true, limit: 2 }), ["a/4", "a/3"]);
      assert.deepEqual(await keys({ prefix: "a/", before: "a/4", reverse: true }), ["a/3", "a/2"]);
      assert.deepEqual(await keys({ prefix: "a/", after: "a/2" }), ["a/3", "a/4"]);
      assert.deepEqual(await keys({ prefix: "a/", after: "z" }), []);
    });
    const kept = await store.read((reader) => reader.list("app", { before: "b/1", after: "a/1" }));
    assert.deepEqual(kept.map(([key]) => key), ["a/2", "a/3", "a/4"]);
    await store.clear();
    assert.deepEqual(await store.read((reader) => reader.list("outbox")), []);
    await store.close();
  });
}
