//! The API document (OpenAPI 3.1), made from the routes.
//!
//! Nobody writes it and nothing in it is written twice. Paths and methods are the routers'; what
//! an operation takes and answers are the types of its handler ([`arguments`]); its summary, its
//! refusals and their reasons are the comment above its handler ([`head`]); what every operation
//! with a body, or a caller, can answer is said once ([`refusals`]). Attributes on each handler, as
//! utoipa offers them, would say types and statuses a second time, and drift.

mod arguments;
mod document;
mod examples;
mod head;
mod refusals;
mod texts;

pub(crate) use arguments::{Argument, Arguments, Described, Output};
pub(super) use document::widen;

use std::sync::OnceLock;

use bytes::Bytes;

use super::operations;

/// The document as JSON. It depends on nothing but the program, so that it is made once.
pub fn json() -> Bytes {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    JSON.get_or_init(|| {
        let document = document::of(&operations());
        // Our own plain structures always serialise.
        serde_json::to_vec(&document).unwrap_or_default().into()
    })
    .clone()
}
