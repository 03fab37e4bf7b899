//! What events and frames look like, for documents: whose values they show.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use crate::{CallId, ConversationId, LoginSessionId, MessageId, Timestamp, UploadId, UserId};

/// Something that shows what it looks like.
pub trait Example {
    /// What it looks like.
    fn example() -> Self;
}

/// An example, written as the struct's own literal.
macro_rules! example {
    ($name:ident $example:tt) => {
        impl Example for $name {
            fn example() -> Self {
                Self $example
            }
        }
    };
}
pub(crate) use example;

/// 2026-01-02T03:04:05.678Z.
pub(crate) const AT: Timestamp = Timestamp(1_767_323_045_678);
/// A minute later.
pub(crate) const LATER: Timestamp = Timestamp(1_767_323_105_678);
pub(crate) const ALICE: UserId = UserId(uuid(1));
pub(crate) const BOB: UserId = UserId(uuid(2));
pub(crate) const CHAT: ConversationId = ConversationId(uuid(3));
pub(crate) const MESSAGE: MessageId = MessageId(uuid(4));
pub(crate) const CALL: CallId = CallId(uuid(5));
pub(crate) const SESSION: LoginSessionId = LoginSessionId(uuid(6));
pub(crate) const PHOTO: UploadId = UploadId(uuid(7));
/// A device of Alice's.
pub(crate) const PHONE: &str = "alice-phone";
/// A device of Bob's.
pub(crate) const TABLET: &str = "bob-tablet";

pub(crate) const fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x0194_1f29_7c07_7b1a_9d5e_0000_0000_0000 + number)
}

/// JSON as it was sent.
pub(crate) fn raw(value: &impl Serialize) -> Box<RawValue> {
    // Plain values always serialise.
    to_raw_value(value).unwrap_or_default()
}
