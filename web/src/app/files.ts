/** Files: encrypted here, uploaded, and the other way round. */

import { signal } from '@preact/signals';
import { fromBase64, toBase64, type MessageType } from '@sentinal/client';
import { encryptAttachment, openAttachment, sealedSize, type AttachmentKey } from '@sentinal/client/crypto';
import { client } from './api.ts';
import type { FileContent } from './content.ts';
import { explain } from './errors.ts';
import { server, toast } from './state.ts';
import { send } from './timeline.ts';

export interface Upload {
  readonly id: number;
  readonly chatId: string;
  readonly name: string;
  readonly size: number;
  readonly done: number;
  readonly cancel: () => void;
}

export const uploads = signal<readonly Upload[]>([]);

/** Types that browsers show safely from a `blob:` address. SVG and HTML are not among them: they have scripts. */
const SHOWN = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/aac',
]);

/** Pixels of the longer side of a preview, which travels inside the message. */
const PREVIEW_SIDE = 24;
/** Opened files that are kept in memory, so that going back to a conversation shows them at once. */
const KEPT_FILES_MAX = 30;
const KEPT_FILE_BYTES_MAX = 8_000_000;

export function isShown(type: string): boolean {
  return SHOWN.has(type);
}

function baseType(file: File): string {
  return (file.type.split(';')[0] || 'application/octet-stream').toLowerCase();
}

async function describePicture(file: File): Promise<Partial<FileContent>> {
  try {
    const picture = await createImageBitmap(file);
    const { width, height } = picture;
    const scale = PREVIEW_SIDE / Math.max(width, height);
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const preview = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.6 });
    return { width, height, preview: toBase64(new Uint8Array(await preview.arrayBuffer())) };
  } catch {
    // A picture that this browser cannot draw; others may.
    return {};
  }
}

let uploadCount = 0;

function change(id: number, next: Partial<Upload> | null): void {
  uploads.value = next
    ? uploads.value.map((it) => (it.id === id ? { ...it, ...next } : it))
    : uploads.value.filter((it) => it.id !== id);
}

/** Encrypts a file, uploads it and sends what opens it. */
export async function sendFile(chatId: string, file: File, replyTo: string | null): Promise<void> {
  const limit = Number((server.value as { limits?: Record<string, unknown> }).limits?.file_bytes_max ?? Number.POSITIVE_INFINITY);
  if (sealedSize(file.size) > limit) {
    toast(`${file.name} is larger than the server takes.`, 'error');
    return;
  }
  uploadCount += 1;
  const id = uploadCount;
  const abort = new AbortController();
  uploads.value = [...uploads.value, { id, chatId, name: file.name, size: sealedSize(file.size), done: 0, cancel: () => abort.abort() }];
  try {
    const type = baseType(file);
    const described = isShown(type) && type.startsWith('image/') ? await describePicture(file) : {};
    const { sealed, key } = await encryptAttachment(file);
    const uploaded = await client().uploads.upload(sealed, {
      signal: abort.signal,
      onProgress: (done) => change(id, { done }),
    });
    keepFile(uploaded.fileUrl, file);
    const content: FileContent = {
      name: file.name,
      type,
      size: file.size,
      url: uploaded.fileUrl,
      key: toBase64(key.key),
      digest: toBase64(key.digest),
      ...described,
    };
    void send(chatId, { text: '', file: content }, { type: messageType(type), attachments: [uploaded.id], ...(replyTo && { replyTo }) });
  } catch (error) {
    if (!abort.signal.aborted) {
      toast(`${file.name} was not sent. ${explain(error)}`, 'error');
    }
  } finally {
    change(id, null);
  }
}

function messageType(type: string): MessageType {
  const kind = type.split('/')[0];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}

const kept = new Map<string, Blob>();

function keepFile(url: string, blob: Blob): void {
  if (blob.size > KEPT_FILE_BYTES_MAX) {
    return;
  }
  kept.set(url, blob);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_FILES_MAX && oldest !== undefined) {
    kept.delete(oldest);
  }
}

/** The file itself. */
export async function fetchFile(file: FileContent): Promise<Blob> {
  const known = kept.get(file.url);
  const type = isShown(file.type) ? file.type : 'application/octet-stream';
  if (known) {
    return new Blob([known], { type });
  }
  const key: AttachmentKey = { key: fromBase64(file.key), digest: fromBase64(file.digest), size: file.size };
  const sealed = await client().uploads.download(file.url);
  const opened = await openAttachment(sealed, key, type);
  keepFile(file.url, opened);
  return opened;
}

/** Saves a file, under its name, whatever it is: never shown by the browser itself. */
export async function saveFile(file: FileContent): Promise<void> {
  const bytes = await fetchFile(file);
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
