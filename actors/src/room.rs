//! The room actor: who is live in one conversation, and fan-out to them.
//!
//! - **State** — the roster, local sockets by hub, the last applied revision, who is typing.
//!   Nothing durable: a room that dies loses nothing, its sockets find a jump in the numbers and
//!   read the log.
//! - **Messages in** — [`ToRoom`]: from the journal, the receipt writer, sessions, the registry, the
//!   janitor.
//! - **Messages out** — [`ToHub`](crate::messages::ToHub): events, and the head to those who missed one.
//! - **Lifecycle** — started by whoever needs it first ([`Node::start_room`]); retired after [`IDLE_MAX`] without
//!   local sockets.
//! - **Supervisor** — the registry: a panic ends this room only, and the next event starts it anew.
//! - **Backpressure** — [`MAILBOX_LEN`] messages; the journal that finds it full keeps "behind from
//!   r". A hub that is full is offered the head again until it takes it.
//! - **Invariants** — a turn does no I/O; revisions leave in order; only committed changes enter.

mod elsewhere;
mod fan_out;
mod message_changes;
mod receipts;
mod typing;

pub use receipts::own_read;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{ConversationId, ConversationType};
use sentinal_store::{Committed, Entry, Roster};

use self::typing::Typists;
use crate::address::Target;
use crate::bus::Followed;
use crate::directory::Worker;
use crate::messages::{ToRoom, Typing};
use crate::node::Node;

/// Messages that may wait: more than the journal commits at once.
const MAILBOX_LEN: usize = 1_024;
/// Changes that may wait for the roster before the room asks its sockets to read the log instead.
const WAITING_MAX: usize = 1_024;
/// A room without local sockets ends after this.
const IDLE_MAX: Duration = Duration::from_mins(10);
/// How often an idle room looks at itself.
const IDLE_SCAN: Duration = Duration::from_mins(1);
/// How soon a full hub is offered the head again.
const RETRY: Duration = Duration::from_millis(50);

/// The sockets of one hub, and what it could not be told.
#[derive(Default)]
struct Local {
    targets: Vec<Target>,
    /// The slots of `targets`, shared with every event until a socket comes or goes.
    slots: Arc<[u64]>,
    /// The hub's mailbox was full: to be offered the head again.
    missed: bool,
}

/// Whether the roster is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loading {
    No,
    Once,
    /// It is, and was asked for again meanwhile.
    Again,
}

/// The actor.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says of one kind of work whether it is under way"
)]
pub struct Room {
    node: Node,
    conversation_id: ConversationId,
    generation: u64,
    /// `None` until it was read for the first time.
    roster: Option<Arc<Roster>>,
    /// The last revision handed to hubs.
    applied: u64,
    receipt_version: u64,
    locals: BTreeMap<usize, Local>,
    /// Changes that wait for the roster.
    waiting: VecDeque<Committed>,
    /// Changes that wait for those before them: with several nodes each hears of its own first.
    ahead: BTreeMap<u64, Committed>,
    /// Whether it will be looked whether those before them have come.
    ahead_watched: bool,
    /// A large conversation's own channel, which the room follows.
    followed: Option<Followed>,
    /// Whether that is being followed.
    following: bool,
    loading: Loading,
    /// Who typed before the roster was there.
    early_typing: Vec<Typing>,
    /// What else is to be told once the roster is there.
    early: VecDeque<ToRoom>,
    retry_due: bool,
    typists: Typists,
    /// Whether it will be looked for those who have stopped without a word.
    typists_watched: bool,
    /// By the steady clock.
    idle_since: Duration,
}

impl Room {
    /// Starts a room on a worker.
    pub fn start_on(
        node: &Node,
        worker: &Worker,
        conversation_id: ConversationId,
        generation: u64,
    ) -> Recipient<ToRoom> {
        let node = node.clone();
        let room = Self::start_in_arbiter(&worker.arbiter, move |_| {
            Self::new(node, conversation_id, generation)
        });
        room.recipient()
    }

    /// A room that will read its roster when it starts.
    pub fn new(node: Node, conversation_id: ConversationId, generation: u64) -> Self {
        Self {
            idle_since: node.clock.steady(),
            node,
            conversation_id,
            generation,
            roster: None,
            applied: 0,
            receipt_version: 0,
            locals: BTreeMap::new(),
            waiting: VecDeque::new(),
            ahead: BTreeMap::new(),
            ahead_watched: false,
            followed: None,
            following: false,
            loading: Loading::No,
            early_typing: Vec::new(),
            early: VecDeque::new(),
            retry_due: false,
            typists: Typists::default(),
            typists_watched: false,
        }
    }

    /// Reads the roster, then goes on with what waited for it.
    fn load(&mut self, ctx: &mut Context<Self>) {
        match self.loading {
            Loading::No => self.loading = Loading::Once,
            // What it reads may be older than what it is asked for.
            Loading::Once | Loading::Again => {
                self.loading = Loading::Again;
                return;
            }
        }
        let rosters = self.node.rosters.clone();
        let conversation_id = self.conversation_id;
        let read = async move { rosters.read(conversation_id).await };
        ctx.spawn(read.into_actor(self).map(|roster, room, ctx| {
            let again = room.loading == Loading::Again;
            room.loading = Loading::No;
            match roster {
                Ok(Some(roster)) => {
                    let has_newcomers = room.take_roster(roster);
                    room.follow(ctx);
                    room.go_on(ctx);
                    if has_newcomers && room.node.bus.is_on() {
                        // What brought them here may not have been heard.
                        room.offer_all();
                        room.retry(ctx);
                    }
                    // Those who were told of their going by what waited, or read it in the log. A
                    // change that is still on its way here must find them.
                    if is_applied_by(room.applied, room.roster.as_deref()) {
                        room.drop_strangers();
                    }
                    for typing in std::mem::take(&mut room.early_typing) {
                        room.typing(typing, ctx);
                    }
                    for message in std::mem::take(&mut room.early) {
                        room.handle(message, ctx);
                    }
                    if again {
                        room.load(ctx);
                    }
                }
                // Deleted: the last event still goes to those who were here.
                Ok(None) => {
                    room.go_on(ctx);
                    room.leave_directory();
                    ctx.stop();
                }
                Err(error) => {
                    tracing::warn!(%error, conversation = %room.conversation_id, "room: the roster could not be read");
                    ctx.run_later(RETRY, Room::load);
                }
            }
        }));
    }

    /// Enters new participants in the directory, then looks for their sockets: a session does it
    /// the other way round, so whichever comes second sees the other. Answers whether sockets were
    /// found.
    fn take_roster(&mut self, roster: Arc<Roster>) -> bool {
        let mut found = false;
        let first = self.roster.is_none();
        if is_blocked(&roster) {
            // A block looks like having stopped, to both.
            self.stop_all_typing();
        }
        // As long as the names of those who have gone are known.
        self.stop_typing_but_of(&roster);
        for member in &roster.members {
            let known = self
                .roster
                .as_ref()
                .is_some_and(|old| old.member(member.user_id).is_some());
            if known {
                continue;
            }
            self.node
                .directory
                .enter_room(member.user_id, self.conversation_id);
            for entry in self.node.directory.sessions(member.user_id) {
                found = true;
                self.add(Target {
                    key: entry.key,
                    user_id: member.user_id,
                    device_id: entry.device_id,
                });
            }
        }
        // What waits goes out live, and a socket that is behind will see it by the numbers; without
        // it the head must be offered.
        let waiting = self.waiting.iter().map(|change| change.revision);
        let live_from = leads_to(waiting, roster.revision);
        if first {
            self.applied = live_from.unwrap_or(roster.revision).max(self.applied);
        }
        self.roster = Some(roster);
        if first && live_from.is_none() {
            self.offer_all();
        }
        found && !first
    }

    fn add(&mut self, target: Target) {
        let local = self.locals.entry(target.key.hub).or_default();
        if !local.targets.contains(&target) {
            local.targets.push(target);
            local.refresh();
        }
    }

    fn remove(&mut self, gone: impl Fn(&Target) -> bool) {
        for local in self.locals.values_mut() {
            let before = local.targets.len();
            local.targets.retain(|target| !gone(target));
            if local.targets.len() != before {
                local.refresh();
            }
        }
        self.locals.retain(|_, local| !local.targets.is_empty());
        if self.locals.is_empty() {
            self.idle_since = self.node.clock.steady();
        }
    }

    /// Applies what waits, as far as the roster allows.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        while let Some(committed) = self.waiting.pop_front() {
            self.apply(committed, ctx);
        }
        self.go_ahead(ctx);
    }

    fn apply(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        if committed.revision <= self.applied {
            return;
        }
        if committed.revision > self.applied + 1 {
            if self.node.bus.is_up() && self.ahead.len() < WAITING_MAX {
                self.wait_for_earlier(committed, ctx);
            } else {
                // A hint was lost: every socket reads the log.
                self.hint(committed.revision, ctx);
            }
            return;
        }
        self.deliver(&committed, ctx);
        self.go_ahead(ctx);
    }

    fn deliver(&mut self, committed: &Committed, ctx: &mut Context<Self>) {
        self.applied = committed.revision;
        match &committed.entry {
            Entry::Message(message) => self.deliver_message(message, ctx),
            Entry::MessageChange(change) => {
                self.deliver_message_change(committed.revision, change, ctx);
            }
            Entry::Control(control) => self.deliver_control(committed.revision, control, ctx),
            Entry::Change(change) => self.deliver_change(committed.revision, change, ctx),
        }
    }

    fn hint(&mut self, revision: u64, ctx: &mut Context<Self>) {
        if revision > self.applied {
            self.applied = revision;
            self.ahead.retain(|ahead, _| *ahead > revision);
            self.offer_all();
            self.retry(ctx);
            // Somebody may have gone with what was not heard.
            self.load(ctx);
        }
    }

    /// Forgets the sockets of those who take part no more.
    fn drop_strangers(&mut self) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let mut gone = Vec::new();
        for local in self.locals.values() {
            for target in &local.targets {
                if roster.member(target.user_id).is_none() {
                    gone.push(target.user_id);
                }
            }
        }
        for user_id in gone {
            self.node
                .directory
                .leave_room(user_id, self.conversation_id);
            self.typists.stop(user_id);
            self.remove(|target| target.user_id == user_id);
        }
    }

    fn leave_directory(&self) {
        if let Some(roster) = &self.roster {
            for member in &roster.members {
                self.node
                    .directory
                    .leave_room(member.user_id, self.conversation_id);
            }
        }
        self.node
            .directory
            .retire_room(self.conversation_id, self.generation);
    }

    fn retire(&mut self, ctx: &mut Context<Self>) {
        self.leave_directory();
        // Whoever connected between these two lines found no room: a new one will find them.
        let someone = self.roster.as_ref().is_some_and(|roster| {
            roster
                .members
                .iter()
                .any(|member| self.node.directory.is_online(member.user_id))
        });
        if someone {
            self.node.start_room(self.conversation_id);
        }
        ctx.stop();
    }

    fn take(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        if self.roster.is_some() && self.loading == Loading::No {
            self.apply(committed, ctx);
        } else if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(committed);
        } else {
            // The jump that this makes is found by the next change.
            self.waiting.clear();
            self.waiting.push_back(committed);
        }
    }

    /// Keeps what can only be told with a roster. What is too much is found by the sweep.
    fn keep_early(&mut self, message: ToRoom) {
        if self.early.len() < WAITING_MAX {
            self.early.push_back(message);
        }
    }

    fn join(&mut self, target: Target, ctx: &mut Context<Self>) {
        let Some(roster) = &self.roster else { return };
        if roster.member(target.user_id).is_some() {
            self.add(target);
            // What was applied before it joined here and after its connect query.
            if let Some(local) = self.locals.get_mut(&target.key.hub) {
                local.missed = true;
            }
            self.offer_missed();
            self.retry(ctx);
        }
    }

    fn leave(&mut self, gone: Target) {
        self.remove(|target| target.key == gone.key);
        let still_here = self.locals.values().any(|local| {
            local
                .targets
                .iter()
                .any(|target| target.user_id == gone.user_id)
        });
        if !still_here {
            self.stop_typing(gone.user_id);
        }
    }
}

impl Local {
    fn refresh(&mut self) {
        self.slots = self.targets.iter().map(|target| target.key.slot).collect();
    }
}

/// Whether nothing that the roster knows of is still to be handed to hubs.
fn is_applied_by(applied: u64, roster: Option<&Roster>) -> bool {
    roster.is_some_and(|roster| roster.revision <= applied)
}

/// The revision after which changes lead to `head`, and perhaps on, without a hole.
fn leads_to(revisions: impl Iterator<Item = u64>, head: u64) -> Option<u64> {
    let mut after = None;
    let mut last = 0;
    for revision in revisions {
        if after.is_none() {
            after = Some(revision.checked_sub(1)?);
        } else if revision != last + 1 {
            return None;
        }
        last = revision;
    }
    after.filter(|after| *after < head && head <= last)
}

/// Whether one side of a DM has blocked the other.
fn is_blocked(roster: &Roster) -> bool {
    roster.kind == ConversationType::Dm && roster.members.iter().any(|member| member.blocks_other)
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        self.load(ctx);
        ctx.run_interval(IDLE_SCAN, |room, ctx| {
            let idle = room.node.clock.steady().saturating_sub(room.idle_since);
            if room.locals.is_empty() && idle >= IDLE_MAX && room.loading == Loading::No {
                room.retire(ctx);
            }
        });
    }
}

impl Handler<ToRoom> for Room {
    type Result = ();

    fn handle(&mut self, message: ToRoom, ctx: &mut Self::Context) {
        match message {
            ToRoom::Apply(committed) => self.take(committed, ctx),
            ToRoom::ApplyElsewhere(committed) => self.take_elsewhere(committed, ctx),
            ToRoom::Hint { revision } => self.hint(revision, ctx),
            ToRoom::Refresh => self.load(ctx),
            ToRoom::Join(target) => self.join(target, ctx),
            ToRoom::Leave(target) => self.leave(target),
            ToRoom::Typing(typing) => self.typing(typing, ctx),
            ToRoom::Receipts(_) | ToRoom::Expired(_) if self.roster.is_none() => {
                self.keep_early(message);
            }
            ToRoom::Receipts(receipts) => self.tell_receipts(receipts, ctx),
            ToRoom::Expired(message) => self.tell_expired(message),
        }
    }
}

#[cfg(test)]
mod tests;
