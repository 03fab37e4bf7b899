/** The building blocks against published test vectors, and the wire format against its description. */

import assert from "node:assert/strict";
import * as node from "node:crypto";
import { test } from "node:test";
import { cbc } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import fc from "fast-check";
import { agree, decodeKey, encodeKey, generateKeyPair, sign, verify } from "../src/crypto/curve.js";
import { safetyNumber } from "../src/crypto/index.js";
import { decapsulate, decodeKemKey, encapsulate, generateSeed, publishedKey } from "../src/crypto/kem.js";
import type { Device, PqPrekeyRecord, PrekeyRecord } from "../src/crypto/prekeys.js";
import { toUtf8 } from "../src/encoding.js";
import { aliceAndBob, CHAT } from "./crypto-people.js";

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function sha256Hex(bytes: Uint8Array): string {
  return node.createHash("sha256").update(bytes).digest("hex");
}

test("X25519 agrees as RFC 7748, section 6.1, says, and not with points of small order", () => {
  const alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  assert.equal(toHex(x25519.getPublicKey(alice)), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  assert.equal(toHex(x25519.getPublicKey(bob)), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const shared = agree(alice, x25519.getPublicKey(bob));
  assert.equal(shared && toHex(shared), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  for (const small of [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  ]) {
    assert.equal(agree(alice, hex(small)), undefined);
  }
});

test("Ed25519 verifies as RFC 8032, section 7.1, says", () => {
  const publicKey = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = hex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  assert.ok(ed25519.verify(signature, new Uint8Array(), publicKey, { zip215: false }));
});

test("XEdDSA signs as the vector in Signal's own C library says", () => {
  const secret = new Uint8Array(32);
  secret[8] = 189;
  const clamped = secret.slice();
  clamped[31] = 64;
  const message = new Uint8Array(200);
  const signature = sign(secret, message, new Uint8Array(64));
  assert.equal(
    toHex(signature),
    "11c7f3e6c4df9e8a5150e1db3b30f92de3a3b3aa438656545fa7390f4bcc7bb26c431d9e90643e4f0eaa0e9c557766fa69ada576d63dcaf2ac326c11d0b97702",
  );
  assert.ok(verify(x25519.getPublicKey(clamped), message, signature));
});

test("XEdDSA verifies a signature of libsignal, and no other with a bit changed", () => {
  const identity = hex("ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64");
  const message = hex("05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a");
  const signature = hex(
    "5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfbede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88",
  );
  assert.ok(verify(identity, message, signature));
  for (let bit = 0; bit < 512; bit += 37) {
    const changed = signature.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(verify(identity, message, changed), false, `bit ${bit}`);
  }
});

test("whoever signs is believed, and nobody else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
      const [one, other] = [generateKeyPair(), generateKeyPair()];
      const signature = sign(one.secret, message);
      assert.ok(verify(one.public, message, signature));
      assert.equal(verify(other.public, message, signature), false);
      assert.equal(verify(one.public, Uint8Array.from([...message, 0]), signature), false);
    }),
    { numRuns: 20 },
  );
  // Keys that everybody knows the private half of, or that have a second encoding.
  for (const bad of ["00".repeat(32), `01${"00".repeat(31)}`, "ff".repeat(32), `ec${"ff".repeat(30)}7f`, "00"]) {
    const signature = new Uint8Array(64);
    signature[0] = 1;
    assert.equal(verify(hex(bad), new Uint8Array(1), signature), false, bad);
  }
});

test("HKDF, HMAC and AES-CBC do as RFC 5869 A.1, RFC 4231 and NIST SP 800-38A F.2.5 say", () => {
  const derived = hkdf(sha256, new Uint8Array(22).fill(0x0b), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42);
  assert.equal(toHex(derived), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const tag = hmac(sha256, new Uint8Array(20).fill(0x0b), toUtf8("Hi There"));
  assert.equal(toHex(tag), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  const cipher = cbc(key, hex("000102030405060708090a0b0c0d0e0f"), { disablePadding: true });
  assert.equal(toHex(cipher.encrypt(hex("6bc1bee22e409f96e93d7e117393172a"))), "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
});

/** The first three known answers for ML-KEM-1024 of the reference implementation; long values by their SHA-256. */
const ML_KEM = [
  {
    d: "6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624",
    z: "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68",
    message: "20a7b7e10f70496cc38220b944def699bf14d14e55cf4c90a12c1b33fc80ffff",
    publicKey: "b6dff88f25fef3b0bbee12f9c5fe8174c6df6f300e0d975419cef692759d6906",
    ciphertext: "1308cc7803ede254c1704f62ec82930d34394b27983d8f0b5c33d68d173648b4",
    secret: "23f211b84a6ee20c8c29f6e5314c91b414e940513d380add17bd724ab3a13a52",
  },
  {
    d: "d69cfc64f84d4f33e4c54e166b7ff9283a394986a539b23987a10f39d2d9689b",
    z: "6de62e3465a55c9c78a07d265be8540b3e58b0801a124d07ff12b438d5202ea0",
    message: "0121cb32acd1871135cb34e29c1a0e26ccc001b939eafaacc28f13f1938dbf91",
    publicKey: "c742dd783fef9ae5b071afea9c2dfd1ef6db53ef85e94afc54dec916476a4004",
    ciphertext: "4ccec8cab5fa325320b19ac0dca4bd0d115839f89e6de5ef3f0f28850a450249",
    secret: "2622503a2a544f358392903e6f2adc5a2d94fe010583b574a54d9a7e6d223a24",
  },
  {
    d: "63470357110828f25b23edc80ed280ecd398a9f53251c3332754de2af0b15e90",
    z: "1eaae6bb91b27cd748c402c4111140d5a942cf3c95ff7977f88d2ef515bb26d0",
    message: "34b961af5d6254af72c0d50e70dd9b4991150ccc09192aa46f1953d5c29a33ec",
    publicKey: "0be0dc651812dc2e9e1d8685ee8c8e370184a0471360e1901f9eebb0ac796834",
    ciphertext: "0763d5485d168fff098f540acef445d36c2e63074c874a7c44257b91b55993f0",
    secret: "723ab62b92580b3def8ce887001eefe4d90565aacaf5430ee2aab7decf99db76",
  },
];

test("ML-KEM-1024 gives the known answers of its reference implementation", () => {
  for (const vector of ML_KEM) {
    const seed = hex(vector.d + vector.z);
    const publicKey = decodeKemKey(publishedKey(seed));
    assert.ok(publicKey !== undefined);
    assert.equal(sha256Hex(publicKey), vector.publicKey);
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, hex(vector.message));
    assert.equal(sha256Hex(cipherText), vector.ciphertext);
    assert.equal(toHex(sharedSecret), vector.secret);
    assert.equal(toHex(decapsulate(seed, cipherText)), vector.secret);
  }
});

test("an ML-KEM key out of range is none, and a changed ciphertext yields another secret", () => {
  assert.equal(encapsulate(new Uint8Array(1568).fill(0xff)), undefined);
  const seed = generateSeed();
  const publicKey = decodeKemKey(publishedKey(seed));
  const sealed = publicKey && encapsulate(publicKey);
  assert.ok(sealed !== undefined);
  assert.deepEqual(decapsulate(seed, sealed.ciphertext), sealed.secret);
  const changed = sealed.ciphertext.slice();
  changed[7] = (changed[7] ?? 0) ^ 1;
  assert.notDeepEqual(decapsulate(seed, changed), sealed.secret);
});

test("a safety number is the one that libsignal shows, the same on both sides, and made of all devices", () => {
  const alice = {
    userId: "+14152222222",
    identityKeys: [hex("06863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868")],
  };
  const bob = {
    userId: "+14153333333",
    identityKeys: [hex("f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b")],
  };
  const number = "30035 44776 92869 39689 28698 76765 45825 75691 62576 84344 09180 79131";
  assert.equal(safetyNumber(alice, bob), number);
  assert.equal(safetyNumber(bob, alice), number);
  const [first] = alice.identityKeys;
  assert.ok(first !== undefined);
  const second = generateKeyPair().public;
  const both = safetyNumber({ ...alice, identityKeys: [first, second] }, bob);
  assert.notEqual(both, number);
  assert.equal(safetyNumber(bob, { ...alice, identityKeys: [second, first] }), both);
});

test("keys are published with their type byte and read with or without it", () => {
  const { public: key } = generateKeyPair();
  assert.deepEqual(decodeKey(encodeKey(key)), key);
  assert.deepEqual(decodeKey(key), key);
  assert.equal(decodeKey(key.slice(1)), undefined);
  assert.equal(decodeKey(Uint8Array.from([6, ...key])), undefined);
});

/** Node's own X25519, which takes keys in ASN.1 only. */
function nodeAgree(secret: Uint8Array, publicKey: Uint8Array): Buffer {
  const der = (prefix: string, key: Uint8Array): Buffer => Buffer.concat([Buffer.from(prefix, "hex"), key]);
  return node.diffieHellman({
    privateKey: node.createPrivateKey({ key: der("302e020100300506032b656e04220420", secret), format: "der", type: "pkcs8" }),
    publicKey: node.createPublicKey({ key: der("302a300506032b656e032100", publicKey), format: "der", type: "spki" }),
  });
}

test("the first message of a session reads as the README describes it, byte by byte", async () => {
  const [alice, bob] = await aliceAndBob();
  const bundle = bob.bundle();
  await alice.start(bundle);
  const { bytes } = await alice.write(bob, "hello");
  const [device, signed, oneTime, pq] = await bob.store.read(async (reader) => [
    await reader.get<Device>("crypto", "device"),
    await reader.get<PrekeyRecord>("crypto", `signed/${String(bundle.signed_pre_key.key_id).padStart(10, "0")}`),
    await reader.get<PrekeyRecord>("crypto", `one-time/${String(bundle.one_time_pre_key?.key_id).padStart(10, "0")}`),
    await reader.get<PqPrekeyRecord>("crypto", `pq/${String(bundle.pq_pre_key?.key_id).padStart(10, "0")}`),
  ]);
  assert.ok(device && signed && oneTime && pq);

  let at = 0;
  const take = (length: number): Buffer => Buffer.from(bytes.slice(at, (at += length)));
  assert.deepEqual([...take(3)], [1, 2, 3]);
  const [identity, base] = [take(32), take(32)];
  assert.equal(take(4).readUInt32BE(), bundle.signed_pre_key.key_id);
  assert.equal(take(4).readUInt32BE(), bundle.one_time_pre_key?.key_id);
  assert.equal(take(4).readUInt32BE(), bundle.pq_pre_key?.key_id);
  const kem = take(1568);
  const header = take(42);
  assert.deepEqual([...header.subarray(0, 2)], [1, 1]);
  const ratchetKey = header.subarray(2, 34);
  assert.deepEqual([header.readUInt32BE(34), header.readUInt32BE(38)], [0, 0]);
  const [sealed, tag] = [take(160), take(32)];
  assert.equal(at, bytes.length);

  const derive = (input: Uint8Array, salt: Uint8Array, label: string, length: number): Buffer =>
    Buffer.from(node.hkdfSync("sha256", input, salt, label, length));
  const mac = (key: Uint8Array, input: Uint8Array): Buffer => node.createHmac("sha256", key).update(input).digest();
  const framed = (value: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([length, value]);
  };
  const typed = (key: Uint8Array): Buffer => Buffer.concat([Buffer.of(5), key]);

  const secret = derive(
    Buffer.concat([
      Buffer.alloc(32, 0xff),
      nodeAgree(signed.pair.secret, identity),
      nodeAgree(device.identity.secret, base),
      nodeAgree(signed.pair.secret, base),
      nodeAgree(oneTime.pair.secret, base),
      decapsulate(pq.seed, kem),
    ]),
    Buffer.alloc(32),
    "Sentinal Chat_CURVE25519_SHA-256_ML-KEM-1024, version 1",
    32,
  );
  const parts = [
    Buffer.from("Sentinal Chat session, version 1"),
    ...["alice", "phone", "bob", "phone"].map((name) => Buffer.from(name)),
    typed(identity),
    typed(device.identity.public),
    base,
    signed.pair.public,
    oneTime.pair.public,
    kem,
  ];
  const transcript = node.createHash("sha256").update(Buffer.concat(parts.map(framed))).digest();
  const root = derive(nodeAgree(signed.pair.secret, ratchetKey), secret, "Sentinal Chat ratchet root, version 1", 64);
  const messageKey = mac(root.subarray(32), Buffer.of(1));
  const keys = derive(messageKey, Buffer.alloc(32), "Sentinal Chat message key, version 1", 80);
  const bound = framed(Buffer.concat([transcript, Buffer.from(CHAT)]));
  assert.deepEqual(mac(keys.subarray(32, 64), Buffer.concat([bound, header, sealed])), tag);
  const cipher = node.createDecipheriv("aes-256-cbc", keys.subarray(0, 32), keys.subarray(64)).setAutoPadding(false);
  const padded = Buffer.concat([cipher.update(sealed), cipher.final()]);
  assert.deepEqual(padded, Buffer.concat([Buffer.from("hello"), Buffer.of(0x80), Buffer.alloc(154)]));
});
