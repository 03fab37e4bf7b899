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
mod settings;
mod tokens;

pub use caller::Caller;
pub use error::ApiError;
pub use settings::{Mode, Quota, RateLimitSettings, Secret, Settings, Verify};

use std::sync::Arc;

use sentinal_protocol::Clock;
use sentinal_store::Store;

use crate::journal::Journal;

/// Everything the use cases need. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) settings: Arc<Settings>,
}

impl App {
    /// The use cases over an open database whose migrations have run.
    pub fn new(settings: Settings, store: Store, clock: Clock) -> Self {
        Self {
            journal: Journal::new(store.clone()),
            store,
            clock,
            settings: Arc::new(settings),
        }
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The clock that everything reads.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Says goodbye to all sockets and writes down what is written behind. Afterwards the store
    /// may be closed.
    pub async fn drain(&self) {}
}
