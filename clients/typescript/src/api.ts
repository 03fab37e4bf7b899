/**
 * Every operation of the server, typed by its own document: `api.get("/v1/users/{id}", { path: { id } })`
 * answers what `GET /v1/users/{id}` has as `data`.
 */

import type { Answer, Method, RequestOptions } from "./http.js";
import type { DataOf, PathsOf, TakenBy } from "./wire.js";

type Verb = "get" | "post" | "put" | "delete";

interface Taken {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: RequestOptions["query"];
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Operations without anything required may be called with the path alone. */
type Rest<T> = object extends T ? [taken?: T] : [taken: T];

export class Api {
  constructor(private readonly send: <T>(method: Method, path: string, options: RequestOptions) => Promise<Answer<T>>) {}

  get<P extends PathsOf<"get">>(path: P, ...rest: Rest<TakenBy<P, "get">>): Promise<DataOf<P, "get">> {
    return this.#do("get", path, rest[0] as Taken | undefined);
  }

  post<P extends PathsOf<"post">>(path: P, ...rest: Rest<TakenBy<P, "post">>): Promise<DataOf<P, "post">> {
    return this.#do("post", path, rest[0] as Taken | undefined);
  }

  put<P extends PathsOf<"put">>(path: P, ...rest: Rest<TakenBy<P, "put">>): Promise<DataOf<P, "put">> {
    return this.#do("put", path, rest[0] as Taken | undefined);
  }

  delete<P extends PathsOf<"delete">>(path: P, ...rest: Rest<TakenBy<P, "delete">>): Promise<DataOf<P, "delete">> {
    return this.#do("delete", path, rest[0] as Taken | undefined);
  }

  async #do<T>(verb: Verb, path: string, taken: Taken = {}): Promise<T> {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = taken.path?.[name];
      if (value === undefined || value === "") {
        throw new TypeError(`${path} needs ${name}`);
      }
      return encodeURIComponent(value);
    });
    const headers = taken.idempotencyKey === undefined ? {} : { "idempotency-key": taken.idempotencyKey };
    const { query, body, signal } = taken;
    const answer = await this.send<T>(verb.toUpperCase() as Method, filled, { query, body, signal, headers });
    return answer.data;
  }
}
