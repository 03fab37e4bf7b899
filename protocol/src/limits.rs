//! Sizes and counts that both sides keep to. Defaults; a server's own are at `GET /v1/server`.

/// Body of an ordinary JSON request, bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Body of a send, an edit or a broadcast, bytes.
pub const SEND_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// One ciphertext after base64 decoding, bytes.
pub const CIPHERTEXT_BYTES_MAX: usize = 96 * 1024;
/// The JSON text of one message header, bytes.
pub const HEADER_BYTES_MAX: usize = 4 * 1024;
/// Entries of `ciphertexts` in one message.
pub const CIPHERTEXTS_MAX: usize = 5_000;
/// Active devices of one user.
pub const DEVICES_MAX: usize = 16;
/// Days after which a device that was not seen leaves the device sets.
pub const DEVICE_DORMANT_DAYS: u64 = 90;
/// Participants of a group.
pub const GROUP_MEMBERS_MAX: usize = 1_024;
/// People who are banned from one group.
pub const BANS_MAX: usize = 1_024;
/// Devices that a refusal for another device set names in each of its lists: 32 KiB.
pub const ROSTER_DIFFERENCE_MAX: usize = 256;
/// Conversations that a user takes part in, unless the server is told otherwise. DMs that others opened and in
/// which the user has never written do not count.
pub const CONVERSATIONS_MAX: u64 = 5_000;
/// One-time prekeys in one upload.
pub const PREKEYS_PER_UPLOAD_MAX: usize = 100;
/// One-time prekeys stored for one device.
pub const PREKEYS_STORED_MAX: usize = 200;
/// Below this many one-time prekeys their owner gets `prekeys:low`.
pub const PREKEYS_LOW: u64 = 10;
/// Live sockets of one user.
pub const SOCKETS_PER_USER_MAX: usize = 10;
/// Body of a WebSocket text frame that is still answered with an error, bytes.
pub const FRAME_BYTES_MAX: usize = 512 * 1024;
/// Declared length of a WebSocket frame, or sum of its fragments, past which the socket is closed.
pub const FRAME_BYTES_HARD_MAX: usize = 1024 * 1024;
/// Length of a frame before a socket has authenticated, bytes.
pub const FRAME_BYTES_UNAUTHENTICATED_MAX: usize = 8 * 1024;
/// Fragments of one message.
pub const FRAGMENTS_MAX: usize = 64;
/// Time that a frame, or a message in fragments, may take to be complete, seconds; and a second more
/// for each [`FRAME_BYTES_PER_SECOND_MIN`] of it.
pub const FRAME_SECONDS_MAX: u64 = 10;
/// See [`FRAME_SECONDS_MAX`], bytes.
pub const FRAME_BYTES_PER_SECOND_MIN: usize = 16 * 1024;
/// Requests of one socket that may be unanswered.
pub const IN_FLIGHT_MAX: usize = 64;
/// One uploaded file, bytes.
pub const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// All files of one user, bytes.
pub const UPLOAD_QUOTA_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// What a file counts at least towards the quota, bytes: rows and objects cost as well.
pub const UPLOAD_COUNTED_BYTES_MIN: u64 = 64 * 1024;
/// Recipients of one broadcast list, and users in one bulk request.
pub const BROADCAST_RECIPIENTS_MAX: usize = 1_024;
/// Items per page, at most.
pub const PAGE_MAX: u64 = 100;
/// Items per page unless asked for otherwise.
pub const PAGE_DEFAULT: u64 = 20;
/// Messages per page of history unless asked for otherwise.
pub const HISTORY_PAGE_DEFAULT: u64 = 50;
/// Seconds between the server's pings.
pub const HEARTBEAT_SECONDS: u64 = 25;
/// Seconds of silence after which a socket is closed.
pub const SILENCE_SECONDS_MAX: u64 = 60;
/// Seconds that a socket has for its first `auth` frame.
pub const AUTH_SECONDS_MAX: u64 = 10;
/// Groups above this size have no typing events and no receipt events, only cursors.
pub const CHATTY_GROUP_MAX: usize = 100;
/// Uploads that one message may carry.
pub const ATTACHMENTS_MAX: usize = 32;
/// Length of a reaction, bytes: room for the longest emoji sequences.
pub const REACTION_BYTES_MAX: usize = 64;
/// Reactions of one user to one message.
pub const REACTIONS_PER_USER_MAX: usize = 20;
/// Different reactions that a message is shown with, the most frequent ones. A group of 1,024 could
/// leave 20,480, and a page shows up to 100 messages.
pub const REACTIONS_SHOWN_MAX: usize = 64;
/// Options of one poll.
pub const POLL_OPTIONS_MAX: usize = 64;
/// `data` of one call signal, bytes of its JSON text.
pub const SIGNAL_BYTES_MAX: usize = 64 * 1024;
/// People in one call: each device sends to every other one.
pub const CALL_PARTICIPANTS_MAX: usize = 8;
/// Quality figures of one user in one call: one every 10 s for as long as a call lasts, 12 h.
pub const CALL_QUALITY_MAX: usize = 4_320;
/// Days that quality figures are kept.
pub const CALL_QUALITY_DAYS: u64 = 90;
/// Call signals that a socket may send per minute.
pub const SIGNALS_PER_MINUTE: u16 = 300;
/// Pinned messages of one conversation.
pub const PINS_MAX: usize = 100;
/// Users whose presence one request may ask for.
pub const USERS_NAMED_MAX: usize = 100;
