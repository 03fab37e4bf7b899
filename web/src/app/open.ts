/** Requests of somebody who is not signed in. */

import { ApiError, NetworkError } from '@sentinal/client';

interface Envelope<T> {
  readonly data?: T;
  readonly code?: string;
  readonly error?: string;
  readonly details?: unknown;
}

const ANSWER_MS = 30_000;

export async function openRequest<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`..${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (error) {
    throw new NetworkError('the server was not reached', { cause: error });
  }
  const envelope = (await answer.json().catch(() => ({}))) as Envelope<T>;
  if (!answer.ok) {
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
    const after = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    throw new ApiError(answer.status, envelope.code ?? '', envelope.error ?? 'The server refused.', envelope.details, after);
  }
  return envelope.data as T;
}
