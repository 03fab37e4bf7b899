/** One RTCPeerConnection to one other person: its signals go through the socket, the media do not. */

import { fromBase64, fromUtf8 } from "../encoding.js";

/** Candidates that may come before the description that they belong to. */
const EARLY_MAX = 200;

export interface PeerParts {
  readonly connection: RTCPeerConnection;
  /** Sends `call:offer`, `call:answer` or `call:ice` to the other side. */
  signal(type: "call:offer" | "call:answer" | "call:ice", data: string): Promise<unknown>;
  track(stream: MediaStream): void;
  connected(): void;
}

export class Peer {
  readonly #parts: PeerParts;
  /** Candidates of this side wait until the description is on its way. */
  #described = false;
  readonly #own: string[] = [];
  readonly #early: RTCIceCandidateInit[] = [];
  #offered = false;

  constructor(parts: PeerParts, stream: MediaStream | null) {
    this.#parts = parts;
    const { connection } = parts;
    for (const track of stream?.getTracks() ?? []) {
      connection.addTrack(track, stream as MediaStream);
    }
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null) {
        this.#sendCandidate(JSON.stringify(candidate.toJSON()));
      }
    };
    connection.ontrack = ({ streams, track }) => parts.track(streams[0] ?? new MediaStream([track]));
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "connected") {
        parts.connected();
      } else if (connection.connectionState === "failed" && this.#offered) {
        // Whoever offered offers again, over other paths.
        void this.offer({ iceRestart: true }).catch(() => undefined);
      }
    };
  }

  async offer(options: RTCOfferOptions = {}): Promise<void> {
    const { connection } = this.#parts;
    this.#offered = true;
    await connection.setLocalDescription(await connection.createOffer(options));
    await this.#describe("call:offer");
  }

  /** Takes an offer and answers it. */
  async answer(offer: unknown): Promise<void> {
    const { connection } = this.#parts;
    await connection.setRemoteDescription({ type: "offer", sdp: sdp(offer) });
    await this.#takeEarly();
    await connection.setLocalDescription(await connection.createAnswer());
    await this.#describe("call:answer");
  }

  async answered(answer: unknown): Promise<void> {
    if (this.#parts.connection.signalingState === "have-local-offer") {
      await this.#parts.connection.setRemoteDescription({ type: "answer", sdp: sdp(answer) });
      await this.#takeEarly();
    }
  }

  async candidate(data: unknown): Promise<void> {
    const candidate = JSON.parse(text(data)) as RTCIceCandidateInit;
    if (this.#parts.connection.remoteDescription === null) {
      if (this.#early.length < EARLY_MAX) {
        this.#early.push(candidate);
      }
      return;
    }
    await this.#parts.connection.addIceCandidate(candidate);
  }

  close(): void {
    const { connection } = this.#parts;
    connection.onicecandidate = null;
    connection.ontrack = null;
    connection.onconnectionstatechange = null;
    connection.close();
  }

  async #describe(type: "call:offer" | "call:answer"): Promise<void> {
    await this.#parts.signal(type, this.#parts.connection.localDescription?.sdp ?? "");
    this.#described = true;
    this.#own.splice(0).forEach((candidate) => this.#sendCandidate(candidate));
  }

  #sendCandidate(candidate: string): void {
    if (!this.#described) {
      this.#own.push(candidate);
      return;
    }
    // One that gets lost costs a path; the others remain.
    void this.#parts.signal("call:ice", candidate).catch(() => undefined);
  }

  async #takeEarly(): Promise<void> {
    for (const candidate of this.#early.splice(0)) {
      await this.#parts.connection.addIceCandidate(candidate);
    }
  }
}

/** Some clients send base64 of a description, some an object of it. */
function sdp(data: unknown): string {
  if (typeof data === "object" && data !== null && "sdp" in data) {
    return String(data.sdp);
  }
  return text(data);
}

function text(data: unknown): string {
  const given = typeof data === "string" ? data : JSON.stringify(data);
  // Neither a description nor JSON is base64, and the other way round.
  return /^[A-Za-z0-9+/]+=*$/.test(given) ? fromUtf8(fromBase64(given)) : given;
}
