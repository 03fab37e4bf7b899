//! The journal actor: the one door through which conversations change.
//!
//! - **State** — what waits to be committed, in order; whose rosters are to follow a device; rooms that
//!   could not be told.
//! - **Messages in** — [`Submit`] (a message), [`Work`] (any other change). Receipts have a lane of
//!   their own ([`crate::receipt_writer`]).
//! - **Messages out** — [`ToRoom::Apply`] and [`ToRoom::Hint`] to rooms; what was committed to
//!   [`Calls`] and to [`Push`].
//! - **Lifecycle** — one per node, on a thread of its own, from start to stop.
//! - **Supervisor** — the process: a journal that panicked ends it within a second
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)); until then every submit answers 503 and `/ready` says so.
//! - **Backpressure** — [`QUEUE_LEN`] changes and [`QUEUE_BYTES`] of ciphertext may wait, a quarter of
//!   each for one user; past that callers get 503 `OVERLOADED`. A room that is full is told "behind"
//!   until it takes it.
//! - **Invariants** — one transaction at a time, so commit order is queue order; what one user hands in
//!   is committed in that order, and no user waits behind all of another's ([`queue`]); every caller is
//!   answered after the commit, never before; a caller that goes away does not cancel its change.
//!
//! Messages are committed together: whatever arrived while the last batch was committing is the
//! next one, so a message alone does not wait for company.

mod commit;
mod load;
mod queue;
mod rounds;
mod turn;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::{
    Committed, Entry, NewMessage, ROSTERS_PER_ROUND, Rounds, Store, StoreError, within_budget,
};
use tokio::sync::oneshot;

use self::commit::commit_messages;
use self::load::{Load, Place};
pub use self::load::{OWN_BYTES, OWN_LEN, QUEUE_BYTES, QUEUE_LEN};
use self::queue::Queue;
pub use self::rounds::Following;
use self::rounds::{RosterRounds, Waiter};
use self::turn::{Then, Turn, run_round, run_work};
use crate::call::Calls;
use crate::error::ApiError;
use crate::messages::ToRoom;
use crate::node::Node;
use crate::push::Push;

/// Messages in one transaction.
const BATCH_MESSAGES: usize = 256;
/// Rows in one transaction, passed by at most one message: of a group of 1,024 people, some messages.
const BATCH_ROWS: usize = 5_000;
/// Bytes of ciphertext in one transaction, passed by at most one message: of the largest messages one,
/// so that what others hand in meanwhile waits for one and not for three.
const BATCH_BYTES: usize = 1024 * 1024;
/// What a row costs in the queue, as bytes of ciphertext.
const ROW_COST: usize = 512;
/// What a change that is no message costs, in rows: it reads and writes about as many.
const WORK_ROWS: usize = 8;
/// How often the database is asked of whom rosters are to follow a device. It need not say so but after
/// a process that died, or a commit whose outcome is not known.
const LOOK_FOR_ROUNDS: Duration = Duration::from_secs(10);
/// A caller waits this long, then it is told that the outcome is not known yet.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);
/// Pause before a transaction that lost against another one, or a lookup that failed, is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// What a change answers, and what it committed, in order.
pub type Changed<T> = (T, Vec<Committed>);
/// A future that is handed from thread to thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type SendAnswer = Result<(SentMessage, Duplicate), ApiError>;

/// Checks a message again whose conversation has changed since: who may send what is decided above the
/// actors. Answers the message as it may be sent now.
pub type Recheck = Arc<dyn Fn(NewMessage) -> BoxFuture<Result<NewMessage, ApiError>> + Send + Sync>;

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

impl Journal {
    /// Starts the actor on a thread of its own. `recheck` looks again at a message whose conversation
    /// has changed since it was checked. Must be called within an actix system.
    pub fn start(node: Node, calls: Calls, push: Push, recheck: Recheck) -> Self {
        let addr =
            JournalActor::start_in_arbiter(&Arbiter::new().handle(), move |_| JournalActor {
                node,
                calls,
                push,
                recheck,
                queue: Queue::default(),
                rounds: RosterRounds::default(),
                committing: false,
                untold: HashMap::new(),
            });
        Self {
            addr,
            load: Arc::default(),
        }
    }

    /// Hands in a message. It keeps its place among those handed in before and after it; the
    /// future answers once it is committed, or that its outcome is not known yet.
    pub fn submit(&self, message: NewMessage) -> impl Future<Output = SendAnswer> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        let submitted = Place::take(&self.load, message.sender_id, message.bytes());
        let submitted = submitted.and_then(|place| {
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

    /// Runs a change of conversations in the journal's order, on behalf of `owner`: `work` does one
    /// transaction in the store and answers with what it committed, which the journal then hands to the
    /// rooms. A caller that goes away does not cancel its change.
    pub async fn change<T, F>(&self, owner: UserId, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        self.change_of(owner, 0, work).await
    }

    /// The same for a change that carries so many bytes of ciphertext.
    pub async fn change_of<T, F>(&self, owner: UserId, bytes: usize, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        let place = Place::take(&self.load, owner, bytes)?;
        self.run(place, None, work).await
    }

    /// The same for a change of one of the owner's devices, which the rosters of all the owner's
    /// conversations must follow: answers once it is committed, with the way to wait for the rosters.
    pub async fn change_device<T, F>(
        &self,
        owner: UserId,
        work: F,
    ) -> Result<(T, Following), ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        let until = Instant::now() + ANSWER_WITHIN;
        let place = Place::take(&self.load, owner, 0)?;
        let (waiter, followed) = oneshot::channel();
        let answer = self.run(place, Some(waiter), work).await?;
        Ok((answer, Following { followed, until }))
    }

    async fn run<T, F>(&self, place: Place, rounds: Option<Waiter>, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(Store) -> BoxFuture<Result<Changed<T>, StoreError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
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
                rounds,
                place,
            })
            .map_err(|_| ApiError::overloaded())?;
        settle(answer).await
    }

    /// Changes that wait now.
    pub fn waiting(&self) -> usize {
        self.load.changes()
    }

    /// Whether the actor lives.
    pub fn is_alive(&self) -> bool {
        self.addr.connected()
    }
}

/// Waits for an answer as long as a caller can wait, what it has waited for the database before
/// included.
pub(crate) async fn settle<T>(
    answer: oneshot::Receiver<Result<T, ApiError>>,
) -> Result<T, ApiError> {
    match within_budget(ANSWER_WITHIN, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(ApiError::shutting_down()),
        Err(_) => Err(ApiError::unsettled()),
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
    /// Rosters are to follow it; dropped once they have.
    rounds: Option<Waiter>,
    place: Place,
}

#[allow(
    clippy::large_enum_variant,
    reason = "nearly all items are the large one"
)]
enum Item {
    Submit(Submit),
    Work(Work),
    /// Rosters of a user are to follow a device.
    Round(UserId),
}

/// The actor.
pub struct JournalActor {
    node: Node,
    calls: Calls,
    push: Push,
    recheck: Recheck,
    queue: Queue<Item>,
    rounds: RosterRounds,
    committing: bool,
    /// Rooms whose mailbox was full, and what they have to be told.
    untold: HashMap<ConversationId, u64>,
}

/// What so many rows and bytes cost in the queue.
fn cost(rows: usize, bytes: usize) -> u64 {
    (rows * ROW_COST + bytes) as u64
}

impl JournalActor {
    fn push(&mut self, owner: UserId, cost: u64, item: Item, ctx: &mut Context<Self>) {
        self.queue.push(owner, cost, item);
        self.next(ctx);
    }

    /// Starts the next transaction unless one is running.
    fn next(&mut self, ctx: &mut Context<Self>) {
        if self.committing {
            return;
        }
        let Some(first) = self.queue.pop() else {
            return;
        };
        self.committing = true;
        let node = self.node.clone();
        let turn: Pin<Box<dyn Future<Output = Turn>>> = match first {
            Item::Submit(submit) => {
                let batch = self.take_batch(submit);
                let recheck = self.recheck.clone();
                Box::pin(async move {
                    Turn {
                        committed: commit_messages(node, recheck, batch).await,
                        then: Then::Nothing,
                    }
                })
            }
            Item::Work(work) => Box::pin(run_work(node, work)),
            Item::Round(user_id) => Box::pin(run_round(node, user_id)),
        };
        ctx.spawn(turn.into_actor(self).map(|turn, journal, ctx| {
            journal.committing = false;
            for committed in turn.committed {
                journal.tell(committed, ctx);
            }
            journal.follow_up(turn.then, ctx);
            journal.next(ctx);
        }));
    }

    fn follow_up(&mut self, then: Then, ctx: &mut Context<Self>) {
        match then {
            Then::Nothing => {}
            Then::Follow(user_id, waiter) => self.begin_rounds(user_id, Some(waiter)),
            Then::Followed(user_id, Some(Rounds::More)) => self.queue_round(user_id),
            Then::Followed(user_id, Some(Rounds::Done)) => {
                self.rounds.end(user_id);
                self.look_for_rounds(ctx);
            }
            // It is looked for again after a while.
            Then::Followed(user_id, None) => self.rounds.end(user_id),
        }
    }

    fn begin_rounds(&mut self, user_id: UserId, waiter: Option<Waiter>) {
        if self.rounds.begin(user_id, waiter) {
            self.queue_round(user_id);
        }
    }

    fn queue_round(&mut self, user_id: UserId) {
        let cost = cost(ROSTERS_PER_ROUND, 0);
        self.queue.push(user_id, cost, Item::Round(user_id));
    }

    /// Asks the database for somebody whose rosters are to follow a device.
    fn look_for_rounds(&mut self, ctx: &mut Context<Self>) {
        if self.node.directory.is_draining() {
            return;
        }
        let (store, last) = (self.node.store.clone(), self.rounds.found);
        let look = async move { store.find_pending_rosters(last).await };
        ctx.spawn(look.into_actor(self).map(|found, journal, ctx| match found {
            Ok(None) => {}
            Ok(Some(user_id)) => {
                journal.rounds.found = Some(user_id);
                journal.begin_rounds(user_id, None);
                journal.next(ctx);
            }
            Err(error) => {
                tracing::warn!(%error, "journal: it is not known whose rosters are to follow a device");
            }
        }));
    }

    fn take_batch(&mut self, first: Submit) -> Vec<Submit> {
        let (mut rows, mut bytes) = (first.message.rows(), first.message.bytes());
        let mut batch = vec![first];
        while batch.len() < BATCH_MESSAGES && rows < BATCH_ROWS && bytes < BATCH_BYTES {
            let next = self.queue.pop_if(|item| matches!(item, Item::Submit(_)));
            let Some(Item::Submit(submit)) = next else {
                break;
            };
            rows += submit.message.rows();
            bytes += submit.message.bytes();
            batch.push(submit);
        }
        batch
    }

    /// Tells the conversation's room, started if anybody of it is here.
    fn tell(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        let (conversation_id, revision) = (committed.conversation_id, committed.revision);
        match &committed.entry {
            Entry::Message(message) => self.push.message(message),
            Entry::Control(control) if control.urgent => {
                self.push.control(conversation_id, control);
            }
            Entry::Control(_) | Entry::MessageChange(_) | Entry::Change(_) => {}
        }
        self.calls.follow(&committed);
        self.node.tell_change_elsewhere(&committed);
        if self.node.directory.room(conversation_id).is_none() {
            self.node.offer_to_departed(&committed);
        }
        let Some(room) = self.node.room_of_online(conversation_id) else {
            return;
        };
        if room.try_send(ToRoom::Apply(committed)).is_err() {
            self.untold.insert(conversation_id, revision);
            if self.untold.len() == 1 {
                ctx.run_later(RETRY_PAUSE, Self::tell_again);
            }
        }
    }

    fn tell_again(&mut self, ctx: &mut Context<Self>) {
        let node = self.node.clone();
        self.untold.retain(|conversation_id, revision| {
            node.start_room(*conversation_id).is_some_and(|room| {
                room.try_send(ToRoom::Hint {
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
        // What a process before this one has left.
        self.look_for_rounds(ctx);
        ctx.run_interval(LOOK_FOR_ROUNDS, Self::look_for_rounds);
    }
}

impl Handler<Submit> for JournalActor {
    type Result = ();

    fn handle(&mut self, submit: Submit, ctx: &mut Self::Context) {
        let cost = cost(submit.message.rows(), submit.message.bytes());
        self.push(submit.place.owner(), cost, Item::Submit(submit), ctx);
    }
}

impl Handler<Work> for JournalActor {
    type Result = ();

    fn handle(&mut self, work: Work, ctx: &mut Self::Context) {
        let cost = cost(WORK_ROWS, work.place.bytes());
        self.push(work.place.owner(), cost, Item::Work(work), ctx);
    }
}

#[cfg(test)]
mod tests;
