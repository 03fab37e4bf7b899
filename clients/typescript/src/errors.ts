/** The errors of this library, sorted by what a program can do about them. */

import type { DeviceAddress } from "./types.js";

/** The server understood and refused, over REST or on the socket. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** HTTP status; 0 for a refusal on the socket. */
    readonly status: number,
    /** One of the documented error codes, or one newer than this library. */
    readonly code: string,
    message: string,
    /** What exactly, where the code has something to tell. */
    readonly details: unknown = undefined,
    /** When to try again, where the server says so. */
    readonly retryAfterMs: number | undefined = undefined,
    /** Under this id the server's log tells more. */
    readonly requestId: string | undefined = undefined,
  ) {
    super(message);
  }
}

/** The server could not be reached, or did not answer in time. Whether the request took effect is unknown. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

/** Nobody is signed in, or the login has ended. */
export class NotSignedIn extends Error {
  override readonly name = "NotSignedIn";

  constructor(message = "nobody is signed in") {
    super(message);
  }
}

/** Devices have other identity keys than before; nothing is sent to their owners until that is accepted. */
export class IdentityChanged extends Error {
  override readonly name = "IdentityChanged";
  readonly code = "IDENTITY_CHANGED";

  constructor(readonly devices: readonly DeviceAddress[]) {
    super("an identity has changed and was not accepted yet");
  }
}

/** The client was closed. */
export class Closed extends Error {
  override readonly name = "Closed";

  constructor() {
    super("the client is closed");
  }
}

/** Whether the same request may succeed later without any change. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof NetworkError) {
    return true;
  }
  return error instanceof ApiError && (error.status === 408 || error.status === 429 || error.status >= 500) && error.status !== 507;
}

/** An error in a form that passes between tabs. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export function toPlain(error: unknown): PlainError {
  if (error instanceof Error) {
    return { name: error.name, message: error.message, fields: { ...error } };
  }
  return { name: "Error", message: String(error), fields: {} };
}

export function fromPlain(plain: PlainError): Error {
  const { fields, message } = plain;
  switch (plain.name) {
    case "ApiError":
      return new ApiError(
        Number(fields["status"]),
        String(fields["code"]),
        message,
        fields["details"],
        fields["retryAfterMs"] as number | undefined,
        fields["requestId"] as string | undefined,
      );
    case "NetworkError":
      return new NetworkError(message);
    case "NotSignedIn":
      return new NotSignedIn(message);
    case "IdentityChanged":
      return new IdentityChanged(fields["devices"] as DeviceAddress[]);
    case "Closed":
      return new Closed();
    default:
      return new Error(message);
  }
}
