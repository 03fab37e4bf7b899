/** Requests: the envelope, deadlines, and errors. What is signed in, `session.ts` adds. */

import { ApiError, NetworkError } from "./errors.js";

/** How long an answer may take. */
const ANSWER_MS = 30_000;

export type Method = "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD";

export interface RequestOptions {
  /** Fields of the query string; `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly bytes?: BodyInit | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; 30 s if absent. */
  readonly timeoutMs?: number | undefined;
}

/** A success. */
export interface Answer<T> {
  readonly data: T;
  /** The first answer to a request that was repeated. */
  readonly duplicate: boolean;
  readonly headers: Headers;
}

/** Sends one request to a server, signed in by `token` if there is one. */
export class Http {
  readonly #base: URL;
  readonly #fetch: typeof fetch;

  constructor(baseUrl: string | URL, fetcher: typeof fetch = fetch) {
    this.#base = new URL(baseUrl);
    // A browser's `fetch` must not be called as a method of something else.
    this.#fetch = (...request) => fetcher(...request);
  }

  /** The address of a path below the server's own. */
  url(path: string): URL {
    const url = new URL(this.#base);
    const question = path.indexOf("?");
    url.pathname = url.pathname.replace(/\/$/, "") + (question < 0 ? path : path.slice(0, question));
    url.search = question < 0 ? "" : path.slice(question);
    return url;
  }

  async send<T>(method: Method, path: string, options: RequestOptions = {}, token?: string): Promise<Answer<T>> {
    const response = await this.raw(method, path, options, token);
    const envelope = (await read(response)) as { data?: T; duplicate?: boolean } | undefined;
    return { data: (envelope?.data ?? null) as T, duplicate: envelope?.duplicate === true, headers: response.headers };
  }

  /** The answer as it came, if it is a success; its body is the caller's to read. */
  async raw(method: Method, path: string, options: RequestOptions = {}, token?: string): Promise<Response> {
    const url = this.url(path);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) {
        url.searchParams.set(name, String(value));
      }
    }
    const headers = new Headers(options.headers);
    if (token !== undefined) {
      headers.set("authorization", `Bearer ${token}`);
    }
    let body = options.bytes;
    if (body === undefined && options.body !== undefined) {
      headers.set("content-type", "application/json");
      body = JSON.stringify(options.body);
    }
    const deadline = AbortSignal.timeout(options.timeoutMs ?? ANSWER_MS);
    const signal = options.signal === undefined ? deadline : either(options.signal, deadline);
    let response: Response;
    try {
      response = await this.#fetch(url, { method, headers, body: body ?? null, signal });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new NetworkError(`${method} ${path} was not answered`, { cause: error });
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    return response;
  }
}

function either(one: AbortSignal, other: AbortSignal): AbortSignal {
  if (typeof AbortSignal.any === "function") {
    return AbortSignal.any([one, other]);
  }
  const both = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) {
      both.abort(signal.reason);
    }
    signal.addEventListener("abort", () => both.abort(signal.reason), { once: true });
  }
  return both.signal;
}

async function read(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    throw new NetworkError("the answer broke off or is not JSON", { cause: error });
  }
}

async function refusal(response: Response): Promise<Error> {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  let failure: { code?: string; error?: string; details?: unknown; request_id?: string } = {};
  try {
    failure = (await response.json()) as typeof failure;
  } catch {
    // A proxy's page, or the answer to HEAD: the status is all there is.
  }
  return new ApiError(
    response.status,
    failure.code ?? `HTTP_${response.status}`,
    failure.error ?? `the server answered ${response.status}`,
    failure.details,
    retryAfterMs,
    failure.request_id,
  );
}
