//! From the use cases to live sockets: rooms, account events, revocations, goodbye.

use std::collections::BTreeMap;
use std::time::Duration;

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::{Class, EventKind};
use sentinal_protocol::limits::SOCKETS_PER_USER_MAX;
use sentinal_protocol::{CloseCode, ConversationId, DeviceId, ErrorCode, UserId};
use sentinal_store::{Committed, Entry, Mark, MarkTarget, ReceiptKind};
use serde_json::{Map, Value};

use super::rate_limits::Bucket;
use super::{ApiError, App, Caller, Revocation, counts_receipts};
use crate::directory::SessionEntry;
use crate::hub::{CloseSockets, Drain, Notify, Offer};
use crate::room::{self, Room};
use crate::wire;

/// How long a drain waits for sockets to go, and for the journal to commit what it has.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// How often a drain looks.
const DRAIN_LOOK: Duration = Duration::from_millis(20);

impl App {
    /// The conversation's room, started if there is none. `None` before the first worker is up.
    pub(crate) fn start_room(&self, conversation_id: ConversationId) -> Option<Addr<Room>> {
        self.directory
            .room_or_start(conversation_id, |worker, generation| {
                let app = self.clone();
                Room::start_in_arbiter(&worker.arbiter, move |_| {
                    Room::new(app, conversation_id, generation)
                })
            })
    }

    /// Lets those whom a change removes hear of it where no room knows them: a room that starts
    /// after the change finds only those who are still there.
    pub(crate) fn offer_to_departed(&self, committed: &Committed) {
        let Entry::Change(change) = &committed.entry else {
            return;
        };
        let (EventKind::ParticipantRemoved, Some(user)) = (change.kind, change.subject) else {
            return;
        };
        self.offer_log(UserId(user), committed);
    }

    /// Lets calls know of a change that takes people away from them.
    pub(crate) fn change_calls(&self, committed: &Committed) {
        let Entry::Change(change) = &committed.entry else {
            return;
        };
        if committed.is_deletion() {
            self.abandon_calls(committed.conversation_id);
        } else if let (EventKind::ParticipantRemoved, Some(user)) = (change.kind, change.subject) {
            self.depart_calls(UserId(user), Some(committed.conversation_id));
        }
    }

    /// Has a user's sockets read the log up to this change.
    fn offer_log(&self, user_id: UserId, committed: &Committed) {
        let sockets = self.directory.sessions(user_id).into_iter();
        for (hub, targets) in by_hub(sockets) {
            if let Some(worker) = self.directory.worker(hub) {
                // A control message: at most one per socket and membership.
                worker.hub.do_send(Offer {
                    conversation_id: committed.conversation_id,
                    revision: committed.revision,
                    receipt_version: 0,
                    targets: targets.into(),
                });
            }
        }
    }

    /// The same for a conversation that was deleted: nobody is in its roster any more, so no room
    /// is started for it.
    pub(crate) async fn offer_to_all_departed(
        &self,
        committed: &Committed,
    ) -> Result<(), ApiError> {
        let (id, revision) = (committed.conversation_id, committed.revision);
        if committed.is_deletion() && self.directory.room(id).is_none() {
            for user_id in self.store.list_ended(id, revision).await? {
                self.offer_log(user_id, committed);
            }
        }
        Ok(())
    }

    /// Whether this device may open another socket now; counts it as a new one.
    pub fn admit(&self, caller: &Caller) -> Result<(), ApiError> {
        self.limits.check(Bucket::WsConnect, caller.user_id)?;
        if !self
            .directory
            .has_place(caller.user_id, caller.device_id, SOCKETS_PER_USER_MAX)
        {
            return Err(ApiError::new(
                ErrorCode::TooManyConnections,
                "As many sockets are open as one user may have.",
            ));
        }
        Ok(())
    }

    /// Tells those whom it concerns that the caller writes, or has stopped.
    pub(crate) async fn typing(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        is_typing: bool,
    ) -> Result<(), ApiError> {
        let roster = self.rosters.get(conversation_id).await?;
        if roster.is_none_or(|roster| roster.member(caller.user_id).is_none()) {
            return Err(ApiError::not_found("conversation"));
        }
        if let Some(room) = self.start_room(conversation_id) {
            // At most once: a room with a full mailbox has better things to do.
            let _ = room.try_send(room::Typing {
                user_id: caller.user_id,
                is_typing,
            });
        }
        Ok(())
    }

    /// Lets the DM of two users know that a block between them has come or gone.
    pub(crate) async fn block_changed(&self, one: UserId, other: UserId) -> Result<(), ApiError> {
        if let Some(dm) = self.store.find_direct_conversation(one, other).await? {
            self.rosters.forget(dm.id);
            if let Some(room) = self.directory.room(dm.id) {
                // A control message: it must arrive, and there is one per block.
                room.do_send(room::Refresh);
            }
        }
        Ok(())
    }

    /// No call crosses a block in a DM: who blocks leaves it, as if they had hung up.
    pub(crate) async fn end_blocked_call(
        &self,
        blocker: UserId,
        other: UserId,
    ) -> Result<(), ApiError> {
        if let Some(dm) = self.store.find_direct_conversation(blocker, other).await? {
            self.depart_calls(blocker, Some(dm.id));
        }
        Ok(())
    }

    /// Closes the sockets that a revocation concerns.
    pub(crate) fn close_sockets(&self, user_id: UserId, revocation: &Revocation) {
        let code = match revocation {
            Revocation::Device(_) => CloseCode::DeviceRemoved,
            Revocation::LoginSession(_) | Revocation::User { .. } => CloseCode::Unauthorized,
        };
        let concerned =
            self.directory
                .sessions(user_id)
                .into_iter()
                .filter(|entry| match revocation {
                    Revocation::LoginSession(id) => entry.login_session_id == *id,
                    Revocation::Device(id) => entry.device_id == *id,
                    Revocation::User { except, .. } => Some(entry.login_session_id) != *except,
                });
        for (hub, targets) in by_hub(concerned) {
            if let Some(worker) = self.directory.worker(hub) {
                worker.hub.do_send(CloseSockets { targets, code });
            }
        }
    }

    /// Tells a user's live sockets what happened to the account.
    pub(crate) fn account_event(
        &self,
        user_id: UserId,
        kind: EventKind,
        fields: Map<String, Value>,
    ) {
        self.notify(self.directory.sessions(user_id).into_iter(), kind, fields);
    }

    /// Tells a device's live sockets something about it.
    pub(crate) fn device_event(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        kind: EventKind,
        fields: Map<String, Value>,
    ) {
        let sessions = self.directory.sessions(user_id).into_iter();
        self.notify(
            sessions.filter(|entry| entry.device_id == device_id),
            kind,
            fields,
        );
    }

    /// Tells the live sockets of some users something outside any conversation.
    pub(crate) fn event_for(&self, users: &[UserId], kind: EventKind, fields: Map<String, Value>) {
        let sessions = users
            .iter()
            .map(|user_id| self.directory.sessions(*user_id));
        self.notify(sessions.flatten(), kind, fields);
    }

    fn notify(
        &self,
        whom: impl Iterator<Item = SessionEntry>,
        kind: EventKind,
        fields: Map<String, Value>,
    ) {
        let class = kind.row().map_or(Class::Ephemeral, |row| row.class);
        self.send_frame(whom, class, &wire::event(kind, self.clock.now(), fields));
    }

    /// The one place through which what is in no conversation's log leaves for sockets.
    pub(crate) fn send_frame(
        &self,
        whom: impl Iterator<Item = SessionEntry>,
        class: Class,
        frame: &Bytes,
    ) {
        for (hub, targets) in by_hub(whom) {
            let Some(worker) = self.directory.worker(hub) else {
                continue;
            };
            let notify = Notify {
                frame: frame.clone(),
                class,
                targets,
            };
            match class {
                // At most once: a hub with a full mailbox has better things to do.
                Class::Ephemeral => {
                    let _ = worker.hub.try_send(notify);
                }
                // Few and small; a socket that is slow drops them and reads the state later.
                Class::State | Class::Durable | Class::Protocol => worker.hub.do_send(notify),
            }
        }
    }

    /// Writes the acks that wait, and marks what they acknowledge delivered.
    pub(crate) async fn flush_cursors(&self) -> Result<(), ApiError> {
        let acks = self.cursors.snapshot();
        if acks.is_empty() {
            return Ok(());
        }
        let cursors: Vec<_> = acks.iter().map(|ack| ack.cursor).collect();
        self.store.mark_acked(&cursors).await?;
        self.cursors.written(&acks);
        let mut marks = Vec::with_capacity(acks.len());
        for ack in &acks {
            let conversation_id = ack.cursor.conversation_id;
            let roster = self.rosters.get(conversation_id).await?;
            marks.push(Mark {
                conversation_id,
                user_id: ack.user_id,
                kind: ReceiptKind::Delivered,
                up_to: MarkTarget::Revision(ack.cursor.revision),
                counted: roster.is_some_and(|roster| counts_receipts(&roster)),
            });
        }
        self.journal.mark(marks).await?;
        Ok(())
    }

    /// Says goodbye to all sockets and writes down what is written behind. Afterwards the store
    /// may be closed.
    pub async fn drain(&self) {
        self.directory.start_draining();
        self.drain_calls().await;
        let drains = self
            .directory
            .workers()
            .into_iter()
            .map(|(_, worker)| worker.hub.send(Drain));
        for drain in drains.collect::<Vec<_>>() {
            if drain.await.is_err() {
                tracing::warn!("drain: a worker is gone already");
            }
        }
        let settled = async {
            while self.directory.users_online() > 0 || self.journal.waiting() > 0 {
                actix_rt::time::sleep(DRAIN_LOOK).await;
            }
        };
        if tokio::time::timeout(DRAIN_WITHIN, settled).await.is_err() {
            tracing::warn!(
                users = self.directory.users_online(),
                changes = self.journal.waiting(),
                "drain: not everything settled in time"
            );
        }
        if let Err(error) = self.flush_cursors().await {
            tracing::warn!(%error, "drain: the last acks were not written, their events repeat");
        }
        if let Err(error) = self.flush_seen().await {
            tracing::warn!(%error, "drain: when logins were last in use was not written");
        }
        self.auth.resets.close().await;
    }
}

fn by_hub(entries: impl Iterator<Item = SessionEntry>) -> BTreeMap<usize, Vec<u64>> {
    let mut hubs: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for entry in entries {
        hubs.entry(entry.key.hub).or_default().push(entry.key.slot);
    }
    hubs
}
