/**
 * What messages of this app say, inside the encryption: JSON, so that newer versions can add fields.
 *
 * Whatever comes from another client is checked here once; the rest of the app trusts the types.
 */

/** A file that was encrypted in the browser before it was uploaded. */
export interface FileContent {
  readonly name: string;
  readonly type: string;
  /** Of the file itself, bytes. */
  readonly size: number;
  /** Where its encrypted bytes are. */
  readonly url: string;
  /** Base64 of the key, and of the hash of the encrypted bytes. */
  readonly key: string;
  readonly digest: string;
  /** Pixels, for pictures and videos. */
  readonly width?: number;
  readonly height?: number;
  /** A tiny picture as base64 of a JPEG, shown until the file is here. */
  readonly preview?: string;
}

export interface PollContent {
  readonly question: string;
  readonly options: readonly string[];
}

export interface Content {
  readonly text: string;
  readonly file?: FileContent;
  readonly poll?: PollContent;
}

const VERSION = 1;
/** As long as a text may be here: four bytes for each character still fit into one ciphertext. */
export const TEXT_LENGTH_MAX = 16_000;
const POLL_OPTIONS_MAX = 64;

export function encodeContent(content: Content): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: VERSION, ...content }));
}

/** Text that is not in this form is shown as it is: other clients may send plain text. */
export function decodeContent(plaintext: Uint8Array): Content {
  const text = new TextDecoder().decode(plaintext);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { text };
  }
  if (!isRecord(value) || typeof value.v !== 'number') {
    return { text };
  }
  const file = readFile(value.file);
  const poll = readPoll(value.poll);
  return {
    text: typeof value.text === 'string' ? value.text : '',
    ...(file && { file }),
    ...(poll && { poll }),
  };
}

/** One line, for lists and quotes. */
export function summaryOf(content: Content): string {
  if (content.poll) {
    return `📊 ${content.poll.question}`;
  }
  if (content.file) {
    const what = content.file.type.startsWith('image/')
      ? '📷 Photo'
      : content.file.type.startsWith('video/')
        ? '🎬 Video'
        : content.file.type.startsWith('audio/')
          ? '🎵 Audio'
          : `📎 ${content.file.name}`;
    return content.text ? `${what}: ${content.text}` : what;
  }
  return content.text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function readFile(value: unknown): FileContent | undefined {
  if (
    !isRecord(value) ||
    !isText(value.name, 1024) ||
    !isText(value.type, 256) ||
    !isSize(value.size) ||
    !isText(value.url, 2048) ||
    !isText(value.key, 1024) ||
    !isText(value.digest, 1024)
  ) {
    return undefined;
  }
  return {
    name: value.name,
    type: value.type,
    size: value.size,
    url: value.url,
    key: value.key,
    digest: value.digest,
    ...(isSize(value.width) && isSize(value.height) && { width: value.width, height: value.height }),
    ...(isText(value.preview, 16_384) && { preview: value.preview }),
  };
}

function readPoll(value: unknown): PollContent | undefined {
  if (!isRecord(value) || !isText(value.question, TEXT_LENGTH_MAX) || !Array.isArray(value.options)) {
    return undefined;
  }
  const options = value.options.filter((it): it is string => isText(it, TEXT_LENGTH_MAX)).slice(0, POLL_OPTIONS_MAX);
  return options.length >= 2 ? { question: value.question, options } : undefined;
}
