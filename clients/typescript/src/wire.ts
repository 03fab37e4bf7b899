/** Shorthands for the generated types of the wire. */

import type { components, paths } from "./generated/rest.js";
import type { ServerEvent } from "./generated/socket.js";

export type { ClientFrame, ServerEvent } from "./generated/socket.js";
export type { paths } from "./generated/rest.js";

/** Every resource by its name in the document. */
export type Schemas = components["schemas"];
export type User = Schemas["Me"];
export type Conversation = Schemas["Conversation"];
export type Participant = Schemas["Participant"];
export type Call = Schemas["Call"];

export type ServerEventName = ServerEvent["type"];

/** A frame as it came; a newer server says what this library does not know. */
export type Frame = { readonly type: string; readonly [field: string]: unknown };

type Json<R> = R extends { readonly content: { readonly "application/json": infer B } } ? B : never;
type Success<R> = R extends { readonly responses: infer S } ? Json<S[keyof S]> : never;

/** The paths that take a method. */
export type PathsOf<M extends "get" | "post" | "put" | "delete"> = {
  [P in keyof paths]: paths[P] extends { readonly [K in M]: infer O } ? (O extends undefined ? never : P) : never;
}[keyof paths];

/** What an operation answers, without its envelope. */
export type DataOf<P extends keyof paths, M extends "get" | "post" | "put" | "delete"> = Success<paths[P][M]> extends {
  readonly data: infer D;
}
  ? D
  : null;

type Parameters<O> = O extends { readonly parameters: infer A } ? A : unknown;
type PathOf<O> = Parameters<O> extends { readonly path: infer A } ? { readonly path: A } : unknown;
type QueryOf<O> = Parameters<O> extends { readonly query: infer Q }
  ? { readonly query: Q }
  : Parameters<O> extends { readonly query?: infer Q }
    ? { readonly query?: Q }
    : unknown;
type BodyOf<O> = O extends { readonly requestBody?: never }
  ? unknown
  : O extends { readonly requestBody: { readonly content: { readonly "application/json": infer B } } }
  ? { readonly body: B }
  : O extends { readonly requestBody?: { readonly content: { readonly "application/json": infer B } } }
    ? { readonly body?: B }
    : unknown;

/** What an operation takes. */
export type TakenBy<P extends keyof paths, M extends "get" | "post" | "put" | "delete"> = PathOf<paths[P][M]> &
  QueryOf<paths[P][M]> &
  BodyOf<paths[P][M]> & {
    /** Repeats are answered as the first one was; see *Retrying* in the protocol. */
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
  };
