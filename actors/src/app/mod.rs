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
mod history;
mod keys;
mod logins;
mod mail;
mod messages;
mod paging;
mod participants;
mod passwords;
mod rate_limits;
mod receipts;
mod resets;
mod settings;
mod tokens;

pub use auth::SetupError;
pub use caller::Caller;
pub use conversations::Opened;
pub use error::ApiError;
pub use logins::Revocation;
pub use mail::{Mail, MailError};
pub use participants::Joined;
pub use settings::{Mode, Quota, RateLimitSettings, Secret, Settings, Verify};

use std::sync::Arc;
use std::time::Duration;

use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Clock, UserId};
use sentinal_store::Store;
use serde_json::{Map, Value};

use self::auth::Auth;
use crate::journal::Journal;

/// How long the database may take to show that it lives.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

/// Everything the use cases need. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) settings: Arc<Settings>,
    pub(crate) auth: Arc<Auth>,
}

impl App {
    /// The use cases over an open database whose migrations have run. Must be called within a tokio
    /// runtime, on which mail will be sent.
    pub fn new(settings: Settings, store: Store, clock: Clock) -> Result<Self, SetupError> {
        Ok(Self {
            auth: Arc::new(Auth::new(&settings, &store, &clock)?),
            journal: Journal::new(store.clone()),
            store,
            clock,
            settings: Arc::new(settings),
        })
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The clock that everything reads.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the database answers, within a time that a load balancer can wait.
    pub async fn check_health(&self) -> Result<(), ApiError> {
        match tokio::time::timeout(HEALTH_DEADLINE, self.store.ping()).await {
            Ok(outcome) => outcome.map_err(|error| ApiError::unhealthy().with_source(error)),
            Err(_) => Err(ApiError::unhealthy()),
        }
    }

    /// Live actors.
    pub fn live_actors(&self) -> usize {
        0
    }

    /// Says goodbye to all sockets and writes down what is written behind. Afterwards the store
    /// may be closed.
    pub async fn drain(&self) {
        self.auth.resets.close().await;
    }

    /// Closes the sockets that a revocation concerns, on every node.
    pub(crate) fn close_sockets(&self, user_id: UserId, revocation: &Revocation) {
        tracing::debug!(%user_id, ?revocation, "revoked");
    }

    /// Tells a user's own sockets what happened to the account.
    pub(crate) fn account_event(
        &self,
        user_id: UserId,
        kind: EventKind,
        fields: Map<String, Value>,
    ) {
        tracing::debug!(%user_id, kind = kind.as_str(), fields = fields.len(), "account event");
    }
}
