/** A client of a Sentinal Chat server for browsers and Node. Start with {@link Client}; README.md has a tour. */

export { Client, type ClientOptions } from "./client.js";
export type { Chat, ClientEvents, Handler, Login, OwnEvents } from "./chat.js";
export type * from "./types.js";
export { ApiError, Closed, IdentityChanged, NetworkError, NotSignedIn, isTemporary } from "./errors.js";
export { forgetConversation, forgetMessage } from "./forget.js";
export { MemoryStore } from "./memory-store.js";
export { IndexedDbStore } from "./indexeddb-store.js";
export type { Range, Reader, Store, Table, Transaction } from "./store.js";
export type * from "./crypto.js";
export { InvalidBundle, Undecryptable, addressKey, context } from "./crypto.js";
export { CallSession, type CallState, Calls } from "./calls.js";
export type { UploadOptions, UploadedFile } from "./uploads.js";
export type { Call, ClientFrame, Conversation, DataOf, Participant, Schemas, ServerEvent, User, paths } from "./wire.js";
export { fromBase64, fromUtf8, randomId, toBase64, toUtf8 } from "./encoding.js";
