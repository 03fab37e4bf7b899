/** Files: announced, sent in pieces that resume after any break (tus 1.0), and completed. */

import { ApiError, NetworkError, isTemporary } from "./errors.js";
import type { Session } from "./session.js";
import { PAUSE_FIRST_MS, PAUSE_MAX_MS } from "./socket/backoff.js";
import type { Schemas } from "./wire.js";

/** Bytes of a piece: progress is reported after each, and a break costs at most one. */
const PIECE_BYTES = 1024 * 1024;
/** Slow lines get time for a piece; the server gives up on those below 16 KiB in 10 s by itself. */
const PIECE_MS = 120_000;
/** Breaks in a row, without a byte stored in between, after which it is given up. */
const FAILURES_MAX = 8;
const TUS = { "tus-resumable": "1.0.0" };

export interface UploadOptions {
  /** For people; what others shall see belongs into the message, encrypted. */
  readonly fileName?: string;
  readonly contentType?: string;
  /** After each piece. */
  readonly onProgress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A file that others can fetch. */
export interface UploadedFile {
  /** For `attachments` of a message. */
  readonly id: string;
  /** Whoever knows it may fetch the bytes: it belongs inside an encrypted message. */
  readonly fileUrl: string;
  readonly size: number;
}

export class Uploads {
  constructor(
    private readonly session: Session,
    private readonly random: () => number,
  ) {}

  /** Uploads bytes as they are; encrypt a file before. */
  async upload(bytes: Blob | Uint8Array, options: UploadOptions = {}): Promise<UploadedFile> {
    const file = bytes instanceof Blob ? bytes : new Blob([new Uint8Array(bytes)]);
    const { data: announced } = await this.session.send<Schemas["Upload"]>("POST", "/v1/uploads", {
      body: {
        file_name: options.fileName ?? "file",
        file_size: file.size,
        content_type: options.contentType ?? "application/octet-stream",
      },
      signal: options.signal,
    });
    try {
      await this.#send(announced, file, options);
    } catch (error) {
      if (options.signal?.aborted) {
        // It would be collected after a day; its room is free at once.
        await this.session.send("DELETE", `/v1/uploads/${announced.id}`).catch(() => undefined);
      }
      throw error;
    }
    const { data: done } = await this.session.send<Schemas["Upload"]>("POST", `/v1/uploads/${announced.id}/complete`, {
      signal: options.signal,
    });
    return { id: done.id, fileUrl: done.file_url ?? "", size: file.size };
  }

  /** The bytes of a file, whoever uploaded it. */
  async download(fileUrl: string, options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {}): Promise<Blob> {
    const { signal, timeoutMs } = options;
    const response = await this.session.file(fileUrl, { signal, timeoutMs: timeoutMs ?? PIECE_MS });
    return await response.blob();
  }

  async #send(announced: Schemas["Upload"], file: Blob, options: UploadOptions): Promise<void> {
    let offset = 0;
    let failures = 0;
    while (offset < file.size) {
      try {
        const piece = file.slice(offset, offset + PIECE_BYTES);
        const response = await this.session.raw("PATCH", dataOf(announced), {
          bytes: piece,
          headers: { ...TUS, "upload-offset": String(offset), "content-type": "application/offset+octet-stream" },
          timeoutMs: PIECE_MS,
          signal: options.signal,
        });
        offset = offsetOf(response);
        failures = 0;
        options.onProgress?.(offset, file.size);
      } catch (error) {
        const elsewhere = error instanceof ApiError && error.status === 409;
        if (!elsewhere && !isTemporary(error)) {
          throw error;
        }
        failures += 1;
        if (failures > FAILURES_MAX) {
          throw error;
        }
        await this.#pause(failures, error instanceof ApiError ? error.retryAfterMs : undefined);
        offset = await this.#stored(announced, offset, options.signal);
      }
    }
  }

  /** Where to resume; the offset from before where the server cannot be asked yet. */
  async #stored(announced: Schemas["Upload"], offset: number, signal: AbortSignal | undefined): Promise<number> {
    try {
      return offsetOf(await this.session.raw("HEAD", dataOf(announced), { headers: TUS, signal }));
    } catch (error) {
      if (error instanceof NetworkError || isTemporary(error)) {
        return offset;
      }
      throw error;
    }
  }

  #pause(failures: number, askedMs: number | undefined): Promise<void> {
    const ceiling = Math.min(PAUSE_FIRST_MS * 2 ** (failures - 1), PAUSE_MAX_MS);
    return new Promise((resolve) => setTimeout(resolve, askedMs ?? ceiling * this.random()));
  }
}

/** Its bytes go through this client's own address of the server, whatever the server calls itself. */
function dataOf({ id }: Schemas["Upload"]): string {
  return `/v1/uploads/${id}/data`;
}

function offsetOf(response: Response): number {
  const offset = Number(response.headers.get("upload-offset") ?? Number.NaN);
  if (!Number.isSafeInteger(offset)) {
    throw new NetworkError("the answer does not say where the upload is");
  }
  return offset;
}
