/** Shorthands for the generated types of the wire. */

export type ServerEventName = string;
export type ServerEvent = { readonly type: string; readonly timestamp: string; readonly [field: string]: unknown };
export type User = { readonly id: string; readonly username: string | null; readonly display_name: string | null; readonly [field: string]: unknown };
