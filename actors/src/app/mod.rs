//! The use cases: what a caller can do, whichever door it came through.
//!
//! Each function checks every id against its caller, does one thing, and answers a value of the
//! protocol or an [`ApiError`].

mod auth;
mod broadcasts;
mod caller;
mod calls;
mod contacts;
mod conversation_settings;
mod conversations;
mod deletions;
mod device_set;
mod devices;
mod edits;
mod erasure;
mod error;
mod expiry;
mod history;
mod idempotency;
mod invites;
mod keys;
mod live;
mod logins;
mod mail;
mod messages;
mod own_state;
mod paging;
mod parse;
mod participants;
mod passwords;
mod people;
mod pins;
mod polls;
mod presence;
mod push_tokens;
pub mod rate_limits;
mod reactions;
mod receipts;
mod resets;
mod settings;
mod sync;
mod tokens;
mod uploads;

pub use auth::SetupError;
pub use caller::Caller;
pub use conversations::Opened;
pub use error::ApiError;
pub use idempotency::{Claim, Turn, request_hash};
pub use logins::Revocation;
pub use mail::{Mail, MailError};
pub use parse::{broken_rules, parse_json, parse_json_unvalidated, refusal};
pub use participants::Joined;
pub use settings::{
    CallSettings, FilePlace, FileSettings, Mode, PushSettings, Quota, RateLimitSettings,
    S3Settings, Secret, Settings, VapidSettings, Verify, WebhookSettings,
};
pub use uploads::{BodyError, OpenFile, Receive, Received};

pub use sentinal_store::{ReceiptKind, Stored};

pub(crate) use calls::{NewCallRequest, call_resource, participant_resource};
pub(crate) use messages::Prepared;
pub(crate) use receipts::counts_receipts;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::{Actor as _, Addr};
use sentinal_protocol::Clock;
use sentinal_store::Store;
use tokio::sync::Semaphore;

use self::auth::Auth;
use self::calls::Calls;
use self::rate_limits::RateLimits;
use crate::cursors::Cursors;
use crate::directory::Directory;
use crate::files::Files;
use crate::journal::Journal;
use crate::presence::Presence;
use crate::push::Push;
use crate::registry::Registry;
use crate::rosters::Rosters;

/// Pages of the log that are read at once, over all sockets: bounds their memory to 2 MiB and
/// leaves connections of the pool to everybody else.
const CATCH_UPS_AT_ONCE: usize = 8;

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
    pub(crate) directory: Directory,
    pub(crate) rosters: Rosters,
    pub(crate) cursors: Cursors,
    pub(crate) files: Files,
    pub(crate) calls: Calls,
    pub(crate) catch_up_permits: Arc<Semaphore>,
    pub(crate) presence: Presence,
    pub(crate) push: Push,
    registry: Arc<OnceLock<Addr<Registry>>>,
    /// Who may do how much.
    pub limits: Arc<RateLimits>,
}

impl App {
    /// The use cases over an open database whose migrations have run, with the actors that they
    /// need. Must be called within an actix system.
    pub async fn start(settings: Settings, store: Store, clock: Clock) -> Result<Self, SetupError> {
        let auth = Arc::new(Auth::new(&settings, &store, &clock)?);
        let files = Files::open(&settings.files.place)?;
        let push = Push::new(&settings.push)?;
        let app = Journal::start(|journal| Self {
            rosters: Rosters::new(store.clone()),
            limits: Arc::new(RateLimits::new(&settings.rate_limits, &clock)),
            calls: Calls::new(store.clone(), clock.now()),
            store,
            clock,
            journal,
            settings: Arc::new(settings),
            auth,
            directory: Directory::default(),
            cursors: Cursors::default(),
            files,
            catch_up_permits: Arc::new(Semaphore::new(CATCH_UPS_AT_ONCE)),
            presence: Presence::default(),
            push,
            registry: Arc::default(),
        })
        .await
        .ok_or(SetupError::Journal)?;
        // Before anybody can ask for them.
        let remembered = app.remember_recent_calls().await;
        remembered.map_err(SetupError::Calls)?;
        app.end_lost_calls().await.map_err(SetupError::Calls)?;
        let registry = app.clone();
        app.registry.get_or_init(|| Registry::new(registry).start());
        app.presence.start(app.clone());
        app.push.start(app.clone());
        Ok(app)
    }

    /// Which of the actors that a node cannot do without has ended, if any has. actix does not
    /// restart an actor that panicked, and its callers only see messages vanish: whoever runs the
    /// node looks from time to time and ends the process, so that its clients come back to a
    /// whole one.
    pub fn ended_actor(&self) -> Option<&'static str> {
        let registry = self.registry.get();
        let hubs = self.directory.workers();
        if !self.journal.is_alive() {
            Some("journal")
        } else if !registry.is_some_and(Addr::connected) {
            Some("registry")
        } else if !self.presence.is_alive() {
            Some("presence")
        } else if !self.push.is_alive() {
            Some("push")
        } else if hubs.iter().any(|(_, worker)| !worker.hub.connected()) {
            Some("hub")
        } else {
            None
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

    /// Who is where on this node.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Who is here, as others may hear of it.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Whether the database answers, within a time that a load balancer can wait, and changes can
    /// be committed.
    pub async fn check_health(&self) -> Result<(), ApiError> {
        if !self.journal.is_alive() {
            return Err(ApiError::unhealthy());
        }
        match tokio::time::timeout(HEALTH_DEADLINE, self.store.ping()).await {
            Ok(outcome) => outcome.map_err(|error| ApiError::unhealthy().with_source(error)),
            Err(_) => Err(ApiError::unhealthy()),
        }
    }

    /// Statements that the database was asked to run since the start: for metrics, and for tests
    /// that a list takes as many as it always does.
    pub fn statements(&self) -> u64 {
        self.store.statements()
    }

    /// Changes of conversations that wait to be committed.
    pub fn waiting_changes(&self) -> usize {
        self.journal.waiting()
    }

    /// Waking devices without a live socket.
    pub fn push(&self) -> &Push {
        &self.push
    }

    /// What browsers are given as `applicationServerKey`; `None` where Web Push is not configured.
    pub fn vapid_public_key(&self) -> Option<&str> {
        self.push.vapid_public_key()
    }

    /// Live actors: sessions, rooms, calls, hubs, the journal, the registry, presence, and push if any
    /// way to send is configured.
    pub fn live_actors(&self) -> usize {
        let directory = &self.directory;
        directory.sockets()
            + directory.rooms_running()
            + directory.calls_running()
            + directory.workers().len()
            + 3
            + usize::from(self.push.is_configured())
    }
}
