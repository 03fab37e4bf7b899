//! The room actor: who is live in one conversation, and fan-out to them.
//!
//! - **State** — the roster, local sockets by hub, the last applied revision, who is typing.
//!   Nothing durable: a room that dies loses nothing, its sockets find a jump in the numbers and
//!   read the log.
//! - **Messages in** — [`Apply`] and [`Receipts`] from the journal, [`Hint`] from the bus,
//!   [`Join`] and [`Leave`] from sessions, [`Typing`], [`Expired`] from the registry.
//! - **Messages out** — [`Deliver`] and [`Offer`] to hubs.
//! - **Lifecycle** — started by the registry on first use; retired after [`IDLE_MAX`] without
//!   local sockets.
//! - **Supervisor** — the registry: a panic ends this room only, and the next event starts it anew.
//! - **Backpressure** — [`MAILBOX_LEN`] messages; the journal that finds it full keeps "behind from
//!   r". A hub that is full is offered the head again until it takes it.
//! - **Invariants** — a turn does no I/O; revisions leave in order; only committed changes enter.

mod message_changes;

pub use message_changes::Expired;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits::CHATTY_GROUP_MAX;
use sentinal_protocol::{ConversationId, ConversationType, DeviceId, UserId};
use sentinal_store::{Change, Committed, Entry, Marked, ReceiptKind, Roster, StoredMessage};
use serde_json::json;

use crate::app::App;
use crate::directory::SessionKey;
use crate::hub::{Deliver, Frames, Offer, Treatment};
use crate::position::Membership;
use crate::wire::{self, DeviceContent, MessageFrame};

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
/// Someone who typed and is not heard of again has stopped.
const TYPING_MAX: Duration = Duration::from_secs(10);
/// A repeated "started" within this time says nothing new.
const TYPING_REPEAT: Duration = Duration::from_secs(3);

/// From the journal: a change that is in the database.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Apply(pub Committed);

/// The conversation has got to this revision; how is in the log.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Hint {
    /// The revision.
    pub revision: u64,
}

/// Who may do what has changed, without a revision: a block.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Refresh;

/// From the journal: a receipt cursor moved.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Receipts(pub Arc<Marked>);

/// A socket of a participant is live.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Join(pub Target);

/// A socket has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Leave(pub Target);

/// Someone writes, or has stopped.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Typing {
    /// Who.
    pub user_id: UserId,
    /// Which of both.
    pub is_typing: bool,
}

/// A socket as a room knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub key: SessionKey,
    /// Whose.
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
}

/// The sockets of one hub, and what it could not be told.
#[derive(Default)]
struct Local {
    targets: Vec<Target>,
    /// The slots of `targets`, shared with every event until a socket comes or goes.
    slots: Arc<[u64]>,
    /// The hub's mailbox was full: to be offered the head again.
    missed: bool,
}

/// The actor.
pub struct Room {
    app: App,
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
    loading: bool,
    /// Who typed before the roster was there.
    early_typing: Vec<Typing>,
    retry_due: bool,
    typing: HashMap<UserId, Instant>,
    idle_since: Instant,
}

impl Room {
    /// A room that will read its roster when it starts.
    pub fn new(app: App, conversation_id: ConversationId, generation: u64) -> Self {
        Self {
            app,
            conversation_id,
            generation,
            roster: None,
            applied: 0,
            receipt_version: 0,
            locals: BTreeMap::new(),
            waiting: VecDeque::new(),
            loading: false,
            early_typing: Vec::new(),
            retry_due: false,
            typing: HashMap::new(),
            idle_since: Instant::now(),
        }
    }

    /// Reads the roster, then goes on with what waited for it.
    fn load(&mut self, ctx: &mut Context<Self>) {
        if self.loading {
            return;
        }
        self.loading = true;
        let rosters = self.app.rosters.clone();
        let conversation_id = self.conversation_id;
        let read = async move { rosters.read(conversation_id).await };
        ctx.spawn(read.into_actor(self).map(|roster, room, ctx| {
            room.loading = false;
            match roster {
                Ok(Some(roster)) => {
                    room.take_roster(roster);
                    room.go_on(ctx);
                    for typing in std::mem::take(&mut room.early_typing) {
                        room.typing(typing, ctx);
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
    /// the other way round, so whichever comes second sees the other.
    fn take_roster(&mut self, roster: Arc<Roster>) {
        let first = self.roster.is_none();
        for member in &roster.members {
            let known = self
                .roster
                .as_ref()
                .is_some_and(|old| old.member(member.user_id).is_some());
            if known {
                continue;
            }
            self.app
                .directory
                .enter_room(member.user_id, self.conversation_id);
            for entry in self.app.directory.sessions(member.user_id) {
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
            self.idle_since = Instant::now();
        }
    }

    /// Applies what waits, as far as the roster allows.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        while let Some(committed) = self.waiting.pop_front() {
            self.apply(committed, ctx);
        }
    }

    fn apply(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        if committed.revision <= self.applied {
            return;
        }
        if committed.revision > self.applied + 1 {
            // A hint was lost: every socket reads the log.
            self.hint(committed.revision, ctx);
            return;
        }
        self.applied = committed.revision;
        match &committed.entry {
            Entry::Message(message) => self.deliver_message(message, ctx),
            Entry::MessageChange(change) => {
                self.deliver_message_change(committed.revision, change, ctx);
            }
            Entry::Change(change) => self.deliver_change(committed.revision, change, ctx),
        }
    }

    fn hint(&mut self, revision: u64, ctx: &mut Context<Self>) {
        if revision > self.applied {
            self.applied = revision;
            self.offer_all();
            self.retry(ctx);
        }
    }

    fn deliver_message(&mut self, message: &StoredMessage, ctx: &mut Context<Self>) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        self.stop_typing(message.sender_id, ctx);
        let sender = roster.member(message.sender_id);
        let names = |user_id: UserId, device_id: DeviceId| {
            roster.member(user_id).and_then(|member| {
                member
                    .devices
                    .iter()
                    .find(|device| device.name.id == device_id)
            })
        };
        let sender_device = sender
            .and_then(|_| names(message.sender_id, message.sender_device_id))
            .map(|device| device.name.device_id.as_str());
        let frame = MessageFrame::live(message, sender_device);
        let bodies: HashMap<DeviceId, _> = message
            .bodies
            .iter()
            .map(|(device_id, body)| (*device_id, body))
            .collect();
        let treatment = Treatment::Durable {
            revision: message.revision,
        };
        let shared_only = message.bodies.is_empty() && message.hidden_from.is_none();
        let for_all = shared_only.then(|| {
            let shared = message.shared.as_ref();
            frame.for_device(DeviceContent {
                shared,
                ..Default::default()
            })
        });
        let echo = frame.for_device(DeviceContent::default());
        let conversation_id = self.conversation_id;
        self.each_hub(ctx, treatment, None, |target| {
            if target.device_id == message.sender_device_id {
                return echo.clone();
            }
            if let Some(frame) = &for_all {
                return frame.clone();
            }
            if message.hidden_from == Some(target.user_id) {
                let (revision, at) = (message.revision, message.created_at);
                return wire::bare_revision(conversation_id, revision, at, false);
            }
            let device = names(target.user_id, target.device_id);
            frame.for_device(DeviceContent {
                own: bodies.get(&target.device_id).copied(),
                shared: message.shared.as_ref(),
                device_name: device.map_or("", |device| device.name.device_id.as_str()),
                replay: false,
            })
        });
    }

    fn deliver_change(&mut self, revision: u64, change: &Change, ctx: &mut Context<Self>) {
        let subject = change.subject.map(UserId);
        let joins = match change.kind {
            EventKind::ParticipantAdded => Some((Membership::Joins, subject)),
            EventKind::ParticipantRemoved => Some((Membership::Leaves, subject)),
            EventKind::ConversationDeleted => Some((Membership::Leaves, None)),
            // Everybody's log begins with it.
            EventKind::ConversationCreated => Some((Membership::Joins, None)),
            _ => None,
        };
        // People that it brings in must be known before it goes out.
        let refreshed = self.app.rosters.cached(self.conversation_id);
        let is_fresh = refreshed
            .as_ref()
            .is_some_and(|roster| roster.revision >= revision);
        if let Some(roster) = refreshed.filter(|_| is_fresh) {
            self.take_roster(roster);
        }
        let conversation_id = self.conversation_id;
        let frame = wire::change(conversation_id, revision, change, false);
        let own = wire::change(conversation_id, revision, change, true);
        let is_added = change.kind == EventKind::ParticipantAdded;
        let treatment = Treatment::Durable { revision };
        self.each_hub(ctx, treatment, joins, |target| {
            if change.hidden_from == Some(target.user_id) {
                return wire::bare_revision(conversation_id, revision, change.at, false);
            }
            if is_added && Some(target.user_id) == subject {
                own.clone()
            } else {
                frame.clone()
            }
        });
        self.drop_strangers();
        if !is_fresh {
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
            self.app.directory.leave_room(user_id, self.conversation_id);
            self.typing.remove(&user_id);
            self.remove(|target| target.user_id == user_id);
        }
    }

    /// Sends every hub its part of an event. A hub whose mailbox is full has missed it, and is
    /// offered the head until it takes it.
    fn each_hub(
        &mut self,
        ctx: &mut Context<Self>,
        treatment: Treatment,
        membership: Option<(Membership, Option<UserId>)>,
        mut frame: impl FnMut(&Target) -> bytes::Bytes,
    ) {
        for (hub, local) in &mut self.locals {
            let Some(worker) = self.app.directory.worker(*hub) else {
                continue;
            };
            let membership = membership.map(|(membership, whom)| {
                let affected = local
                    .targets
                    .iter()
                    .filter(|target| whom.is_none_or(|whom| whom == target.user_id));
                (membership, affected.map(|target| target.key.slot).collect())
            });
            let deliver = Deliver {
                conversation_id: self.conversation_id,
                treatment,
                frames: Frames::Each(local.targets.iter().map(&mut frame).collect()),
                targets: local.slots.clone(),
                membership,
            };
            if worker.hub.try_send(deliver).is_err() {
                match treatment {
                    Treatment::Durable { .. } | Treatment::Receipts { .. } => local.missed = true,
                    Treatment::Ephemeral => {}
                }
            }
        }
        self.retry(ctx);
    }

    fn offer_all(&mut self) {
        for local in self.locals.values_mut() {
            local.missed = true;
        }
        self.offer_missed();
    }

    fn offer_missed(&mut self) {
        for (hub, local) in &mut self.locals {
            if !local.missed {
                continue;
            }
            let Some(worker) = self.app.directory.worker(*hub) else {
                continue;
            };
            let offer = Offer {
                conversation_id: self.conversation_id,
                revision: self.applied,
                receipt_version: self.receipt_version,
                targets: local.slots.clone(),
            };
            local.missed = worker.hub.try_send(offer).is_err();
        }
    }

    fn retry(&mut self, ctx: &mut Context<Self>) {
        if !self.retry_due && self.locals.values().any(|local| local.missed) {
            self.retry_due = true;
            ctx.run_later(RETRY, |room, ctx| {
                room.retry_due = false;
                room.offer_missed();
                room.retry(ctx);
            });
        }
    }

    fn stop_typing(&mut self, user_id: UserId, ctx: &mut Context<Self>) {
        if self.typing.remove(&user_id).is_some() {
            self.tell_typing(user_id, false, ctx);
        }
    }

    fn typing(&mut self, typing: Typing, ctx: &mut Context<Self>) {
        let Some(roster) = &self.roster else {
            if self.early_typing.len() < CHATTY_GROUP_MAX {
                self.early_typing.push(typing);
            }
            return;
        };
        let blocked = roster.kind == ConversationType::Dm
            && roster.members.iter().any(|member| member.blocks_other);
        if roster.member(typing.user_id).is_none()
            || roster.members.len() > CHATTY_GROUP_MAX
            || blocked
        {
            return;
        }
        if !typing.is_typing {
            self.stop_typing(typing.user_id, ctx);
            return;
        }
        let now = Instant::now();
        if let Some(since) = self.typing.get(&typing.user_id)
            && now.duration_since(*since) < TYPING_REPEAT
        {
            return;
        }
        self.typing.insert(typing.user_id, now);
        self.tell_typing(typing.user_id, true, ctx);
        ctx.run_later(TYPING_MAX, move |room, ctx| {
            let since = room.typing.get(&typing.user_id);
            if since.is_some_and(|since| since.elapsed() >= TYPING_MAX) {
                room.stop_typing(typing.user_id, ctx);
            }
        });
    }

    fn tell_typing(&mut self, user_id: UserId, is_typing: bool, ctx: &mut Context<Self>) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let Some(member) = roster.member(user_id) else {
            return;
        };
        let kind = if is_typing {
            EventKind::TypingStarted
        } else {
            EventKind::TypingStopped
        };
        let fields = json!({
            "user_id": user_id,
            "conversation_id": self.conversation_id,
            "display_name": member.display_name,
            "is_typing": is_typing,
        });
        let frame = wire::event(kind, self.app.clock.now(), fields);
        self.tell(Treatment::Ephemeral, &frame, ctx, |target| {
            target.user_id != user_id
        });
    }

    /// Sends one frame to some of the room's sockets.
    fn tell(
        &mut self,
        treatment: Treatment,
        frame: &bytes::Bytes,
        ctx: &mut Context<Self>,
        whom: impl Fn(&Target) -> bool,
    ) {
        for (hub, local) in &mut self.locals {
            let Some(worker) = self.app.directory.worker(*hub) else {
                continue;
            };
            let chosen = local.targets.iter().filter(|target| whom(target));
            let targets: Arc<[u64]> = chosen.map(|target| target.key.slot).collect();
            if targets.is_empty() {
                continue;
            }
            let deliver = Deliver {
                conversation_id: self.conversation_id,
                treatment,
                frames: Frames::Same(frame.clone()),
                targets,
                membership: None,
            };
            let full = worker.hub.try_send(deliver).is_err();
            local.missed |= full && treatment != Treatment::Ephemeral;
        }
        self.retry(ctx);
    }

    fn leave_directory(&self) {
        if let Some(roster) = &self.roster {
            for member in &roster.members {
                self.app
                    .directory
                    .leave_room(member.user_id, self.conversation_id);
            }
        }
        self.app
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
                .any(|member| self.app.directory.is_online(member.user_id))
        });
        if someone {
            self.app.start_room(self.conversation_id);
        }
        ctx.stop();
    }
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

impl Local {
    fn refresh(&mut self) {
        self.slots = self.targets.iter().map(|target| target.key.slot).collect();
    }
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_LEN);
        self.load(ctx);
        ctx.run_interval(IDLE_SCAN, |room, ctx| {
            if room.locals.is_empty() && room.idle_since.elapsed() >= IDLE_MAX && !room.loading {
                room.retire(ctx);
            }
        });
    }
}

impl Handler<Apply> for Room {
    type Result = ();

    fn handle(&mut self, Apply(committed): Apply, ctx: &mut Self::Context) {
        if self.roster.is_some() && !self.loading {
            self.apply(committed, ctx);
        } else if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(committed);
        } else {
            // The jump that this makes is found by the next change.
            self.waiting.clear();
            self.waiting.push_back(committed);
        }
    }
}

impl Handler<Hint> for Room {
    type Result = ();

    fn handle(&mut self, hint: Hint, ctx: &mut Self::Context) {
        self.hint(hint.revision, ctx);
    }
}

impl Handler<Refresh> for Room {
    type Result = ();

    fn handle(&mut self, _: Refresh, ctx: &mut Self::Context) {
        self.load(ctx);
    }
}

impl Handler<Join> for Room {
    type Result = ();

    fn handle(&mut self, Join(target): Join, ctx: &mut Self::Context) {
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
}

impl Handler<Leave> for Room {
    type Result = ();

    fn handle(&mut self, Leave(gone): Leave, ctx: &mut Self::Context) {
        self.remove(|target| target.key == gone.key);
        let still_here = self.locals.values().any(|local| {
            local
                .targets
                .iter()
                .any(|target| target.user_id == gone.user_id)
        });
        if !still_here {
            self.stop_typing(gone.user_id, ctx);
        }
    }
}

impl Handler<Typing> for Room {
    type Result = ();

    fn handle(&mut self, typing: Typing, ctx: &mut Self::Context) {
        self.typing(typing, ctx);
    }
}

impl Handler<Receipts> for Room {
    type Result = ();

    fn handle(&mut self, Receipts(marked): Receipts, ctx: &mut Self::Context) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let now = self.app.clock.now();
        let user_id = marked.user_id;
        let own = (marked.kind == ReceiptKind::Read).then(|| {
            let fields = json!({
                "user_id": user_id,
                "conversation_id": self.conversation_id,
                "last_read_sequence": marked.sequence_number,
                "unread_count": marked.unread_count,
            });
            wire::event(EventKind::ConversationRead, now, fields)
        });
        // In large groups only the cursor is kept.
        let Some(version) = marked.receipt_version else {
            if let Some(own) = own {
                self.tell(Treatment::Ephemeral, &own, ctx, |target| {
                    target.user_id == user_id
                });
            }
            return;
        };
        self.receipt_version = self.receipt_version.max(version);
        let blocked = roster.kind == ConversationType::Dm
            && roster.members.iter().any(|member| member.blocks_other);
        let open = |user_id| {
            roster
                .member(user_id)
                .is_some_and(|member| member.read_receipts)
        };
        let frame = marked.message_id.map(|id| {
            let at_message = (id, marked.sequence_number);
            wire::receipt(self.conversation_id, user_id, marked.kind, at_message, now)
        });
        // Everybody's counter moves; only those concerned get a frame.
        self.each_hub(ctx, Treatment::Receipts { version }, None, |target| {
            if target.user_id == user_id {
                return own.clone().unwrap_or_default();
            }
            let told = !blocked
                && marked.senders.contains(&target.user_id)
                && match marked.kind {
                    ReceiptKind::Delivered => true,
                    ReceiptKind::Read => open(user_id) && open(target.user_id),
                };
            frame.clone().filter(|_| told).unwrap_or_default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_without_a_hole_go_out_live_and_others_are_read_from_the_log() {
        let leads = |revisions: &[u64], head| leads_to(revisions.iter().copied(), head);
        assert_eq!(leads(&[7], 7), Some(6));
        assert_eq!(leads(&[7, 8, 9], 8), Some(6));
        assert_eq!(leads(&[1], 1), Some(0));
        assert_eq!(leads(&[], 7), None);
        assert_eq!(leads(&[7, 9], 9), None, "a hole");
        assert_eq!(leads(&[7], 8), None, "the head is further");
        assert_eq!(leads(&[8], 7), None, "the roster is older");
    }
}
