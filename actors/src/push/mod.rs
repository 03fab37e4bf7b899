//! The push actor: waking devices that have no live socket.
//!
//! - **State** — news whose audience is not known yet, and [`Pending`]: what waits to be sent.
//!   Nothing durable: a push that is lost with the node was a hint, its message is in the log.
//! - **Messages in** — [`Wake`] from the journal and from calls, [`Stop`] from a drain.
//! - **Messages out** — none to actors; requests to push services through [`Senders`].
//! - **Lifecycle** — one per node, from start to drain, if any way to send is configured. Without one
//!   nothing is done at all.
//! - **Supervisor** — the process: one that panicked ends it within a second
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)).
//! - **Backpressure** — [`MAILBOX_LEN`] messages and [`NEWS_MAX`] news may wait, past that they are
//!   dropped: nobody who sends waits for this. [`Pending`] bounds what is on its way and what waits
//!   for that; one query at a time, for up to [`BATCH`] conversations.
//! - **Invariants** — a turn does no I/O; nothing about a message leaves but that there is one; no
//!   push is begun for a device of which it was read longer than [`job::FRESH`] ago that it has a live
//!   login: at most what was begun by then comes after a logout. Mutes are looked at with the news
//!   alone: the wake that trails a burst, and another attempt, may come after one.

mod found;
mod job;
mod outside;
mod penalties;
mod pending;
mod senders;
mod settings;
mod tokens;

pub use self::senders::PushError;
pub use self::settings::{PushSettings, VapidSettings, WebhookSettings};

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{ConversationId, DeviceId, PushPlatform, UserId};
use sentinal_store::{ControlMessage, PushTarget, StoredMessage};
use uuid::Uuid;

use self::found::Found;
use self::job::Aim;
use self::outside::Reach;
use self::pending::Pending;
use self::senders::{Outcome, Senders};
use crate::error::ApiError;
use crate::here;
use crate::node::Node;
use crate::stop::{self, STOP_WITHIN, Stop};

/// Messages that may wait.
const MAILBOX_LEN: usize = 4_096;
/// News that may wait for their query.
const NEWS_MAX: usize = 4_096;
/// Conversations, or users, that are asked for together.
const BATCH: usize = 64;
/// Tokens of one page.
const TOKENS_PER_PAGE: usize = 1_000;
/// How often it is looked for what has come due, and for the audience of messages.
const TICK: Duration = Duration::from_millis(100);

/// What happened.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
enum Wake {
    /// A message was committed.
    Message(MessageNews),
    /// A user is called.
    CallIncoming(UserId, Uuid),
    /// A user is not called any more.
    CallCancelled(UserId, Uuid),
}

/// A message, as far as it matters here.
#[derive(Clone, Debug)]
struct MessageNews {
    conversation_id: ConversationId,
    audience: Audience,
}

/// Whom a message wakes.
#[derive(Clone, Debug)]
enum Audience {
    /// The other participants, but for one from whom it is hidden.
    Others {
        sender_id: UserId,
        hidden_from: Option<UserId>,
    },
    /// These devices; they are none from whose user it is hidden.
    Devices(Arc<[DeviceId]>),
}

impl Audience {
    fn includes(&self, target: &PushTarget) -> bool {
        match self {
            Self::Others {
                sender_id,
                hidden_from,
            } => *sender_id != target.user_id && *hidden_from != Some(target.user_id),
            Self::Devices(devices) => devices.contains(&target.device_id),
        }
    }
}

/// The way to the actor. Cloning it is cheap.
#[derive(Clone)]
pub struct Push {
    senders: Option<Arc<Senders>>,
    reach: Reach,
    actor: Arc<OnceLock<Addr<PushActor>>>,
}

impl Push {
    /// As configured.
    pub fn new(settings: &PushSettings) -> Result<Self, PushError> {
        Ok(Self {
            senders: Senders::new(settings)?.map(Arc::new),
            reach: Reach::of(settings),
            actor: Arc::default(),
        })
    }

    /// Starts the actor, if there is any way to send. Called once.
    pub fn start(&self, node: Node) {
        if let Some(senders) = self.senders.clone() {
            let actor = PushActor {
                node,
                senders,
                news: VecDeque::new(),
                calls: VecDeque::new(),
                pending: Pending::default(),
                looking: false,
                refreshed: false,
                awake_elsewhere: HashSet::new(),
                ticking: false,
                stopping: false,
            };
            self.actor.get_or_init(|| actor.start());
        }
    }

    /// What is wrong with a token, if anything is: a sentence about the field that holds it. It does
    /// not depend on who is configured to send.
    pub fn check_token(&self, platform: PushPlatform, token: &str) -> Result<(), &'static str> {
        tokens::check(platform, token, self.reach)
    }

    /// What browsers are given as `applicationServerKey`; `None` without Web Push.
    pub fn vapid_public_key(&self) -> Option<&str> {
        self.senders.as_ref()?.public_key()
    }

    /// Whether there is any way to send.
    pub fn is_configured(&self) -> bool {
        self.senders.is_some()
    }

    /// Ends the actor, before the database is closed. What is known of calls is sent first: a phone
    /// must not ring on because the server goes.
    pub async fn stop(&self) {
        stop::stop("push", self.actor.get()).await;
    }

    /// Whether the actor lives, if there must be one.
    pub fn is_alive(&self) -> bool {
        !self.is_configured() || self.actor.get().is_some_and(Addr::connected)
    }

    /// A message was committed: wakes the devices of those who should see it. Costs nothing where
    /// nothing is configured, and never waits.
    pub fn message(&self, message: &StoredMessage) {
        self.wake(Wake::Message(MessageNews {
            conversation_id: message.conversation_id,
            audience: Audience::Others {
                sender_id: message.sender_id,
                hidden_from: message.hidden_from,
            },
        }));
    }

    /// An urgent control message was committed: wakes the devices that it names. Never waits.
    pub fn control(&self, conversation_id: ConversationId, control: &ControlMessage) {
        let devices = control.bodies.iter().map(|(device_id, _)| *device_id);
        self.wake(Wake::Message(MessageNews {
            conversation_id,
            audience: Audience::Devices(devices.collect()),
        }));
    }

    /// A user is called: wakes their devices that have no live socket. Never waits.
    pub fn call_incoming(&self, user_id: UserId, call_id: Uuid) {
        self.wake(Wake::CallIncoming(user_id, call_id));
    }

    /// A user is not called any more (answered elsewhere, ended, given up): takes back what was not
    /// sent, and has what was sent replaced. Never waits.
    pub fn call_cancelled(&self, user_id: UserId, call_id: Uuid) {
        self.wake(Wake::CallCancelled(user_id, call_id));
    }

    fn wake(&self, wake: Wake) {
        if let Some(actor) = self.actor.get() {
            // A hint: a full mailbox has no place for it.
            let _ = actor.try_send(wake);
        }
    }
}

/// The actor.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one kind of work whether it is under way"
)]
pub struct PushActor {
    node: Node,
    senders: Arc<Senders>,
    news: VecDeque<MessageNews>,
    calls: VecDeque<Wake>,
    pending: Pending,
    looking: bool,
    /// Whether targets were read again since the last tick: not more often, so that the rest has its
    /// turn.
    refreshed: bool,
    /// Devices with a socket on another node, of those that were asked about last.
    awake_elsewhere: HashSet<DeviceId>,
    ticking: bool,
    stopping: bool,
}

impl PushActor {
    fn now(&self) -> Duration {
        self.node.clock.steady()
    }

    fn go_on(&mut self, ctx: &mut Context<Self>) {
        self.look(ctx);
        self.send(ctx);
        if self.stopping && self.calls.is_empty() && !self.looking && !self.pending.is_sending() {
            ctx.stop();
            return;
        }
        let waiting = !self.news.is_empty() || !self.calls.is_empty() || self.pending.is_waiting();
        if waiting && !self.ticking {
            self.ticking = true;
            ctx.run_later(TICK, |actor, ctx| {
                actor.ticking = false;
                if !actor.looking {
                    actor.refreshed = false;
                    actor.look_for_messages(ctx);
                }
                actor.go_on(ctx);
            });
        }
    }

    /// Asks whose tokens are meant: calls at once, messages on the tick, so that a burst is one query.
    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.looking {
            return;
        }
        if self.calls.is_empty() {
            if !self.refreshed {
                self.refreshed = true;
                self.look_again(ctx);
            }
            return;
        }
        let most = self.calls.len().min(BATCH);
        let calls: Vec<Wake> = self.calls.drain(..most).collect();
        let node = self.node.clone();
        self.ask(ctx, async move {
            let called = calls.iter().filter_map(|wake| match wake {
                Wake::CallIncoming(user_id, _) | Wake::CallCancelled(user_id, _) => Some(*user_id),
                Wake::Message(_) => None,
            });
            let users: HashSet<UserId> = called.collect();
            let users: Vec<UserId> = users.into_iter().collect();
            let incoming = calls.iter().filter_map(|wake| match wake {
                Wake::CallIncoming(user_id, call_id) => Some((*user_id, *call_id)),
                Wake::CallCancelled(_, _) | Wake::Message(_) => None,
            });
            let incoming: Vec<_> = incoming.collect();
            let now = node.clock.now();
            let silent = node.store.list_silent_calls(&incoming, now).await?;
            let rings = |wake: &Wake| match wake {
                Wake::CallIncoming(user_id, call_id) => !silent.contains(&(*user_id, *call_id)),
                Wake::CallCancelled(_, _) | Wake::Message(_) => true,
            };
            let calls = calls.iter().filter(|it| rings(it)).cloned().collect();
            let mut found: HashMap<UserId, Vec<PushTarget>> = HashMap::new();
            for target in node.store.list_push_targets(&users, now).await? {
                found.entry(target.user_id).or_default().push(target);
            }
            Ok(Found::Calls(calls, found))
        });
    }

    /// Asks whether those may still be woken whose pushes waited for long, or have to be sent again.
    fn look_again(&mut self, ctx: &mut Context<Self>) {
        let stale = self.pending.stale(self.now(), BATCH);
        if stale.is_empty() {
            return;
        }
        let node = self.node.clone();
        let (users, tokens): (HashSet<UserId>, HashSet<Uuid>) = stale.into_iter().unzip();
        let users: Vec<UserId> = users.into_iter().collect();
        self.ask(ctx, async move {
            let targets = node.store.list_push_targets(&users, node.clock.now());
            Ok(Found::Again(tokens, targets.await?))
        });
    }

    fn look_for_messages(&mut self, ctx: &mut Context<Self>) {
        let node = self.node.clone();
        let later = self.pending.take_later(self.now(), BATCH);
        if !later.is_empty() {
            let tokens: HashSet<Uuid> = later.iter().map(|(_, token_id)| *token_id).collect();
            let users: Vec<UserId> = later.into_iter().map(|(user_id, _)| user_id).collect();
            self.ask(ctx, async move {
                let mut targets = node
                    .store
                    .list_push_targets(&users, node.clock.now())
                    .await?;
                targets.retain(|target| tokens.contains(&target.token_id));
                Ok(Found::Messages(targets))
            });
        } else if !self.news.is_empty() {
            let mut batch: HashMap<ConversationId, Vec<MessageNews>> = HashMap::new();
            while let Some(news) = self.news.front().cloned() {
                if batch.len() == BATCH && !batch.contains_key(&news.conversation_id) {
                    break;
                }
                batch.entry(news.conversation_id).or_default().push(news);
                self.news.pop_front();
            }
            self.ask(ctx, async move { find_audience(node, batch).await });
        }
    }

    fn ask(
        &mut self,
        ctx: &mut Context<Self>,
        question: impl Future<Output = Result<Found, ApiError>> + 'static,
    ) {
        self.looking = true;
        let node = self.node.clone();
        let question = async move {
            let found = question.await?;
            let awake = here::devices_elsewhere(&node, &found.users()).await;
            Ok::<_, ApiError>((found, awake))
        };
        ctx.spawn(question.into_actor(self).map(|found, actor, ctx| {
            actor.looking = false;
            match found {
                Ok((found, awake)) => {
                    actor.awake_elsewhere = awake;
                    actor.take(found);
                }
                Err(error) => {
                    tracing::warn!(%error, "push: whom to wake could not be read");
                }
            }
            actor.go_on(ctx);
        }));
    }

    fn take(&mut self, found: Found) {
        let now = self.now();
        match found {
            Found::Messages(targets) => {
                for target in targets {
                    if self.is_asleep(&target) {
                        let aim = self.aim(target);
                        self.pending.message(aim, now);
                    }
                }
            }
            Found::Calls(calls, found) => self.take_calls(calls, &found, now),
            Found::Again(asked, targets) => {
                let found = targets.into_iter().map(|target| {
                    let is_asleep = self.is_asleep(&target);
                    (target.token_id, (self.aim(target), is_asleep))
                });
                let found: HashMap<Uuid, (Aim, bool)> = found.collect();
                self.pending.refresh(&asked, &found, now);
            }
        }
    }

    fn take_calls(
        &mut self,
        calls: Vec<Wake>,
        found: &HashMap<UserId, Vec<PushTarget>>,
        now: Duration,
    ) {
        for wake in calls {
            match wake {
                Wake::CallIncoming(user_id, call_id) => {
                    for target in found.get(&user_id).into_iter().flatten() {
                        if self.is_asleep(target) {
                            let aim = self.aim(target.clone());
                            self.pending.call(aim, call_id, now);
                        }
                    }
                }
                Wake::CallCancelled(user_id, call_id) => {
                    let targets = found.get(&user_id).into_iter().flatten();
                    let aims: Vec<Aim> = targets.map(|it| self.aim(it.clone())).collect();
                    self.pending.cancel((user_id, call_id), aims, now);
                }
                Wake::Message(_) => {}
            }
        }
    }

    /// A device and the way to it.
    fn aim(&self, target: PushTarget) -> Aim {
        let lane = self.senders.lane(&target);
        Aim { target, lane }
    }

    /// Whether a device can be reached by a push and by nothing better.
    fn is_asleep(&self, target: &PushTarget) -> bool {
        let sessions = self.node.directory.sessions(target.user_id);
        self.senders.reaches(target.platform)
            && sessions.iter().all(|it| it.device_id != target.device_id)
            && !self.awake_elsewhere.contains(&target.device_id)
    }

    fn send(&mut self, ctx: &mut Context<Self>) {
        while let Some(job) = self.pending.take(self.now()) {
            let (senders, node) = (self.senders.clone(), self.node.clone());
            let sending = async move {
                let outcome = senders.send(&job, &node.clock).await;
                if outcome == Outcome::Gone
                    && let Err(error) = node.store.delete_dead_push_token(&job.target).await
                {
                    // The next push finds it dead again.
                    tracing::warn!(%error, "push: a dead token could not be removed");
                }
                (job, outcome)
            };
            ctx.spawn(sending.into_actor(self).map(|(job, outcome), actor, ctx| {
                let now = actor.now();
                match outcome {
                    Outcome::Taken | Outcome::Gone | Outcome::Refused => actor.pending.done(&job),
                    Outcome::Later(after) => actor.pending.again(job, after, now),
                    Outcome::Unreachable => actor.pending.unreachable(&job, now),
                }
                actor.go_on(ctx);
            }));
        }
    }
}

/// The tokens of those who should hear of any of these messages.
async fn find_audience(
    node: Node,
    batch: HashMap<ConversationId, Vec<MessageNews>>,
) -> Result<Found, ApiError> {
    let ids: Vec<ConversationId> = batch.keys().copied().collect();
    let now = node.clock.now();
    let mut targets: HashMap<Uuid, PushTarget> = HashMap::new();
    let mut after = None;
    loop {
        let store = &node.store;
        let page = store.list_push_targets_in(&ids, after, TOKENS_PER_PAGE as u64, now);
        let page = page.await?;
        after = page.last().map(|(id, target)| (target.token_id, *id));
        let is_last = page.len() < TOKENS_PER_PAGE;
        for (conversation_id, target) in page {
            let mut news = batch.get(&conversation_id).into_iter().flatten();
            if news.any(|it| it.audience.includes(&target)) {
                targets.insert(target.token_id, target);
            }
        }
        if is_last {
            return Ok(Found::Messages(targets.into_values().collect()));
        }
    }
}

impl Actor for PushActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
    }
}

impl Handler<Wake> for PushActor {
    type Result = ();

    fn handle(&mut self, wake: Wake, ctx: &mut Self::Context) {
        match wake {
            Wake::Message(news) if self.news.len() < NEWS_MAX => self.news.push_back(news),
            Wake::Message(_) => {}
            Wake::CallIncoming(..) | Wake::CallCancelled(..) => {
                if self.calls.len() < NEWS_MAX {
                    self.calls.push_back(wake);
                }
            }
        }
        self.go_on(ctx);
    }
}

impl Handler<Stop> for PushActor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        self.stopping = true;
        self.go_on(ctx);
        ctx.run_later(STOP_WITHIN, |_, ctx| ctx.stop());
    }
}
