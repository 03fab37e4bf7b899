/**
 * Calls: a thin layer over `RTCPeerConnection`. The server rings and introduces; media flow between devices.
 *
 * In a DM whoever calls offers; in a group everybody who comes in offers to those who are there already. The
 * program brings the media (`getUserMedia`) and shows what comes.
 */

import type { Api } from "./api.js";
import type { ClientEvents, Handler, Login } from "./chat.js";
import { Peer } from "./calls/peer.js";
import type { Description } from "./calls/proofs.js";
import type { Call } from "./wire.js";

/** Signals that are kept of calls that were not taken yet; a candidate is a few hundred bytes. */
const KEPT_CALLS_MAX = 8;
const KEPT_SIGNALS_MAX = 200;

export interface CallsParts {
  readonly api: Api;
  on<Name extends keyof ClientEvents>(name: Name, handler: Handler<Name>): () => void;
  me(): Login;
  /** Sends a frame on the socket, whichever tab has it, and waits for the answer. */
  signal(frame: object): Promise<unknown>;
  /** Sends an offer or an answer, proved to be this device's. */
  describe(description: Description, conversationId: string): Promise<unknown>;
}

interface Signal {
  readonly type: string;
  readonly call_id: string;
  readonly from_id: string;
  readonly data: unknown;
  /** Of an offer or an answer: the sender's device has proved that it is its own. */
  readonly is_proved?: boolean;
}

export type CallState = "ringing" | "connecting" | "connected" | "ended";

/** A call that this device is in. */
export class CallSession {
  readonly id: string;
  readonly conversationId: string;
  /** How the call is on the server, as it was heard last. */
  call: Call;
  state: CallState = "connecting";
  /** Called on every change. */
  onState: (state: CallState, reason: string | null) => void = () => undefined;
  /** Called with what comes from somebody; again when it changes. */
  onStream: (userId: string, stream: MediaStream) => void = () => undefined;
  /** What has come from whom; also before `onStream` was set. */
  readonly streams = new Map<string, MediaStream>();
  /** Called when somebody has left. */
  onLeft: (userId: string) => void = () => undefined;

  readonly #parts: CallsParts;
  readonly #stream: MediaStream | null;
  readonly #ice: RTCIceServer[];
  readonly #peers = new Map<string, Peer>();
  readonly #ended: () => void;

  constructor(parts: CallsParts, call: Call, stream: MediaStream | null, ice: RTCIceServer[], ended: () => void) {
    this.#parts = parts;
    this.#stream = stream;
    this.#ice = ice;
    this.#ended = ended;
    this.call = call;
    this.id = call.id;
    this.conversationId = call.conversation_id;
  }

  /** Offers a connection to somebody. */
  async offer(userId: string): Promise<void> {
    await this.#peer(userId).offer();
  }

  /** Asks somebody else to this call (in a group). */
  async invite(userId: string): Promise<void> {
    await this.#parts.api.post("/v1/calls/{id}/participants", { path: { id: this.id }, body: { user_id: userId } });
    await this.offer(userId);
  }

  async mute(muted: { readonly audio: boolean; readonly video: boolean }): Promise<void> {
    this.#stream?.getAudioTracks().forEach((track) => (track.enabled = !muted.audio));
    this.#stream?.getVideoTracks().forEach((track) => (track.enabled = !muted.video));
    await this.#parts.api.put("/v1/calls/{id}/participants/{user_id}/mute", {
      path: { id: this.id, user_id: this.#parts.me().userId },
      body: { audio_muted: muted.audio, video_muted: muted.video },
    });
  }

  /** Ends a call of two, or leaves a call of more. */
  async hangUp(reason = "completed"): Promise<void> {
    const isDirect = this.#isDirect();
    this.end(reason);
    if (isDirect) {
      await this.#parts.api.post("/v1/calls/{id}/end", { path: { id: this.id }, body: {} });
    } else {
      const { userId } = this.#parts.me();
      await this.#parts.api.delete("/v1/calls/{id}/participants/{user_id}", { path: { id: this.id, user_id: userId } });
    }
  }

  /** What came over the socket for this call. */
  async take(signal: Signal): Promise<void> {
    if (signal.type !== "call:ice" && signal.is_proved !== true) {
      // Somebody in between could listen. Better no call than that.
      if (this.#isDirect()) {
        await this.hangUp("unproved");
      } else {
        this.left(signal.from_id);
      }
      return;
    }
    const peer = this.#peer(signal.from_id);
    switch (signal.type) {
      case "call:offer":
        await peer.answer(signal.data);
        break;
      case "call:answer":
        await peer.answered(signal.data);
        break;
      case "call:ice":
        await peer.candidate(signal.data);
        break;
    }
  }

  /** Somebody is in it no more. */
  left(userId: string): void {
    this.#peers.get(userId)?.close();
    this.streams.delete(userId);
    if (this.#peers.delete(userId)) {
      this.onLeft(userId);
    }
  }

  /** It is over, here at least. */
  end(reason: string): void {
    if (this.state !== "ended") {
      this.#peers.forEach((peer) => peer.close());
      this.#peers.clear();
      this.#ended();
      this.move("ended", reason);
    }
  }

  move(state: CallState, reason: string | null = null): void {
    if (this.state !== state) {
      this.state = state;
      this.onState(state, reason);
    }
  }

  #isDirect(): boolean {
    return this.call.participants.length <= 2;
  }

  #peer(userId: string): Peer {
    const known = this.#peers.get(userId);
    if (known !== undefined) {
      return known;
    }
    const peer = new Peer(
      {
        connection: new RTCPeerConnection({ iceServers: this.#ice }),
        signal: (type, data) => {
          const frame = { call_id: this.id, to_id: userId, data };
          return type === "call:ice"
            ? this.#parts.signal({ type, ...frame })
            : this.#parts.describe({ type, ...frame }, this.conversationId);
        },
        track: (stream) => {
          this.streams.set(userId, stream);
          this.onStream(userId, stream);
        },
        connected: () => this.#connected(),
      },
      this.#stream,
    );
    this.#peers.set(userId, peer);
    return peer;
  }

  #connected(): void {
    if (this.state === "ended") {
      return;
    }
    this.move("connected");
    // The server counts the duration from the first one that says so; half a minute later it would by itself.
    void this.#parts.api.post("/v1/calls/{id}/connected", { path: { id: this.id } }).catch(() => undefined);
  }
}

export class Calls {
  readonly #parts: CallsParts;
  readonly #sessions = new Map<string, CallSession>();
  /** Signals of calls that ring and were not taken. */
  readonly #kept = new Map<string, Signal[]>();
  readonly #off: Array<() => void>;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#off = [
      parts.on("call:offer", (event) => this.#signal(event)),
      parts.on("call:answer", (event) => this.#signal(event)),
      parts.on("call:ice", (event) => this.#signal(event)),
      parts.on("call:accepted", ({ call }) => this.#update(call)),
      parts.on("call:participant", ({ call }) => this.#update(call)),
      parts.on("call:declined", ({ call, participant }) => {
        this.#update(call);
        this.#sessions.get(call.id)?.left(participant.user_id);
      }),
      parts.on("call:answered_elsewhere", ({ call_id: id }) => {
        this.#kept.delete(id);
        this.#sessions.get(id)?.end("answered_elsewhere");
      }),
      parts.on("call:ended", ({ call_id: id, reason }) => {
        this.#kept.delete(id);
        this.#sessions.get(id)?.end(reason);
      }),
    ];
  }

  /** Makes a call. In a DM it rings at the other side; in a group, `invite` those who shall be asked. */
  async place(conversationId: string, options: { readonly video: boolean; readonly stream: MediaStream | null }): Promise<CallSession> {
    const ice = await this.#iceServers();
    const call: Call = await this.#parts.api.post("/v1/calls", {
      body: { conversation_id: conversationId, type: options.video ? "VIDEO" : "AUDIO" },
    });
    const session = this.#add(call, options.stream, ice);
    session.move("ringing");
    for (const { user_id: userId } of call.participants) {
      if (userId !== this.#parts.me().userId) {
        await session.offer(userId);
      }
    }
    return session;
  }

  /** Takes a call that rings, or joins one of a group. The first device of a user wins; the others are refused. */
  async accept(callId: string, stream: MediaStream | null): Promise<CallSession> {
    const { userId } = this.#parts.me();
    const ice = await this.#iceServers();
    const call: Call = await this.#parts.api.get("/v1/calls/{id}", { path: { id: callId } });
    const session = this.#add(call, stream, ice);
    try {
      await this.#parts.api.put("/v1/calls/{id}/participants/{user_id}/status", {
        path: { id: callId, user_id: userId },
        body: { status: "JOINED" },
      });
    } catch (error) {
      session.end("refused");
      throw error;
    }
    const signals = this.#kept.get(callId) ?? [];
    this.#kept.delete(callId);
    for (const signal of signals) {
      await session.take(signal);
    }
    const offered = new Set(signals.filter(({ type }) => type === "call:offer").map(({ from_id: from }) => from));
    // Whoever made the call has offered to those who were asked; the offer may be on its way.
    const wasAsked = call.participants.some((it) => it.user_id === userId && it.status !== "LEFT");
    // Read again: of two who come in at the same moment the later one sees the earlier one, and offers.
    const joined: Call = await this.#parts.api.get("/v1/calls/{id}", { path: { id: callId } });
    const own = joined.participants.find((it) => it.user_id === userId);
    for (const other of joined.participants) {
      const offers = wasAsked && other.user_id === call.initiator_id;
      const isThere = other.user_id !== userId && other.status === "JOINED" && cameBefore(other, own);
      if (isThere && !offered.has(other.user_id) && !offers) {
        await session.offer(other.user_id);
      }
    }
    return session;
  }

  async decline(callId: string, reason: "DECLINED" | "BUSY" = "DECLINED"): Promise<void> {
    this.#kept.delete(callId);
    await this.#parts.api.put("/v1/calls/{id}/participants/{user_id}/status", {
      path: { id: callId, user_id: this.#parts.me().userId },
      body: { status: reason },
    });
  }

  /** The call that this client is in, if any. */
  current(): CallSession | undefined {
    return [...this.#sessions.values()].at(-1);
  }

  close(): void {
    this.#off.forEach((off) => off());
    [...this.#sessions.values()].forEach((session) => session.end("closed"));
  }

  async #iceServers(): Promise<RTCIceServer[]> {
    const { ice_servers: servers } = await this.#parts.api.get("/v1/calls/ice-servers");
    return servers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username ? { username } : {}),
      ...(credential ? { credential } : {}),
    }));
  }

  #add(call: Call, stream: MediaStream | null, ice: RTCIceServer[]): CallSession {
    const session = new CallSession(this.#parts, call, stream, ice, () => this.#sessions.delete(call.id));
    this.#sessions.set(call.id, session);
    return session;
  }

  /** A handler must not wait for the peer: its answers come through the same socket. */
  #signal(signal: Signal): void {
    const session = this.#sessions.get(signal.call_id);
    if (session !== undefined) {
      // One that does not fit the connection's state is of an attempt that is over.
      void session.take(signal).catch(() => undefined);
      return;
    }
    const kept = this.#kept.get(signal.call_id) ?? [];
    if (kept.length < KEPT_SIGNALS_MAX) {
      this.#kept.set(signal.call_id, [...kept, signal]);
    }
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT_CALLS_MAX)) {
      this.#kept.delete(oldest);
    }
  }

  #update(call: Call): void {
    const session = this.#sessions.get(call.id);
    if (session === undefined) {
      return;
    }
    session.call = call;
    const isThere = call.participants.some(({ user_id: id, status }) => id !== this.#parts.me().userId && status === "JOINED");
    if (session.state === "ringing" && isThere) {
      session.move("connecting");
    }
    for (const { user_id: id, status } of call.participants) {
      if (status === "LEFT" || status === "MISSED") {
        session.left(id);
      }
    }
  }
}

type Participant = Call["participants"][number];

/** Whether somebody is in a call for longer than somebody else; of the same moment, by their ids. */
function cameBefore(one: Participant, other: Participant | undefined): boolean {
  const [first, second] = [one.joined_at ?? "", other?.joined_at ?? ""];
  return first < second || (first === second && one.user_id < (other?.user_id ?? ""));
}
