//! Calls that nobody keeps the time of any more, and calls that end for reasons outside of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use actix::Recipient;
use sentinal_protocol::{
    CallEndReason, CallId, ConversationId, ConversationType, DeviceId, UserId,
};
use sentinal_store::CallRecord;
use uuid::Uuid;

use super::calls::Calls;
use super::machine::{Call, Input};
use super::recent::RecentCalls;
use crate::error::ApiError;
use crate::messages::ToCall;
use crate::nodes::NODE_GONE_AFTER;

/// Live calls of this process that are compared with their actors.
const KEPT_MAX: u64 = 10_000;
/// Calls that end in one transaction.
const BATCH: u64 = 200;
/// Calls that ended just before the start which are remembered, the latest.
const RECENT_MAX: u64 = 1_000;
/// A call of this process that has had no actor for so long has lost it.
const LOST_AFTER: Duration = NODE_GONE_AFTER;
/// How long a drain waits for calls to end.
const DRAIN_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks.
const DRAIN_LOOK: Duration = Duration::from_millis(10);

/// Tells a call something that nobody waits for.
fn tell(call: &Recipient<ToCall>, input: Input) {
    // A control message: it must arrive, and there is one per cause.
    call.do_send(ToCall::Do { input, reply: None });
}

impl Calls {
    /// A call as it is in the database, ended if nobody keeps its time any more. The error says that
    /// another process does.
    pub async fn settle(&self, record: &CallRecord) -> Result<CallRecord, ApiError> {
        let now = self.node.clock.now();
        let found = self.node.store.find_call(record.id).await?;
        let record = found.unwrap_or_else(|| record.clone());
        if record.ended_at.is_some() {
            return Ok(record);
        }
        if let Some(node) = record.node_id
            && node != self.node_id
            && self.is_node_alive(node).await?
        {
            return Err(ApiError::unhealthy());
        }
        if let Some(ended) = self.node.store.end_abandoned_call(record.id, now).await? {
            self.tell_lost(vec![ended.clone()]).await;
            return Ok(ended);
        }
        let found = self.node.store.find_call(record.id).await?;
        found.ok_or_else(|| ApiError::not_found("call"))
    }

    /// Looks which processes live, and whether one of them is this.
    async fn is_node_alive(&self, node: Uuid) -> Result<bool, ApiError> {
        self.watch_nodes().await?;
        Ok(self.node.nodes.is_alive(node))
    }

    /// Looks which other processes share the database and live.
    async fn watch_nodes(&self) -> Result<(), ApiError> {
        let others = self.node.store.list_other_nodes(self.node_id).await?;
        self.node.nodes.watch(&others, self.node.clock.steady());
        Ok(())
    }

    /// Says that this process lives, and ends the calls of those that do not. Called at the start and
    /// every few seconds.
    pub async fn end_lost(&self) -> Result<(), ApiError> {
        let node = self.node_id;
        self.node
            .store
            .mark_node_seen(node, self.node.clock.now())
            .await?;
        self.watch_nodes().await?;
        loop {
            let mut alive = self.node.nodes.alive();
            alive.push(node);
            let now = self.node.clock.now();
            let ended = self
                .node
                .store
                .end_orphaned_calls(&alive, BATCH, now)
                .await?;
            let count = ended.len() as u64;
            if count > 0 {
                tracing::info!(count, "calls of a process that is gone were ended");
            }
            self.tell_lost(ended).await;
            if count < BATCH {
                break;
            }
        }
        self.node
            .store
            .forget_nodes(&self.node.nodes.dead())
            .await?;
        self.end_without_actor().await
    }

    /// Ends calls of this process whose actor has ended before them: it panicked.
    async fn end_without_actor(&self) -> Result<(), ApiError> {
        for id in self.node.directory.calls() {
            if self.node.directory.call(id).is_none() {
                self.node.directory.forget_call(id);
            }
        }
        let kept = self
            .node
            .store
            .list_kept_calls(self.node_id, KEPT_MAX)
            .await?;
        for id in self.lost_among(kept) {
            let now = self.node.clock.now();
            if let Some(ended) = self.node.store.end_abandoned_call(id, now).await? {
                tracing::error!(call = %id, "a call had lost its actor and was ended");
                self.tell_lost(vec![ended]).await;
            }
        }
        Ok(())
    }

    /// Which of these calls have had no actor for [`LOST_AFTER`]: one that has just ended, or is being
    /// made, has none for a moment.
    fn lost_among(&self, kept: Vec<CallId>) -> Vec<CallId> {
        let now = self.node.clock.steady();
        let missing = kept
            .into_iter()
            .filter(|id| self.node.directory.call(*id).is_none());
        let mut since = self
            .without_actor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let missing: HashMap<CallId, Duration> = missing
            .map(|id| (id, since.get(&id).copied().unwrap_or(now)))
            .collect();
        since.clone_from(&missing);
        drop(since);
        let lost = missing
            .into_iter()
            .filter(|(_, since)| now.saturating_sub(*since) >= LOST_AFTER);
        lost.map(|(id, _)| id).collect()
    }

    /// Tells everybody in them of calls that were ended in the database.
    async fn tell_lost(&self, records: Vec<CallRecord>) {
        for call in self.without_departed(records).await {
            self.remember(&call);
            self.announce_states(&call);
        }
    }

    /// Calls from the database, which those know of who are in their conversations still.
    async fn without_departed(&self, records: Vec<CallRecord>) -> Vec<Arc<Call>> {
        let ids: Vec<_> = records.iter().map(|record| record.id).collect();
        let departed = match self.node.store.list_departed(&ids).await {
            Ok(departed) => departed,
            Err(error) => {
                // That no phone rings on comes first.
                tracing::warn!(%error, "calls: everybody is told of calls that have ended");
                HashSet::new()
            }
        };
        let calls = records.into_iter().map(|record| {
            let (id, users) = (record.id, record.parties.clone());
            let users = users.into_iter().map(|party| party.user_id);
            let mut call = Call::restore(record, ConversationType::Group);
            call.note_departed(users.filter(|user| departed.contains(&(id, *user))));
            Arc::new(call)
        });
        calls.collect()
    }

    /// Remembers the calls that ended just before this process began: devices that rang come back
    /// to it and must learn that they did.
    pub async fn remember_recent(&self) -> Result<(), ApiError> {
        let (now, steady) = (self.node.clock.now(), self.node.clock.steady());
        let since = now.minus(RecentCalls::KEPT_FOR);
        let ended = self.node.store.list_ended_calls(since, RECENT_MAX).await?;
        for call in self.without_departed(ended).await {
            // An end that lies ahead, because the wall clock was set back, is of this moment.
            let age = call
                .record
                .ended_at
                .map_or(Duration::ZERO, |at| now.since(at));
            let left = RecentCalls::KEPT_FOR.saturating_sub(age);
            self.recent.remember(&call, steady + left);
        }
        Ok(())
    }

    /// Somebody is not in a conversation any more, or in none.
    pub fn depart(&self, user: UserId, conversation_id: Option<ConversationId>) {
        self.recent.forget(user, conversation_id);
        let calls = match conversation_id {
            Some(id) => self.node.directory.conversation_calls(id),
            None => self.node.directory.user_calls(user),
        };
        for call in calls {
            tell(&call, Input::Depart { user });
        }
    }

    /// A device is not its user's any more.
    pub fn remove_device(&self, user: UserId, device: DeviceId) {
        for call in self.node.directory.user_calls(user) {
            tell(&call, Input::DeviceRemoved { user, device });
        }
    }

    /// Login sessions of somebody have ended: the devices that are not logged in any more leave
    /// their calls.
    pub fn log_out(&self, user: UserId) {
        for call in self.node.directory.user_calls(user) {
            // A control message: it must arrive, and there is one per cause.
            call.do_send(ToCall::LoggedOut(user));
        }
    }

    /// A conversation is gone.
    pub fn abandon(&self, conversation_id: ConversationId) {
        for call in self.node.directory.conversation_calls(conversation_id) {
            let reason = CallEndReason::Failed;
            tell(&call, Input::Abandon { reason });
        }
    }

    /// Ends all calls of this process, which goes away: nobody else can keep their time.
    pub async fn drain(&self) {
        for id in self.node.directory.calls() {
            if let Some(call) = self.node.directory.call(id) {
                let reason = CallEndReason::NetworkError;
                tell(&call, Input::Abandon { reason });
            }
        }
        let ended = async {
            while self.node.directory.calls_running() > 0 {
                actix_rt::time::sleep(DRAIN_LOOK).await;
            }
        };
        if tokio::time::timeout(DRAIN_WITHIN, ended).await.is_err() {
            let calls = self.node.directory.calls_running();
            tracing::warn!(
                calls,
                "drain: some calls did not end; the next start ends them"
            );
        }
    }
}
