//! What an operation can answer because of what it takes, whatever it does.

use sentinal_protocol::ErrorCode;

use super::arguments::Described;
use crate::http::routes::{Flag, Flags};

/// A refusal and its reason.
pub(super) type Refusal = (ErrorCode, &'static str);

/// Everybody's.
const ALWAYS: [Refusal; 3] = [
    (ErrorCode::UriTooLong, "the URL is longer than 8 KiB"),
    (ErrorCode::Internal, "a fault of the server"),
    (ErrorCode::Unhealthy, "the service cannot work now"),
];

/// Of operations with a caller.
const AUTHENTICATED: [Refusal; 3] = [
    (ErrorCode::Unauthorized, "no usable access token"),
    (ErrorCode::RateLimitExceeded, "too many requests"),
    (ErrorCode::Overloaded, "too much at once"),
];

/// Of operations that need more of an account than being there.
const PROVED: [Refusal; 1] = [(
    ErrorCode::EmailUnverified,
    "the account's e-mail address is to be proved first",
)];

/// Of operations that change something.
const CHANGING: [Refusal; 1] = [(
    ErrorCode::Unsettled,
    "the outcome is not known yet: ask again with the same key",
)];

/// Of operations with variable segments or a query.
const ADDRESSED: [Refusal; 1] = [(ErrorCode::BadRequest, "an id or a value cannot be parsed")];

/// Of operations with a query.
const ASKED: [Refusal; 1] = [(ErrorCode::Validation, "a value breaks its rule")];

/// Of operations with a body.
const WITH_BODY: [Refusal; 5] = [
    (ErrorCode::BadRequest, "the body cannot be parsed"),
    (ErrorCode::RequestTimeout, "the body took longer than 10 s"),
    (
        ErrorCode::PayloadTooLarge,
        "the body is larger than allowed",
    ),
    (ErrorCode::UnsupportedMediaType, "the body is not JSON"),
    (ErrorCode::Validation, "a field breaks its rule"),
];

/// Of operations whose answers are kept under an idempotency key.
const REMEMBERED: [Refusal; 7] = [
    (ErrorCode::BadRequest, "the body did not arrive whole"),
    (ErrorCode::RequestTimeout, "the body took longer than 10 s"),
    (
        ErrorCode::IdempotencyConflict,
        "the key was used for another request",
    ),
    (
        ErrorCode::PayloadTooLarge,
        "the body is larger than allowed",
    ),
    (ErrorCode::UnsupportedMediaType, "the body is not JSON"),
    (
        ErrorCode::Validation,
        "the key is not 1 to 128 visible characters",
    ),
    (ErrorCode::Unsettled, "an equal request is still at work"),
];

/// Those that follow from what an operation is, without those that its own head lists.
pub(super) fn implied(
    described: &Described,
    flags: Flags,
    changes: bool,
    remembered: bool,
) -> Vec<Refusal> {
    let is_proved = described.authenticated && !flags.has(Flag::Unproved);
    let groups: [(bool, &[Refusal]); 8] = [
        (true, &ALWAYS),
        (described.authenticated, &AUTHENTICATED),
        (is_proved, &PROVED),
        (changes, &CHANGING),
        (
            !described.segments.is_empty() || described.query.is_some(),
            &ADDRESSED,
        ),
        (described.query.is_some(), &ASKED),
        (described.body.is_some(), &WITH_BODY),
        (remembered, &REMEMBERED),
    ];
    let mut refusals: Vec<Refusal> = Vec::new();
    for (_, group) in groups.into_iter().filter(|(applies, _)| *applies) {
        for refusal in group {
            if !refusals.iter().any(|(code, _)| *code == refusal.0) {
                refusals.push(*refusal);
            }
        }
    }
    refusals
}
