//! The tables as sea-orm models, one file each.
//!
//! Only the store uses them. Times are `i64` milliseconds since 1970 UTC, ids are plain UUIDs here; the
//! store turns both into the protocol's own types. `type` is a column named `kind` in code.

#![allow(missing_docs, reason = "derives add items without documentation")]

pub mod blocks;
pub mod broadcast_recipients;
pub mod broadcasts;
pub mod call_participants;
pub mod call_quality;
pub mod calls;
pub mod contacts;
pub mod conversation_bans;
pub mod conversation_changes;
pub mod conversation_heads;
pub mod conversations;
pub mod device_cursors;
pub mod device_remains;
pub mod devices;
pub mod email_undos;
pub mod erased_conversations;
pub mod erased_devices;
pub mod erasures;
pub mod hidden_messages;
pub mod idempotency_keys;
pub mod identity_keys;
pub mod key_backups;
pub mod login_sessions;
pub mod message_ciphertexts;
pub mod messages;
pub mod nodes;
pub mod one_time_prekeys;
pub mod participant_intervals;
pub mod participants;
pub mod password_reset_tokens;
pub mod pins;
pub mod poll_votes;
pub mod polls;
pub mod pq_prekeys;
pub mod prekey_takes;
pub mod push_tokens;
pub mod reactions;
pub mod reserved_sequences;
pub mod restores;
pub mod roster_pending;
pub mod signed_prekeys;
pub mod skipped_sequences;
pub mod stars;
pub mod taken_prekeys;
pub mod upload_blocks;
pub mod uploads;
pub mod user_settings;
pub mod users;
pub mod ws_tickets;
