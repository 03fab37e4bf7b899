/** End-to-end encryption between devices, and of attachments. What it does byte by byte is in README.md here. */

export { ANSWERED_MAX, ARCHIVED_MAX } from "./sessions.js";
export { SKIPPED_AT_ONCE_MAX, SKIPPED_KEPT_MAX } from "./ratchet.js";
export { DamagedAttachment, NoDevice, NoSession, PlaintextTooLong, type Reason, UnreadableMessage } from "./errors.js";
export { PLAINTEXT_BYTES_MAX, RatchetCrypto } from "./ratchet-crypto.js";
export {
  type AttachmentKey,
  type ByteSource,
  decryptAttachment,
  encryptAttachment,
  openAttachment,
  sealedSize,
} from "./attachments.js";
export { safetyNumber } from "./fingerprint.js";
