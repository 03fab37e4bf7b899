//! The use cases: what a caller can do, whichever door it came through.
//!
//! Each function checks every id against its caller, does one thing, and answers a value of the
//! protocol or an [`ApiError`].

mod auth;
mod caller;
mod contacts;
mod conversations;
mod devices;
mod error;
mod keys;
mod mail;
mod messages;
mod passwords;
mod rate_limits;
mod receipts;
mod tokens;

pub use caller::Caller;
pub use error::ApiError;

use sentinal_protocol::Clock;
use sentinal_store::Store;

use crate::journal::Journal;

/// Everything the use cases need. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
}
