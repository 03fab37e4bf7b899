/** X3DH or PQXDH, and the Double Ratchet, pairwise between devices: the {@link Crypto} of this library. */

import {
  addressKey,
  type Ciphertext,
  type Crypto,
  type Decrypted,
  type DeviceBundle,
  type DeviceKeys,
  type Incoming,
  InvalidBundle,
  type MorePrekeys,
  type PublicPrekey,
  type SignedPublicPrekey,
} from "../crypto.js";
import { toBase64 } from "../encoding.js";
import type { Transaction } from "../store.js";
import type { DeviceAddress } from "../types.js";
import { decodeBase64 } from "./bytes.js";
import { decodeKey, type KeyPair, verify } from "./curve.js";
import { NoDevice, NoSession, PlaintextTooLong, UnreadableMessage } from "./errors.js";
import { safetyNumber } from "./fingerprint.js";
import {
  answerHandshake,
  decodeOpening,
  encodeOpening,
  initiateHandshake,
  type NumberedKey,
  type Opening,
  sessionId,
  type VerifiedBundle,
} from "./handshake.js";
import { decodeKemKey, KEM_TYPE } from "./kem.js";
import { pause } from "./pause.js";
import {
  createDevice,
  type Device,
  findDevice,
  type PqPrekeyRecord,
  type PrekeyRecord,
  recordKey,
  replenish,
} from "./prekeys.js";
import { initiate, respond, VERSION } from "./ratchet.js";
import * as sessions from "./sessions.js";

/**
 * Bytes of a plaintext. A ciphertext may have 96 KiB; the longest opening, header, tag and padding take
 * less than 2 KiB of it.
 */
export const PLAINTEXT_BYTES_MAX = 94 * 1024;

/** Prekey ids are signed integers of 32 bits wherever they are kept. */
const KEY_ID_MAX = 0x7fff_ffff;

/**
 * A session that is still begun with its third message is answered by itself, and if that was of no use, with every
 * sixteenth: most are answered by people before that.
 */
const ANSWER_AT = 2;
const ANSWER_EVERY = 16;

/** What the header says beside a ciphertext: for people who look at the wire, not for this program. */
interface Header {
  readonly v: typeof VERSION;
  readonly type: "prekey" | "ratchet";
}

/** Keeps nothing but its clock: all state is in the transaction's store. */
export class RatchetCrypto implements Crypto {
  readonly #now: () => number;

  /** `now` answers milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  createDevice(tx: Transaction, own: DeviceAddress): Promise<DeviceKeys> {
    return createDevice(tx, own, this.#now());
  }

  async identityKey(tx: Transaction): Promise<Uint8Array | undefined> {
    return (await findDevice(tx))?.identity.public;
  }

  async replenish(
    tx: Transaction,
    left: { readonly count: number; readonly pq_count: number },
  ): Promise<MorePrekeys | undefined> {
    return replenish(tx, await requireDevice(tx), left, this.#now());
  }

  async hasSession(tx: Transaction, device: DeviceAddress): Promise<boolean> {
    return (await findSessions(tx, device)).current !== null;
  }

  async startSession(tx: Transaction, bundle: DeviceBundle): Promise<Uint8Array> {
    const device = await requireDevice(tx);
    await pause();
    const verified = verifyBundle(bundle);
    const other = { userId: bundle.user_id, deviceId: bundle.device_id };
    const parties = { initiator: device.own, responder: other };
    const started = initiateHandshake(device.identity, verified, parties);
    const ratchet = started && initiate(started.agreed.secret, verified.signed.key);
    if (started === undefined || ratchet === undefined) throw new InvalidBundle("a key is of small order");
    const record = await findSessions(tx, other);
    keepSessions(
      tx,
      other,
      sessions.begin(record, {
        ratchet,
        transcript: started.agreed.transcript,
        id: sessionId(started.opening),
        identity: verified.identity,
        opening: encodeOpening(started.opening),
        postQuantum: started.opening.pq !== undefined,
        isRetired: false,
      }),
    );
    return verified.identity;
  }

  async endSession(tx: Transaction, device: DeviceAddress): Promise<void> {
    keepSessions(tx, device, sessions.retire(await findSessions(tx, device)));
  }

  /** Whether ML-KEM took part in the session in use; `undefined` without a session. */
  async isPostQuantum(tx: Transaction, device: DeviceAddress): Promise<boolean | undefined> {
    return (await findSessions(tx, device)).current?.postQuantum;
  }

  bundleIdentity(bundle: Pick<DeviceBundle, "identity_key">): Uint8Array | undefined {
    return identityOf(bundle);
  }

  async encrypt(
    tx: Transaction,
    context: string,
    plaintext: Uint8Array,
    devices: readonly DeviceAddress[],
  ): Promise<Ciphertext[]> {
    if (plaintext.length > PLAINTEXT_BYTES_MAX) {
      throw new PlaintextTooLong(`${plaintext.length} bytes are more than ${PLAINTEXT_BYTES_MAX}`);
    }
    const ciphertexts: Ciphertext[] = [];
    for (const device of devices) {
      const sealed = sessions.seal(await findSessions(tx, device), context, plaintext);
      if (sealed === undefined) throw new NoSession(`there is no session with ${addressKey(device)}`);
      keepSessions(tx, device, sealed.record);
      ciphertexts.push({
        recipient_user_id: device.userId,
        recipient_device_id: device.deviceId,
        ciphertext: toBase64(sealed.message),
        header: { v: VERSION, type: sealed.type } satisfies Header,
      });
    }
    return ciphertexts;
  }

  async decrypt(tx: Transaction, message: Incoming): Promise<Decrypted> {
    const record = await findSessions(tx, message.sender);
    const isOpening = sessions.isOpening(message.ciphertext);
    const read = isOpening
      ? await readOpening(tx, record, message)
      : sessions.unseal(record, message.context, message.ciphertext);
    keepSessions(tx, message.sender, read.record);
    return {
      plaintext: read.plaintext,
      identityKey: read.identity,
      isFormerIdentity: read.isFormerIdentity,
      wantsAnswer: isOpening && read.number % ANSWER_EVERY === ANSWER_AT,
    };
  }

  safetyNumber(
    own: { readonly userId: string; readonly identityKeys: readonly Uint8Array[] },
    other: { readonly userId: string; readonly identityKeys: readonly Uint8Array[] },
  ): Promise<string> {
    return Promise.resolve(safetyNumber(own, other));
  }
}

async function requireDevice(tx: Transaction): Promise<Device> {
  const device = await findDevice(tx);
  if (device === undefined) throw new NoDevice("this device has no keys yet");
  return device;
}

async function findSessions(tx: Transaction, device: DeviceAddress): Promise<sessions.SessionRecord> {
  return (await tx.get<sessions.SessionRecord>("crypto", `session/${addressKey(device)}`)) ?? sessions.NO_SESSIONS;
}

function keepSessions(tx: Transaction, device: DeviceAddress, record: sessions.SessionRecord): void {
  tx.put("crypto", `session/${addressKey(device)}`, record);
}

/** The bytes of a field of a bundle, which may be anything at all. */
function field(of: unknown, name: string): Uint8Array | undefined {
  const value: unknown = typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
  return typeof value === "string" ? decodeBase64(value) : undefined;
}

function keyId(prekey: { readonly key_id: unknown }): number {
  const id = prekey.key_id;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > KEY_ID_MAX) {
    throw new InvalidBundle("the id of a prekey is none");
  }
  return id;
}

/**
 * A signed prekey, without type byte.
 *
 * @throws {InvalidBundle}
 */
function signedKey(
  prekey: SignedPublicPrekey,
  decode: (published: Uint8Array) => Uint8Array | undefined,
  identity: Uint8Array,
): NumberedKey {
  const published = field(prekey, "public_key");
  const signature = field(prekey, "signature");
  const key = published && decode(published);
  if (published === undefined || key === undefined || signature === undefined) {
    throw new InvalidBundle("a prekey is not of a known form");
  }
  // What is signed is the key as published, or the key without its type byte: clients differ.
  if (!verify(identity, published, signature) && !verify(identity, key, signature)) {
    throw new InvalidBundle("a prekey is not signed by the identity key");
  }
  return { id: keyId(prekey), key };
}

function oneTimeKey(prekey: PublicPrekey): NumberedKey {
  const published = field(prekey, "public_key");
  const key = published && decodeKey(published);
  if (key === undefined) throw new InvalidBundle("the one-time prekey is no Curve25519 key");
  return { id: keyId(prekey), key };
}

function identityOf(bundle: Pick<DeviceBundle, "identity_key">): Uint8Array | undefined {
  const published = field(bundle.identity_key, "public_key");
  return published && decodeKey(published);
}

/**
 * The keys of a bundle, if this program can use them.
 *
 * A post-quantum key of another algorithm is passed over; one of this algorithm whose signature does not
 * verify spoils the bundle.
 *
 * @throws {InvalidBundle}
 */
function verifyBundle(bundle: DeviceBundle): VerifiedBundle {
  const identity = identityOf(bundle);
  if (identity === undefined) throw new InvalidBundle("the identity key is no Curve25519 key");
  const oneTime = bundle.one_time_pre_key ?? undefined;
  const pq = bundle.pq_pre_key ?? undefined;
  const isUsable = pq !== undefined && field(pq, "public_key")?.[0] === KEM_TYPE;
  return {
    identity,
    signed: signedKey(bundle.signed_pre_key, decodeKey, identity),
    ...(oneTime === undefined ? {} : { oneTime: oneTimeKey(oneTime) }),
    ...(isUsable ? { pq: signedKey(pq, decodeKemKey, identity) } : {}),
  };
}

/** Reads a message that begins a session, or repeats the beginning of one. Writes nothing if it fails. */
async function readOpening(tx: Transaction, record: sessions.SessionRecord, message: Incoming): Promise<sessions.Unsealed> {
  const { opening, inside } = decodeOpening(message.ciphertext);
  const id = sessionId(opening);
  const known = sessions.findSession(record, id);
  if (known !== undefined) return sessions.unsealIn(record, known, message.context, inside);
  if (sessions.wasAnswered(record, id)) {
    throw new UnreadableMessage("duplicate", "the session that this message begins was ended");
  }
  const device = await findDevice(tx);
  if (device === undefined) throw new UnreadableMessage("no_session", "this device has no keys yet");
  const keys = await findKeys(tx, opening);
  const agreed = answerHandshake(
    {
      identity: device.identity,
      signed: keys.signed,
      ...(keys.oneTime === undefined ? {} : { oneTime: keys.oneTime }),
      ...(keys.pqSeed === undefined ? {} : { pqSeed: keys.pqSeed }),
    },
    opening,
    { initiator: message.sender, responder: device.own },
  );
  const session: sessions.Session = {
    ratchet: respond(agreed.secret, keys.signed),
    transcript: agreed.transcript,
    id,
    identity: opening.identity,
    opening: null,
    postQuantum: opening.pq !== undefined,
    isRetired: false,
  };
  const read = sessions.unsealIn(sessions.begin(record, session), session, message.context, inside);
  // The message is authentic: what it used up goes, in the transaction that keeps what it said.
  for (const key of keys.usedUp) tx.delete("crypto", key);
  tx.put("crypto", "device", {
    ...device,
    signedSeen: Math.max(device.signedSeen, opening.signedId),
    lastResortSeen: Math.max(device.lastResortSeen, keys.lastResortId ?? 0),
  } satisfies Device);
  return { ...read, record: sessions.noteAnswered(read.record, id) };
}

/** The private keys that an opening names, and the records that are to go once it is known to be authentic. */
interface FoundKeys {
  readonly signed: KeyPair;
  readonly oneTime: KeyPair | undefined;
  readonly pqSeed: Uint8Array | undefined;
  readonly lastResortId: number | undefined;
  readonly usedUp: readonly string[];
}

async function findKeys(tx: Transaction, opening: Opening): Promise<FoundKeys> {
  const missing = (): UnreadableMessage =>
    new UnreadableMessage("unknown_prekey", "the message begins a session with a key that this device has not");
  const signed = await tx.get<PrekeyRecord>("crypto", recordKey("signed", opening.signedId));
  if (signed === undefined) throw missing();
  const usedUp: string[] = [];
  let oneTime: PrekeyRecord | undefined;
  if (opening.oneTimeId !== undefined) {
    const key = recordKey("one-time", opening.oneTimeId);
    oneTime = await tx.get<PrekeyRecord>("crypto", key);
    if (oneTime === undefined) throw missing();
    usedUp.push(key);
  }
  let pq: PqPrekeyRecord | undefined;
  let lastResortId: number | undefined;
  if (opening.pq !== undefined) {
    const key = recordKey("pq", opening.pq.id);
    pq = await tx.get<PqPrekeyRecord>("crypto", key);
    if (pq !== undefined) {
      usedUp.push(key);
    } else {
      pq = await tx.get<PqPrekeyRecord>("crypto", recordKey("last-resort", opening.pq.id));
      lastResortId = opening.pq.id;
    }
    if (pq === undefined) throw missing();
  }
  return { signed: signed.pair, oneTime: oneTime?.pair, pqSeed: pq?.seed, lastResortId, usedUp };
}
