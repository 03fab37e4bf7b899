//! The journal actor: the one door through which conversations change.
//!
//! - **State** — what waits to be committed, in order; rooms that could not be told.
//! - **Messages in** — [`Submit`] (a message), [`Work`] (any other change), [`MarkReceipts`].
//! - **Messages out** — [`Apply`](crate::room::Apply), [`Receipts`](crate::room::Receipts) and
//!   [`Hint`](crate::room::Hint) to rooms.
//! - **Lifecycle** — one per node, on a thread of its own, from start to stop.
//! - **Supervisor** — none: a panic in it ends its arbiter, every later submit answers 503, and
//!   `/ready` says so.
//! - **Backpressure** — [`QUEUE_LEN`] changes and [`QUEUE_BYTES`] of ciphertext may wait; past that
//!   callers get 503 `OVERLOADED`. A room that is full is told "behind" until it takes it.
//! - **Invariants** — one transaction at a time, so commit order is queue order; every caller is
//!   answered after the commit, never before; a caller that goes away does not cancel its change.
//!
//! Messages are committed together: whatever arrived while the last batch was committing is the
//! next one, so a message alone does not wait for company.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::{ConversationId, ErrorCode};
use sentinal_store::{Committed, Entry, Mark, Marked, NewMessage, SendOutcome, Store, StoreError};
use tokio::sync::oneshot;

use crate::app::{ApiError, App};
use crate::room;

/// Changes that may wait.
pub const QUEUE_LEN: usize = 4_096;
/// Bytes of ciphertext that may wait.
pub const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Messages in one transaction.
const BATCH_MESSAGES: usize = 256;
/// Rows in one transaction, passed by at most one message.
const BATCH_ROWS: usize = 20_000;
/// Bytes of ciphertext in one transaction, passed by at most one message.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Receipt marks in one transaction.
const BATCH_MARKS: usize = 256;
/// A caller waits this long, then it is told that the outcome is not known yet.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);
/// Pause before a transaction that lost against another one, or a lookup that failed, is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// How often a contended transaction is repeated before its callers are told.
const RETRIES: usize = 20;
/// How often a message whose roster changed is checked again: each time needs another change of
/// the roster between two statements, so more means that something is wrong.
const RECHECKS: usize = 8;

/// What a change answers, and what it committed, in order.
pub type Changed<T> = (T, Vec<Committed>);
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type SendAnswer = Result<(SentMessage, Duplicate), ApiError>;

/// Whether an answer is that of an earlier, equal request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicate {
    /// It was done now.
    No,
    /// It had been done before.
    Yes,
}

/// Hands changes of conversations to the journal. Cloning it is cheap.
#[derive(Clone)]
pub struct Journal {
    addr: Addr<JournalActor>,
    load: Arc<Load>,
}

/// What waits, counted where it is handed in and taken off where it is answered.
#[derive(Debug, Default)]
struct Load {
    changes: AtomicUsize,
    bytes: AtomicUsize,
}

/// A place in the queue, given back when dropped.
#[derive(Debug)]
struct Place {
    load: Arc<Load>,
    bytes: usize,
}

impl Place {
    fn take(load: &Arc<Load>, bytes: usize) -> Result<Self, ApiError> {
        let changes = load.changes.fetch_add(1, Ordering::AcqRel);
        let waiting = load.bytes.fetch_add(bytes, Ordering::AcqRel);
        let place = Self {
            load: load.clone(),
            bytes,
        };
        if changes >= QUEUE_LEN || waiting + bytes > QUEUE_BYTES {
            return Err(ApiError::overloaded());
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.changes.fetch_sub(1, Ordering::AcqRel);
        self.load.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl Journal {
    /// Starts the actor on a thread of its own. The actor needs the use cases and they need its
    /// handle: `app` makes them of the handle.
    ///
    /// Must be called within an actix system.
    pub(crate) async fn start(app: impl FnOnce(Self) -> App) -> Option<App> {
        let (addr_out, addr_in) = oneshot::channel();
        let (app_out, app_in) = oneshot::channel::<App>();
        let arbiter = Arbiter::new();
        arbiter.spawn_fn(move || {
            actix_rt::spawn(async move {
                let context = Context::<JournalActor>::new();
                // The receivers wait right below and right here.
                let _ = addr_out.send(context.address());
                if let Ok(app) = app_in.await {
                    context.run(JournalActor::new(app));
                }
            });
        });
        let addr = addr_in.await.ok()?;
        let app = app(Self {
            addr,
            load: Arc::default(),
        });
        app_out.send(app.clone()).ok()?;
        Some(app)
    }

    /// Hands in a message. It keeps its place among those handed in before and after it; the
    /// future answers once it is committed, or that its outcome is not known yet.
    pub fn submit(&self, message: NewMessage) -> impl Future<Output = SendAnswer> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        let submitted = Place::take(&self.load, message.bytes()).and_then(|place| {
            let submit = Submit {
                message,
                reply,
                place,
            };
            self.addr
                .try_send(submit)
                .map_err(|_| ApiError::overloaded())
        });
        async move {
            submitted?;
            settle(answer).await
        }
    }

    /// Runs a change of conversations in the journal's order: `work` does one transaction in the
    /// store and answers with what it committed, which the journal then hands to the rooms. A
    /// caller that goes away does not cancel its change.
    pub async fn change<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        self.change_of(0, work).await
    }

    /// The same for a change that carries so many bytes of ciphertext.
    pub async fn change_of<T, F>(&self, bytes: usize, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let place = Place::take(&self.load, bytes)?;
        let run = move |store: Store| -> BoxFuture<Vec<Committed>> {
            Box::pin(async move {
                let (answer, committed) = match work(store).await {
                    Ok((answer, committed)) => (Ok(answer), committed),
                    Err(error) => (Err(ApiError::from(error)), Vec::new()),
                };
                // A caller that went away needs no answer.
                let _ = reply.send(answer);
                committed
            })
        };
        self.addr
            .try_send(Work {
                run: Box::new(run),
                place,
            })
            .map_err(|_| ApiError::overloaded())?;
        settle(answer).await
    }

    /// Moves receipt cursors; answers those that moved.
    pub async fn mark(&self, marks: Vec<Mark>) -> Result<Vec<Arc<Marked>>, ApiError> {
        let (reply, answer) = oneshot::channel();
        let place = Place::take(&self.load, 0)?;
        self.addr
            .try_send(MarkReceipts {
                marks,
                reply,
                place,
            })
            .map_err(|_| ApiError::overloaded())?;
        settle(answer).await
    }

    /// Changes that wait now.
    pub fn waiting(&self) -> usize {
        self.load.changes.load(Ordering::Acquire)
    }

    /// Whether the actor lives.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }
}

async fn settle<T>(answer: oneshot::Receiver<Result<T, ApiError>>) -> Result<T, ApiError> {
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(
            ApiError::new(ErrorCode::Unhealthy, "The server is shutting down.")
                .with_retry_after(Duration::from_secs(1)),
        ),
        Err(_) => Err(ApiError::new(
            ErrorCode::Unsettled,
            "It is not known yet whether this was done; ask again with the same key.",
        )
        .with_retry_after(Duration::from_secs(1))),
    }
}

/// A message to commit.
#[derive(Message)]
#[rtype(result = "()")]
struct Submit {
    message: NewMessage,
    reply: oneshot::Sender<SendAnswer>,
    place: Place,
}

/// Any other change to commit.
#[derive(Message)]
#[rtype(result = "()")]
struct Work {
    run: Box<dyn FnOnce(Store) -> BoxFuture<Vec<Committed>> + Send>,
    place: Place,
}

/// Cursors to move.
#[derive(Message)]
#[rtype(result = "()")]
struct MarkReceipts {
    marks: Vec<Mark>,
    reply: oneshot::Sender<Result<Vec<Arc<Marked>>, ApiError>>,
    place: Place,
}

#[allow(
    clippy::large_enum_variant,
    reason = "nearly all items are the large one"
)]
enum Item {
    Submit(Submit),
    Work(Work),
    Mark(MarkReceipts),
}

/// What to tell rooms after a commit.
enum News {
    Committed(Committed),
    Marked(Arc<Marked>),
}

impl News {
    fn conversation_id(&self) -> ConversationId {
        match self {
            Self::Committed(committed) => committed.conversation_id,
            Self::Marked(marked) => marked.conversation_id,
        }
    }
}

/// The actor.
pub struct JournalActor {
    app: App,
    queue: VecDeque<Item>,
    committing: bool,
    /// Rooms whose mailbox was full, and what they have to be told.
    untold: HashMap<ConversationId, u64>,
}

impl JournalActor {
    fn new(app: App) -> Self {
        Self {
            app,
            queue: VecDeque::new(),
            committing: false,
            untold: HashMap::new(),
        }
    }

    fn push(&mut self, item: Item, ctx: &mut Context<Self>) {
        self.queue.push_back(item);
        self.next(ctx);
    }

    /// Starts the next transaction unless one is running.
    fn next(&mut self, ctx: &mut Context<Self>) {
        if self.committing {
            return;
        }
        let Some(first) = self.queue.pop_front() else {
            return;
        };
        self.committing = true;
        let app = self.app.clone();
        let commit: Pin<Box<dyn Future<Output = Vec<News>>>> = match first {
            Item::Submit(submit) => {
                let batch = self.take_batch(submit);
                Box::pin(commit_messages(app, batch))
            }
            Item::Mark(mark) => {
                let batch = self.take_marks(mark);
                Box::pin(commit_marks(app, batch))
            }
            Item::Work(Work { run, place }) => Box::pin(async move {
                let committed = run(app.store.clone()).await;
                drop(place);
                refresh_rosters(&app, &committed).await;
                committed.into_iter().map(News::Committed).collect()
            }),
        };
        ctx.spawn(commit.into_actor(self).map(|news, journal, ctx| {
            journal.committing = false;
            for news in news {
                journal.tell(news, ctx);
            }
            journal.next(ctx);
        }));
    }

    fn take_batch(&mut self, first: Submit) -> Vec<Submit> {
        let (mut rows, mut bytes) = (first.message.rows(), first.message.bytes());
        let mut batch = vec![first];
        while batch.len() < BATCH_MESSAGES && rows < BATCH_ROWS && bytes < BATCH_BYTES {
            match self.queue.pop_front() {
                Some(Item::Submit(submit)) => {
                    rows += submit.message.rows();
                    bytes += submit.message.bytes();
                    batch.push(submit);
                }
                Some(other) => {
                    self.queue.push_front(other);
                    break;
                }
                None => break,
            }
        }
        batch
    }

    fn take_marks(&mut self, first: MarkReceipts) -> Vec<MarkReceipts> {
        let mut count = first.marks.len();
        let mut batch = vec![first];
        while count < BATCH_MARKS {
            match self.queue.pop_front() {
                Some(Item::Mark(mark)) => {
                    count += mark.marks.len();
                    batch.push(mark);
                }
                Some(other) => {
                    self.queue.push_front(other);
                    break;
                }
                None => break,
            }
        }
        batch
    }

    /// Tells the conversation's room, started if anybody of it is here.
    fn tell(&mut self, news: News, ctx: &mut Context<Self>) {
        let conversation_id = news.conversation_id();
        let room = self.app.directory.room(conversation_id).or_else(|| {
            let roster = self.app.rosters.cached(conversation_id)?;
            let mut members = roster.members.iter();
            let online = members.any(|member| self.app.directory.is_online(member.user_id));
            online
                .then(|| self.app.start_room(conversation_id))
                .flatten()
        });
        let Some(room) = room else { return };
        let (told, revision) = match news {
            News::Committed(committed) => {
                let revision = committed.revision;
                (room.try_send(room::Apply(committed)).is_ok(), revision)
            }
            // A lost receipt is found by the jump of its counter.
            News::Marked(marked) => (room.try_send(room::Receipts(marked)).is_ok(), 0),
        };
        if !told && revision > 0 {
            self.untold.insert(conversation_id, revision);
            if self.untold.len() == 1 {
                ctx.run_later(RETRY_PAUSE, Self::tell_again);
            }
        }
    }

    fn tell_again(&mut self, ctx: &mut Context<Self>) {
        let app = self.app.clone();
        self.untold.retain(|conversation_id, revision| {
            app.start_room(*conversation_id).is_some_and(|room| {
                room.try_send(room::Hint {
                    revision: *revision,
                })
                .is_err()
            })
        });
        if !self.untold.is_empty() {
            ctx.run_later(RETRY_PAUSE, Self::tell_again);
        }
    }
}

impl Actor for JournalActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(QUEUE_LEN);
    }
}

impl Handler<Submit> for JournalActor {
    type Result = ();

    fn handle(&mut self, submit: Submit, ctx: &mut Self::Context) {
        self.push(Item::Submit(submit), ctx);
    }
}

impl Handler<Work> for JournalActor {
    type Result = ();

    fn handle(&mut self, work: Work, ctx: &mut Self::Context) {
        self.push(Item::Work(work), ctx);
    }
}

impl Handler<MarkReceipts> for JournalActor {
    type Result = ();

    fn handle(&mut self, mark: MarkReceipts, ctx: &mut Self::Context) {
        self.push(Item::Mark(mark), ctx);
    }
}

/// Replaces the rosters of changed conversations before their rooms hear of it.
async fn refresh_rosters(app: &App, committed: &[Committed]) {
    let mut ids: Vec<_> = committed
        .iter()
        .map(|change| change.conversation_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        // What is done to a message changes nobody's membership; a roster is needed all the same, to
        // see whether anybody is here to be told.
        let may_differ = |change: &Committed| match change.entry {
            Entry::Change(_) => change.conversation_id == id,
            Entry::Message(_) | Entry::MessageChange(_) => false,
        };
        if committed.iter().any(may_differ) {
            app.rosters.forget(id);
        }
        if let Err(error) = app.rosters.get(id).await {
            // The room will read it for itself.
            tracing::warn!(%error, conversation = %id, "journal: a roster could not be read");
        }
    }
}

/// A batch in one transaction, and again for those whose roster changed meanwhile, before anything
/// that was handed in later: so one socket's messages keep their order.
async fn commit_messages(app: App, batch: Vec<Submit>) -> Vec<News> {
    let mut news = Vec::new();
    let mut waiting = batch;
    for _ in 0..RECHECKS {
        let (messages, replies): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|submit| (submit.message, (submit.reply, submit.place)))
            .unzip();
        let outcomes = store_messages(&app, &messages, &mut news).await;
        waiting = Vec::new();
        for ((message, (reply, place)), outcome) in messages.into_iter().zip(replies).zip(outcomes)
        {
            let answer = match outcome {
                Ok(SendOutcome::Sent(sent)) => Ok((sent, Duplicate::No)),
                Ok(SendOutcome::Repeat(sent)) => Ok((sent, Duplicate::Yes)),
                Ok(SendOutcome::Conflict) => Err(ApiError::new(
                    ErrorCode::IdempotencyConflict,
                    "This key was used for another request.",
                )),
                Ok(SendOutcome::Stale) => {
                    app.rosters.forget(message.conversation_id);
                    match app.recheck(message).await {
                        Ok(message) => {
                            waiting.push(Submit {
                                message,
                                reply,
                                place,
                            });
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
            // A caller that went away needs no answer.
            let _ = reply.send(answer);
        }
        if waiting.is_empty() {
            return news;
        }
    }
    for submit in waiting {
        let _ = submit.reply.send(Err(ApiError::overloaded()));
    }
    news
}

async fn store_messages(
    app: &App,
    messages: &[NewMessage],
    news: &mut Vec<News>,
) -> Vec<Result<SendOutcome, ApiError>> {
    for _ in 0..RETRIES {
        match app.store.send_messages(messages, app.clock.now()).await {
            Ok((outcomes, committed)) => {
                news.extend(committed.into_iter().map(News::Committed));
                return outcomes.into_iter().map(Ok).collect();
            }
            Err(StoreError::Contended(_)) => actix_rt::time::sleep(RETRY_PAUSE).await,
            Err(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(error = %error, "journal: looking up a commit of unknown outcome");
                return settle_unknown(app, messages, news).await;
            }
            Err(error) if messages.len() > 1 => {
                // One bad row fails a batch: the others must not pay for it.
                tracing::error!(error = ?error, "journal: a batch failed, its messages are tried alone");
                let mut outcomes = Vec::with_capacity(messages.len());
                for message in messages {
                    let alone = std::slice::from_ref(message);
                    outcomes.extend(Box::pin(store_messages(app, alone, news)).await);
                }
                return outcomes;
            }
            Err(error) => return vec![Err(error.into())],
        }
    }
    messages
        .iter()
        .map(|_| Err(ApiError::overloaded()))
        .collect()
}

/// After a lost connection: what is in the database was sent, the rest was not. Callers who waited
/// too long have been told to ask again; what proves committed still goes to the rooms.
async fn settle_unknown(
    app: &App,
    messages: &[NewMessage],
    news: &mut Vec<News>,
) -> Vec<Result<SendOutcome, ApiError>> {
    let places: Vec<_> = messages
        .iter()
        .map(|message| (message.id, message.conversation_id))
        .collect();
    let mut found = loop {
        match app.store.find_stored(&places).await {
            Ok(found) => break found,
            Err(error) => {
                tracing::warn!(%error, "journal: the database is still away");
                actix_rt::time::sleep(RETRY_PAUSE * 4).await;
            }
        }
    };
    let mut committed: Vec<_> = Vec::new();
    let outcomes = messages
        .iter()
        .map(|message| match found.remove(&message.id) {
            Some(sent) => {
                committed.push(sentinal_store::committed(message, &sent));
                Ok(SendOutcome::Sent(sent))
            }
            None => Err(ApiError::new(
                ErrorCode::Unhealthy,
                "The database was not available; nothing was stored, try again.",
            )
            .with_retry_after(Duration::from_secs(1))),
        })
        .collect();
    committed.sort_by_key(|change| (change.conversation_id, change.revision));
    news.extend(committed.into_iter().map(News::Committed));
    outcomes
}

async fn commit_marks(app: App, batch: Vec<MarkReceipts>) -> Vec<News> {
    let marks: Vec<Mark> = batch
        .iter()
        .flat_map(|item| item.marks.iter().copied())
        .collect();
    let mut outcome = app.store.mark_receipts(&marks).await;
    for _ in 0..RETRIES {
        if !matches!(outcome, Err(StoreError::Contended(_))) {
            break;
        }
        actix_rt::time::sleep(RETRY_PAUSE).await;
        outcome = app.store.mark_receipts(&marks).await;
    }
    match outcome {
        Ok(changed) => {
            let changed: Vec<_> = changed.into_iter().map(Arc::new).collect();
            for item in batch {
                let own = changed.iter().filter(|marked| {
                    item.marks.iter().any(|mark| {
                        mark.conversation_id == marked.conversation_id
                            && mark.user_id == marked.user_id
                            && mark.kind == marked.kind
                    })
                });
                // A caller that went away needs no answer.
                let _ = item.reply.send(Ok(own.cloned().collect()));
                drop(item.place);
            }
            changed.into_iter().map(News::Marked).collect()
        }
        Err(error) => {
            let error = ApiError::from(error);
            for item in batch {
                let _ = item.reply.send(Err(error.clone()));
            }
            Vec::new()
        }
    }
}
