//! The use cases: what a caller can do, whichever door it came through.
//!
//! Each function checks every id against its caller, does one thing, and answers a value of the
//! protocol or an [`ApiError`].

mod accounts;
mod broadcasts;
mod caller;
mod calls;
mod context;
mod conversations;
mod idempotency;
mod janitor;
mod keys;
mod messages;
mod paging;
mod parse;
mod people;
pub mod rate_limits;
mod settings;
mod shares;
mod sockets;
#[cfg(test)]
mod swallower;
mod sync;
mod unread;
mod uploads;

pub use accounts::{
    AccessToken, AccessTokens, AccountService, Admission, Confirmation, Mail, MailError, SetupError,
};
pub use broadcasts::BroadcastService;
pub use caller::Caller;
pub use calls::CallService;
pub use conversations::{ConversationService, Joined, Opened};
pub use idempotency::{Claim, IdempotencyService, Turn, request_hash};
pub use keys::KeyService;
pub use messages::{MessageService, Prepared};
pub use parse::{broken_rules, check_json, parse_json, parse_json_as, refusal};
pub use people::PeopleService;
pub use sentinal_actors::bus::BusSettings;
pub use sentinal_actors::error::ApiError;
pub use sentinal_actors::journal::Duplicate;
pub use sentinal_actors::push::{PushSettings, VapidSettings, WebhookSettings};
pub use sentinal_actors::secret::Secret;
pub use sentinal_store::{ReceiptKind, Stored};
pub use settings::{
    CallSettings, FilePlace, FileSettings, Mode, OtherPlace, Quota, RateLimitSettings,
    RegistrationEmail, S3Settings, Settings, Verify,
};
pub use sockets::SocketService;
pub use sync::SyncService;
pub use uploads::{BodyError, OpenFile, Receive, Received, UploadService};

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sentinal_actors::connects::Connects;
use sentinal_actors::directory::Directory;
use sentinal_actors::live::{Live, StartError};
use sentinal_actors::node::Node;
use sentinal_actors::presence::Presence;
use sentinal_actors::push::Push;
use sentinal_protocol::Clock;
use sentinal_store::{Store, StoreError};
use tokio::sync::Semaphore;

use self::accounts::Auth;
use self::context::Context;
use self::idempotency::RunningKeys;
use self::janitor::Janitor;
use self::rate_limits::RateLimits;
use self::uploads::files::Files;

/// Pages of the log that are read at once, over all sockets: bounds their memory to 2 MiB and
/// leaves connections of the pool to everybody else.
const CATCH_UPS_AT_ONCE: usize = 8;

/// How long the database may take to show that it lives.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

/// The use cases of a node, by subject. Cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Services>);

/// The services behind an [`App`].
pub struct Services {
    /// Accounts and their devices.
    pub accounts: AccountService,
    /// What people are to each other.
    pub people: PeopleService,
    /// Conversations and who takes part in them.
    pub conversations: ConversationService,
    /// Messages and what is done to them.
    pub messages: MessageService,
    /// Calls, as callers see and steer them.
    pub calls: CallService,
    /// Keys of devices.
    pub keys: KeyService,
    /// Uploaded files.
    pub uploads: UploadService,
    /// Lists of people who are written to one by one.
    pub broadcasts: BroadcastService,
    /// What a device asks for when it comes back.
    pub sync: SyncService,
    /// Requests that carry a key of their own.
    pub idempotency: IdempotencyService,
    /// What sessions ask for on behalf of their clients.
    pub sockets: SocketService,
    /// Who may do how much.
    pub limits: Arc<RateLimits>,
    /// The actors of this node.
    pub live: Live,
    /// Of whoever reads a page of the log for a socket.
    pub catch_up_permits: Semaphore,
    context: Context,
    /// Of whoever tries whether the database takes writes again.
    write_probe: Semaphore,
    janitor: Janitor,
}

impl Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl App {
    /// The use cases over an open database whose migrations have run, with the actors that they
    /// need. Must be called within an actix system.
    pub async fn start(settings: Settings, store: Store, clock: Clock) -> Result<Self, SetupError> {
        let auth = Arc::new(Auth::new(&settings, &store, &clock)?);
        let files = Files::open(&settings.files.place)?;
        if store.is_shared() {
            files
                .check_marker(&store, settings.files.other_place, clock.now())
                .await?;
        }
        let recheck = |node: &Node| messages::recheck(node.store.clone(), node.rosters.clone());
        let logins = auth.clone();
        let revoked = Arc::new(move |user_id| logins.logins.forget(user_id));
        let bus = settings.bus.as_ref();
        let live = Live::start(store, clock, &settings.push, bus, recheck, revoked);
        let live = live.await.map_err(|error| match error {
            StartError::Push(error) => SetupError::Push(error),
            StartError::Calls(error) => SetupError::Calls(error),
        })?;
        let context = Context::new(&live, settings);
        let of = || context.clone();
        let uploads = UploadService {
            context: of(),
            files,
        };
        let accounts = AccountService {
            context: of(),
            auth,
            uploads: uploads.clone(),
        };
        let messages = MessageService { context: of() };
        let people = PeopleService {
            context: of(),
            accounts: accounts.clone(),
        };
        let conversations = ConversationService { context: of() };
        let calls = CallService { context: of() };
        let app = Self(Arc::new(Services {
            keys: KeyService { context: of() },
            broadcasts: BroadcastService {
                context: of(),
                messages: messages.clone(),
            },
            sync: SyncService {
                context: of(),
                accounts: accounts.clone(),
                people: people.clone(),
                conversations: conversations.clone(),
                calls: calls.clone(),
            },
            idempotency: IdempotencyService {
                context: of(),
                running_keys: RunningKeys::default(),
            },
            sockets: SocketService { context: of() },
            limits: context.limits.clone(),
            catch_up_permits: Semaphore::new(CATCH_UPS_AT_ONCE),
            write_probe: Semaphore::new(1),
            janitor: Janitor::default(),
            accounts,
            people,
            conversations,
            messages,
            calls,
            uploads,
            live,
            context,
        }));
        app.janitor.start(app.clone());
        Ok(app)
    }

    /// Which of the actors that a node cannot do without has ended, if any has
    /// ([`Live::ended_actor`]).
    pub fn ended_actor(&self) -> Option<&'static str> {
        let ended = self.live.ended_actor();
        ended.or_else(|| (!self.janitor.is_alive()).then_some("janitor"))
    }

    /// Says goodbye to all sockets and writes down what is written behind. Afterwards the store
    /// may be closed.
    pub async fn drain(&self) {
        // Mail goes out meanwhile.
        tokio::join!(self.live.drain(), self.accounts.auth.mails.close());
        tokio::join!(self.live.stop(), self.janitor.stop());
        Janitor::release(&self.context).await;
        if let Err(error) = self.accounts.flush_seen().await {
            tracing::warn!(%error, "drain: when logins were last in use was not written");
        }
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// The clock that everything reads.
    pub fn clock(&self) -> &Clock {
        &self.context.clock
    }

    /// Who is where on this node.
    pub fn directory(&self) -> &Directory {
        &self.context.directory
    }

    /// Who may connect now.
    pub fn connects(&self) -> &Connects {
        &self.live.connects
    }

    /// Who is here, as others may hear of it.
    pub fn presence(&self) -> &Presence {
        &self.context.presence
    }

    /// Whether the database answers, within a time that a load balancer can wait.
    pub async fn check_reads(&self) -> Result<(), ApiError> {
        if !self.live.journal.is_alive() {
            return Err(ApiError::unhealthy());
        }
        within_health_deadline(self.context.store.ping()).await
    }

    /// Whether changes can be committed, too. After a failure that is found out by a write of its own,
    /// one at a time however often it is asked.
    pub async fn check_health(&self) -> Result<(), ApiError> {
        self.check_reads().await?;
        if !self.context.store.writes_fail() {
            return Ok(());
        }
        let Ok(_permit) = self.write_probe.try_acquire() else {
            return Err(ApiError::unhealthy());
        };
        within_health_deadline(self.context.store.probe_write()).await
    }

    /// Statements that the database was asked to run since the start: for metrics, and for tests
    /// that a list takes as many as it always does.
    pub fn statements(&self) -> u64 {
        self.context.store.statements()
    }

    /// Changes of conversations that wait to be committed.
    pub fn waiting_changes(&self) -> usize {
        self.live.journal.waiting()
    }

    /// Moves of receipt cursors that somebody waits for.
    pub fn waiting_marks(&self) -> usize {
        self.live.receipts.waiting()
    }

    /// Other processes that share the database and live, as far as is known.
    pub fn other_nodes(&self) -> usize {
        self.live.calls.other_nodes().len()
    }

    /// Waking devices without a live socket.
    pub fn push(&self) -> &Push {
        &self.context.push
    }

    /// What browsers are given as `applicationServerKey`; `None` where Web Push is not configured.
    pub fn vapid_public_key(&self) -> Option<&str> {
        self.live.push.vapid_public_key()
    }

    /// Live actors: those of [`Live::count`], and the janitor.
    pub fn live_actors(&self) -> usize {
        self.live.count() + 1
    }
}

async fn within_health_deadline(
    check: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), ApiError> {
    match tokio::time::timeout(HEALTH_DEADLINE, check).await {
        Ok(outcome) => outcome.map_err(|error| ApiError::unhealthy().with_source(error)),
        Err(_) => Err(ApiError::unhealthy()),
    }
}
