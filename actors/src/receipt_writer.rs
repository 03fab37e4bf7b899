//! The receipt writer: the lane in which cursors move, beside the journal.
//!
//! - **State** — marks that were asked for and not written yet; which acks have their turn. The acks
//!   themselves wait in [`Cursors`], where others read them.
//! - **Messages in** — [`Ask`] (a client's mark), [`Flush`] (a drain), and its own timer.
//! - **Messages out** — [`ToRoom::Receipts`] to rooms; what concerns one's own devices
//!   only leaves through [`Node::account_event`].
//! - **Lifecycle** — one per node, from start to stop.
//! - **Supervisor** — the process: one that panicked ends it within a second
//!   ([`Live::ended_actor`](crate::live::Live::ended_actor)). It holds nothing that could be lost but a second of acks.
//! - **Backpressure** — [`MARKS_MAX`] marks may wait; past that callers get 503 `OVERLOADED`. Acks
//!   are bounded where they wait.
//! - **Invariants** — one slice at a time, so the events of a conversation leave in the order of its
//!   receipt counter; a mark is answered and an event leaves only after the commit; a turn does no
//!   I/O.
//!
//! Cursors move far more often than messages are sent: every message is acknowledged by everybody
//! who got it. In the journal's queue they would stand before the next message. Here they are written
//! in *slices* of at most [`SLICE`], each a short transaction. On SQLite slices and the journal's
//! batches alternate, because the store lets its writers in by the order in which they came, so a send
//! waits for at most one slice; on PostgreSQL they run beside each other. A receipt may therefore
//! reach a client before another message of the same conversation that was committed before it: its
//! numbers count, not its place.
//!
//! Half of each slice is for marks that somebody waits for, as long as there are any, the rest for
//! acks, so that neither starves the other.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::event::{AccountChanged, ConversationRead};
use sentinal_store::{
    AckedCursor, Mark, MarkAudience, MarkTarget, Marked, ReceiptKind, StoreError,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::bus::{News, ReceiptNews};
use crate::cursors::{Ack, Cursors, TURNS};
use crate::error::ApiError;
use crate::journal::settle;
use crate::messages::{Receipts, ToRoom};
use crate::node::Node;
use crate::room;
use crate::rosters::counts_receipts;

/// Marks of clients that may wait; each is a request in flight, 64 per socket.
pub const MARKS_MAX: usize = 4_096;
/// Marks and acks in one transaction: a median of 9 ms on SQLite, on two cores that eight processes
/// shared. With 256, each statement to PostgreSQL over TCP took 40 ms more: it no longer fits the
/// buffer of one write.
const SLICE: usize = 128;
/// Of which marks that somebody waits for, while acks wait too.
const SLICE_MARKS: usize = SLICE / 2;
/// Pause between the turns of two buckets of acks: 16 turns are just under a second.
const TURN: Duration = Duration::from_millis(60);
/// How often a transaction that lost against another one is repeated before its callers are told.
const RETRIES: usize = 20;
/// Pause before it is repeated.
const RETRY_PAUSE: Duration = Duration::from_millis(50);

type Answer = Result<(), ApiError>;

/// A client's mark.
#[derive(Message)]
#[rtype(result = "()")]
struct Ask {
    mark: Mark,
    reply: oneshot::Sender<Answer>,
    permit: OwnedSemaphorePermit,
}

/// Write all acks now; answered when each has had its turn.
#[derive(Message)]
#[rtype(result = "()")]
struct Flush(oneshot::Sender<()>);

/// The way to the actor. Cloning it is cheap.
#[derive(Clone)]
pub struct ReceiptWriter {
    actor: Arc<OnceLock<Addr<ReceiptWriterActor>>>,
    permits: Arc<Semaphore>,
}

impl Default for ReceiptWriter {
    fn default() -> Self {
        Self {
            actor: Arc::default(),
            permits: Arc::new(Semaphore::new(MARKS_MAX)),
        }
    }
}

impl ReceiptWriter {
    /// Starts the actor, which writes what waits in `cursors`. Called once.
    pub(crate) fn start(&self, node: Node, cursors: Cursors) {
        self.actor
            .get_or_init(|| ReceiptWriterActor::new(node, cursors).start());
    }

    /// Moves a cursor; answers once that is committed, or that the outcome is not known yet.
    pub async fn mark(&self, mark: Mark) -> Answer {
        let (reply, answer) = oneshot::channel();
        let permit = self.permits.clone().try_acquire_owned();
        let ask = Ask {
            mark,
            reply,
            permit: permit.map_err(|_| ApiError::overloaded())?,
        };
        let actor = self.actor.get().ok_or_else(ApiError::overloaded)?;
        actor.try_send(ask).map_err(|_| ApiError::overloaded())?;
        settle(answer).await
    }

    /// Writes all acks that wait, as far as the database takes them.
    pub async fn flush(&self) {
        let (reply, flushed) = oneshot::channel();
        if let Some(actor) = self.actor.get() {
            // A control message: there is one per drain.
            actor.do_send(Flush(reply));
            if flushed.await.is_err() {
                tracing::warn!("receipts: the writer is gone, the last acks were not written");
            }
        }
    }

    /// Marks that wait now.
    pub fn waiting(&self) -> usize {
        MARKS_MAX - self.permits.available_permits()
    }

    /// Whether the actor lives.
    pub(crate) fn is_alive(&self) -> bool {
        self.actor.get().is_some_and(Addr::connected)
    }
}

/// The actor.
pub struct ReceiptWriterActor {
    node: Node,
    cursors: Cursors,
    asked: VecDeque<Ask>,
    /// What is left of the acks whose turn it is.
    due: Vec<Ack>,
    turn: usize,
    /// Turns that have come and have not begun.
    turns_due: usize,
    writing: bool,
    flushes: Vec<oneshot::Sender<()>>,
}

impl ReceiptWriterActor {
    fn new(node: Node, cursors: Cursors) -> Self {
        Self {
            node,
            cursors,
            asked: VecDeque::new(),
            due: Vec::new(),
            turn: 0,
            turns_due: 0,
            writing: false,
            flushes: Vec::new(),
        }
    }

    /// Writes the next slice unless one is being written.
    fn next(&mut self, ctx: &mut Context<Self>) {
        if self.writing {
            return;
        }
        let slice = self.take_slice();
        if slice.len() == 0 {
            for reply in self.flushes.drain(..) {
                // A drain that has given up needs no answer.
                let _ = reply.send(());
            }
            return;
        }
        self.writing = true;
        let write = write(self.node.clone(), self.cursors.clone(), slice);
        ctx.spawn(write.into_actor(self).map(|outcome, writer, ctx| {
            writer.writing = false;
            if outcome == Outcome::Away {
                // The others would fail as well, each after a deadline; they have their turn again.
                writer.due.clear();
                writer.turns_due = 0;
            }
            writer.next(ctx);
        }));
    }

    fn take_slice(&mut self) -> Slice {
        while self.due.is_empty() && self.turns_due > 0 {
            self.turns_due -= 1;
            self.turn = (self.turn + 1) % TURNS;
            self.due = self.cursors.due(self.turn);
        }
        let marks_max = if self.due.is_empty() {
            SLICE
        } else {
            SLICE_MARKS
        };
        let asked: Vec<_> = self
            .asked
            .drain(..self.asked.len().min(marks_max))
            .collect();
        let room = self.due.len().min(SLICE - asked.len());
        let acks = self.due.split_off(self.due.len() - room);
        Slice { asked, acks }
    }
}

impl Actor for ReceiptWriterActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // Every message but a flush holds a permit.
        ctx.set_mailbox_capacity(MARKS_MAX);
        ctx.run_interval(TURN, |writer, ctx| {
            // A turn that was missed is not made up for twice.
            writer.turns_due = TURNS.min(writer.turns_due + 1);
            writer.next(ctx);
        });
    }
}

impl Handler<Ask> for ReceiptWriterActor {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Self::Context) {
        self.asked.push_back(ask);
        self.next(ctx);
    }
}

impl Handler<Flush> for ReceiptWriterActor {
    type Result = ();

    fn handle(&mut self, Flush(reply): Flush, ctx: &mut Self::Context) {
        self.flushes.push(reply);
        self.turns_due = TURNS;
        self.next(ctx);
    }
}

/// What goes in one transaction.
struct Slice {
    asked: Vec<Ask>,
    acks: Vec<Ack>,
}

impl Slice {
    fn len(&self) -> usize {
        self.asked.len() + self.acks.len()
    }

    /// Two halves, each in order.
    fn halves(mut self) -> [Self; 2] {
        let asked = self.asked.split_off(self.asked.len() / 2);
        let acks = self.acks.split_off(self.acks.len().div_ceil(2));
        [self, Self { asked, acks }]
    }

    /// What it moves: what is acknowledged is delivered.
    async fn marks(&self, node: &Node) -> Result<Vec<Mark>, StoreError> {
        let mut marks: Vec<_> = self.asked.iter().map(|ask| ask.mark).collect();
        let acked = self.acks.iter().map(|ack| ack.cursor.conversation_id);
        let mut counted = HashMap::new();
        for id in acked.collect::<BTreeSet<_>>() {
            let roster = node.rosters.get(id).await?;
            counted.insert(id, roster.is_some_and(|roster| counts_receipts(&roster)));
        }
        marks.extend(self.acks.iter().map(|ack| Mark {
            conversation_id: ack.cursor.conversation_id,
            user_id: ack.user_id,
            kind: ReceiptKind::Delivered,
            up_to: MarkTarget::Revision(ack.cursor.revision),
            counted: counted.get(&ack.cursor.conversation_id) == Some(&true),
        }));
        Ok(marks)
    }

    async fn commit(&self, node: &Node) -> Result<Vec<Marked>, StoreError> {
        let marks = self.marks(node).await?;
        let cursors: Vec<AckedCursor> = self.acks.iter().map(|ack| ack.cursor).collect();
        let mut outcome = node.store.mark_receipts(&cursors, &marks).await;
        for _ in 0..RETRIES {
            if !matches!(outcome, Err(StoreError::Contended(_))) {
                break;
            }
            actix_rt::time::sleep(RETRY_PAUSE).await;
            outcome = node.store.mark_receipts(&cursors, &marks).await;
        }
        outcome
    }
}

/// What became of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is in the database, or can never be.
    Settled,
    /// The database did not take it.
    Away,
}

/// Writes a slice, answers who asked for marks, and publishes what moved.
async fn write(node: Node, cursors: Cursors, slice: Slice) -> Outcome {
    match slice.commit(&node).await {
        Ok(marked) => {
            cursors.written(&slice.acks);
            for Ask { reply, permit, .. } in slice.asked {
                drop(permit);
                // A caller that went away needs no answer.
                let _ = reply.send(Ok(()));
            }
            publish(&node, marked).await;
            Outcome::Settled
        }
        Err(error @ (StoreError::Corrupt(_) | StoreError::NotUnique(_))) => {
            tracing::error!(
                ?error,
                marks = slice.len(),
                "receipts: a slice failed for good"
            );
            if slice.len() > 1 {
                // One bad row fails a slice: the others must not pay for it.
                let [first, second] = slice.halves();
                match Box::pin(write(node.clone(), cursors.clone(), first)).await {
                    Outcome::Settled => Box::pin(write(node, cursors, second)).await,
                    Outcome::Away => {
                        refuse(second.asked, &ApiError::unhealthy());
                        Outcome::Away
                    }
                }
            } else {
                // Its device is sent the same again when it connects.
                cursors.written(&slice.acks);
                refuse(slice.asked, &ApiError::from(error));
                Outcome::Settled
            }
        }
        Err(error) => {
            tracing::warn!(%error, acks = slice.acks.len(), "receipts: not written, acks wait");
            refuse(slice.asked, &ApiError::from(error));
            Outcome::Away
        }
    }
}

fn refuse(asked: Vec<Ask>, error: &ApiError) {
    for Ask { reply, .. } in asked {
        // A caller that went away needs no answer.
        let _ = reply.send(Err(error.clone()));
    }
}

/// Tells rooms and own devices what was committed. What gets lost here is found by the jump of the
/// counter that it carries.
async fn publish(node: &Node, marked: Vec<Marked>) {
    let reads = marked.iter().filter(|it| it.kind == ReceiptKind::Read);
    let readers: Vec<_> = reads.map(|it| (it.conversation_id, it.user_id)).collect();
    let unread = match node.store.count_unread(&readers, node.clock.now()).await {
        Ok(unread) => unread,
        Err(error) => {
            tracing::warn!(%error, "receipts: what is unread is not known, devices read it");
            HashMap::new()
        }
    };
    for marked in marked {
        let user_id = marked.user_id;
        let unread_count = unread.get(&(marked.conversation_id, user_id)).copied();
        match &marked.audience {
            MarkAudience::OwnDevices { account_revision } => {
                let account_revision = *account_revision;
                let Some(unread_count) = unread_count else {
                    node.account_event(user_id, &AccountChanged { account_revision });
                    continue;
                };
                let event = ConversationRead {
                    account_revision: Some(account_revision),
                    ..room::own_read(&marked, unread_count)
                };
                node.account_event(user_id, &event);
            }
            MarkAudience::Conversation { .. } => {
                if marked.kind == ReceiptKind::Read && unread_count.is_none() {
                    continue;
                }
                let unread_count = unread_count.unwrap_or(0);
                if node.bus.is_on() {
                    // Says which other nodes to tell. Where it cannot be read they find the receipt by the
                    // jump of its counter.
                    let _ = node.rosters.get(marked.conversation_id).await;
                }
                node.tell_elsewhere(marked.conversation_id, || {
                    News::Receipts(ReceiptNews {
                        marked: marked.clone(),
                        unread_count,
                    })
                });
                if let Some(room) = node.room_of_online(marked.conversation_id) {
                    // A lost receipt is found by the jump of its counter.
                    let _ = room.try_send(ToRoom::Receipts(Receipts {
                        marked,
                        unread_count,
                    }));
                }
            }
        }
    }
}
