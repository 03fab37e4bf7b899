//! The journal actor: the one door through which conversations change.
//!
//! - **State** — what waits to be committed, in order; rooms that could not be told.
//! - **Messages in** — [`Submit`] (a message), [`Work`] (any other change), [`MarkReceipts`].
//! - **Messages out** — [`Apply`](crate::room::Apply), [`Receipts`](crate::room::Receipts) and
//!   [`Hint`](crate::room::Hint) to rooms; messages to [`crate::push`].
//! - **Lifecycle** — one per node, on a thread of its own, from start to stop.
//! - **Supervisor** — the process: a journal that panicked ends it within a second
//!   ([`App::ended_actor`]); until then every submit answers 503 and `/ready` says so.
//! - **Backpressure** — [`QUEUE_LEN`] changes and [`QUEUE_BYTES`] of ciphertext may wait; past that
//!   callers get 503 `OVERLOADED`. A room that is full is told "behind" until it takes it.
//! - **Invariants** — one transaction at a time, so commit order is queue order; every caller is
//!   answered after the commit, never before; a caller that goes away does not cancel its change.
//!
//! Messages are committed together: whatever arrived while the last batch was committing is the
//! next one, so a message alone does not wait for company.

mod commit;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::{ConversationId, ErrorCode};
use sentinal_store::{Committed, Entry, Mark, Marked, NewMessage, Store, StoreError};
use tokio::sync::oneshot;

use crate::app::{ApiError, App};
use crate::room;

use self::commit::{commit_marks, commit_messages, refresh_rosters};

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
                for change in &committed {
                    if let Err(error) = app.offer_to_all_departed(change).await {
                        // The sweep finds it.
                        tracing::warn!(%error, "journal: who was in a deleted group is not known");
                    }
                }
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
        if let News::Committed(committed) = &news
            && let Entry::Message(message) = &committed.entry
        {
            self.app.push.message(message);
        }
        let running = self.app.directory.room(conversation_id);
        if let News::Committed(committed) = &news {
            self.app.change_calls(committed);
        }
        if let (None, News::Committed(committed)) = (&running, &news) {
            self.app.offer_to_departed(committed);
        }
        let room = running.or_else(|| {
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
