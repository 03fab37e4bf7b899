// The code of docs/clients.md, from beginning to end; CI runs it:
//
//   npm run build && node examples/guide.mjs http://127.0.0.1:8080
//
// It registers two people who talk, one of whom goes away and comes back.
import assert from "node:assert/strict";
// #region import
import { Client, IdentityChanged, MemoryStore, fromUtf8 } from "@sentinal/client";
import { RatchetCrypto, encryptAttachment, openAttachment } from "@sentinal/client/crypto";
// #endregion

const url = process.argv[2] ?? "http://127.0.0.1:8080";
const tag = crypto.randomUUID().slice(0, 8);

// #region sign-in
const store = new MemoryStore(); // in a browser: await IndexedDbStore.open()
const alice = new Client({ baseUrl: url, store, crypto: new RatchetCrypto() });
if ((await alice.resume()) === null) {
  await alice.register({ email: `alice-${tag}@example.com`, username: `alice_${tag}`, password: "correct horse battery" });
}
// #endregion

const bobsStore = new MemoryStore();
let bob = new Client({ baseUrl: url, store: bobsStore, crypto: new RatchetCrypto() });
await bob.register({ email: `bob-${tag}@example.com`, username: `bob_${tag}`, password: "correct horse battery" });

/** The next messages of others, as text. */
function listen(client, count) {
  const heard = [];
  return new Promise((resolve) => {
    client.on("message", (message) => {
      if (message.senderId !== client.session.userId && heard.push(message) === count) {
        resolve(heard.map(({ plaintext }) => fromUtf8(plaintext)));
      }
    });
  });
}

const first = listen(bob, 1);

// #region send
const { users } = await alice.api.get("/v1/users", { query: { search: `bob_${tag}` } });
const chat = await alice.api.post("/v1/conversations", { body: { type: "DM", participants: [users[0].id] } });
try {
  const sent = await alice.send(chat.id, "Hello Bob");
  console.log(`number ${sent.sequenceNumber} is committed`);
} catch (error) {
  if (!(error instanceof IdentityChanged)) throw error;
  // Show both safety numbers, and once the person agrees: await alice.acceptIdentity(users[0].id)
}
// #endregion

// #region receive
bob.on("message", async (message) => {
  if (message.plaintext !== null) {
    console.log(fromUtf8(message.plaintext));
  }
  // Acknowledged to the server once this has ended.
});
// #endregion
assert.deepEqual(await first, ["Hello Bob"]);

// #region resume
await bob.close(); // or the tab is closed, the battery is empty, the server dies
await alice.send(chat.id, "Are you there?");
await alice.send(chat.id, "Never mind");
bob = new Client({ baseUrl: url, store: bobsStore, crypto: new RatchetCrypto() });
const missed = listen(bob, 2);
await bob.resume();
// #endregion
assert.deepEqual(await missed, ["Are you there?", "Never mind"]);

// #region attachment
const { sealed, key } = await encryptAttachment(new Blob(["a picture"]));
const file = await alice.uploads.upload(sealed, { onProgress: (bytes, total) => console.log(`${bytes} of ${total} bytes`) });
// Address and key travel inside the message, where only its readers find them.
const content = { fileUrl: file.fileUrl, key: [...key.key], digest: [...key.digest], size: key.size };
await alice.send(chat.id, JSON.stringify(content), { type: "file", attachments: [file.id] });
// #endregion
const received = content;
// #region open
const opened = await openAttachment(await bob.uploads.download(received.fileUrl), {
  key: Uint8Array.from(received.key),
  digest: Uint8Array.from(received.digest),
  size: received.size,
});
// #endregion
assert.equal(await opened.text(), "a picture");

await Promise.all([alice.close(), bob.close()]);
