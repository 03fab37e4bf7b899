//! Requests and resources of the REST interface, shared by server and client.
//!
//! A request says with `garde` which rules its fields keep; breaking one is 422
//! `VALIDATION_ERROR`. Enum words, times and base64 are checked while parsing and count as rules
//! too; everything else that does not parse is 400 `BAD_REQUEST`.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "garde prescribes the signatures of custom rules"
)]

pub mod accounts;
pub mod auth;
pub mod bans;
pub mod broadcasts;
pub mod calls;
pub mod control;
pub mod conversations;
pub mod edits;
pub mod invites;
mod key_form;
pub mod keys;
pub mod messages;
pub mod people;
pub mod pins;
pub mod polls;
pub mod pq_keys;
pub mod presence;
pub mod push;
pub mod reactions;
pub mod receipts;
pub mod server;
pub mod settings;
pub mod sync;
pub mod uploads;

use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::text;

/// The answer to a request that succeeded.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    /// True if this is the original answer to an earlier, equal request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// The answer, `null` if there is nothing to say.
    pub data: T,
}

/// The answer to a request that failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// Always false.
    pub success: bool,
    /// A sentence for people.
    pub error: String,
    /// What went wrong, as a client tells cases apart.
    pub code: String,
    /// The request's id, as in the header `X-Request-ID`.
    pub request_id: String,
    /// What exactly, where the code has something to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub details: Option<serde_json::Value>,
}

/// One broken rule in `details` of a `VALIDATION_ERROR`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the field in the request.
    pub field: String,
    /// The rule, in words.
    pub reason: String,
}

/// A page number and size in a query string.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct PageQuery {
    /// From 1; 1 if absent.
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Reads a field so that absent, `null` and present differ: PUT merges, `null` clears.
pub fn merge<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The rule of names of so many characters, for a field that is a text or holds one.
pub(crate) fn named<C>(characters: usize) -> impl Fn(&str, &C) -> garde::Result {
    move |name, _| text::check_name(name, characters)
}

/// The rule of texts that programs compare and nobody reads: no control characters. `PostgreSQL`
/// cannot store NUL, and the others have no use in them.
pub(crate) fn check_plain<C>(text: &str, _: &C) -> garde::Result {
    if text.chars().any(char::is_control) {
        Err(garde::Error::new("must not contain control characters"))
    } else {
        Ok(())
    }
}
