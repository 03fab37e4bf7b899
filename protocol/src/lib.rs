//! The vocabulary of the wire: ids, enums, limits, requests and resources, client and server
//! events, close codes, error codes.
//!
//! Everything a client and the server both have to know is here and nothing else is: no I/O, no
//! database, no actors. [`event`] has the one table of events, and [`frame`] that of what clients say;
//! documentation and tests are made from them.

pub mod api;
pub mod bytes;
pub mod close;
pub mod code;
pub mod enums;
pub mod event;
mod example;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod opaque;
pub mod schema;
pub mod text;
pub mod time;

pub use bytes::Base64;
pub use close::CloseCode;
pub use code::ErrorCode;
pub use enums::{
    Availability, CallDecline, CallEndReason, CallParticipantStatus, CallStatus, CallType,
    ConversationType, DeleteFor, MessageType, Permission, PresenceStatus, PushPlatform, Role,
    SkipReason, Theme, UploadStatus, Visibility,
};
pub use ids::{
    BroadcastId, CallId, ConversationId, DeviceId, LoginSessionId, MessageId, UploadId, UserId,
};
pub use time::{Clock, Timeline, Timestamp};
