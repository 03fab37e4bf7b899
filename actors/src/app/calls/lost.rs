//! Calls that nobody keeps the time of any more, and calls that end for reasons outside of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use sentinal_protocol::{CallEndReason, ConversationId, ConversationType, DeviceId, UserId};
use sentinal_store::{CallRecord, NODE_GONE_AFTER};

use super::{ApiError, App};
use crate::call::machine::{Call, Input};
use crate::call::{CallActor, Do, LoggedOut, RecentCalls};

/// Live calls of this process that are compared with their actors.
const KEPT_MAX: u64 = 10_000;
/// Calls that end in one transaction.
const BATCH: u64 = 200;
/// Calls that ended just before the start which are remembered, the latest.
const RECENT_MAX: u64 = 1_000;
/// A call of this process that has no actor so long after it was made has lost it.
const LOST_AFTER: Duration = NODE_GONE_AFTER;
/// How long a drain waits for calls to end.
const DRAIN_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks.
const DRAIN_LOOK: Duration = Duration::from_millis(10);

/// Tells a call something that nobody waits for.
fn tell(call: &Addr<CallActor>, input: Input) {
    // A control message: it must arrive, and there is one per cause.
    call.do_send(Do { input, reply: None });
}

impl App {
    /// A call as it is in the database, ended if nobody keeps its time any more. The error says that
    /// another process does.
    pub(super) async fn settle_call(&self, record: &CallRecord) -> Result<CallRecord, ApiError> {
        let now = self.clock.now();
        let found = self.store.find_call(record.id).await?;
        let record = found.unwrap_or_else(|| record.clone());
        if record.ended_at.is_some() {
            return Ok(record);
        }
        if let Some(node) = record.node_id
            && node != self.calls.node_id
            && self.store.is_node_alive(node, now).await?
        {
            return Err(ApiError::unhealthy());
        }
        if let Some(ended) = self.store.end_abandoned_call(record.id, now).await? {
            self.tell_lost(vec![ended.clone()]).await;
            return Ok(ended);
        }
        let found = self.store.find_call(record.id).await?;
        found.ok_or_else(|| ApiError::not_found("call"))
    }

    /// Says that this process lives, and ends the calls of those that do not. Called at the start and
    /// every few seconds.
    pub async fn end_lost_calls(&self) -> Result<(), ApiError> {
        let node = self.calls.node_id;
        self.store.mark_node_seen(node, self.clock.now()).await?;
        loop {
            let now = self.clock.now();
            let ended = self.store.end_orphaned_calls(node, BATCH, now).await?;
            let count = ended.len() as u64;
            if count > 0 {
                tracing::info!(count, "calls of a process that is gone were ended");
            }
            self.tell_lost(ended).await;
            if count < BATCH {
                break;
            }
        }
        self.end_calls_without_actor().await
    }

    /// Ends calls of this process whose actor has ended before them: it panicked.
    async fn end_calls_without_actor(&self) -> Result<(), ApiError> {
        for id in self.directory.calls() {
            if self.directory.call(id).is_none() {
                self.directory.forget_call(id);
            }
        }
        let now = self.clock.now();
        let before = now.minus(LOST_AFTER);
        let kept = self
            .store
            .list_kept_calls(self.calls.node_id, before, KEPT_MAX)
            .await?;
        for id in kept {
            if self.directory.call(id).is_none()
                && let Some(ended) = self.store.end_abandoned_call(id, now).await?
            {
                tracing::error!(call = %id, "a call had lost its actor and was ended");
                self.tell_lost(vec![ended]).await;
            }
        }
        Ok(())
    }

    /// Tells everybody in them of calls that were ended in the database.
    async fn tell_lost(&self, records: Vec<CallRecord>) {
        for call in self.without_departed(records).await {
            self.calls.recent.remember(&call);
            self.announce_call_states(&call);
        }
    }

    /// Calls from the database, which those know of who are in their conversations still.
    async fn without_departed(&self, records: Vec<CallRecord>) -> Vec<Arc<Call>> {
        let ids: Vec<_> = records.iter().map(|record| record.id).collect();
        let departed = match self.store.list_departed(&ids).await {
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
    pub(crate) async fn remember_recent_calls(&self) -> Result<(), ApiError> {
        let since = self.clock.now().minus(RecentCalls::KEPT_FOR);
        let ended = self.store.list_ended_calls(since, RECENT_MAX).await?;
        for call in self.without_departed(ended).await {
            self.calls.recent.remember(&call);
        }
        Ok(())
    }

    /// Somebody is not in a conversation any more, or in none.
    pub(crate) fn depart_calls(&self, user: UserId, conversation_id: Option<ConversationId>) {
        self.calls.recent.forget(user, conversation_id);
        let calls = match conversation_id {
            Some(id) => self.directory.conversation_calls(id),
            None => self.directory.user_calls(user),
        };
        for call in calls {
            tell(&call, Input::Depart { user });
        }
    }

    /// A device is not its user's any more.
    pub(crate) fn remove_from_calls(&self, user: UserId, device: DeviceId) {
        for call in self.directory.user_calls(user) {
            tell(&call, Input::DeviceRemoved { user, device });
        }
    }

    /// Login sessions of somebody have ended: the devices that are not logged in any more leave
    /// their calls.
    pub(crate) fn log_out_of_calls(&self, user: UserId) {
        for call in self.directory.user_calls(user) {
            // A control message: it must arrive, and there is one per cause.
            call.do_send(LoggedOut(user));
        }
    }

    /// A conversation is gone.
    pub(crate) fn abandon_calls(&self, conversation_id: ConversationId) {
        for call in self.directory.conversation_calls(conversation_id) {
            let reason = CallEndReason::Failed;
            tell(&call, Input::Abandon { reason });
        }
    }

    /// Ends all calls of this process, which goes away: nobody else can keep their time.
    pub(crate) async fn drain_calls(&self) {
        for id in self.directory.calls() {
            if let Some(call) = self.directory.call(id) {
                let reason = CallEndReason::NetworkError;
                tell(&call, Input::Abandon { reason });
            }
        }
        let ended = async {
            while self.directory.calls_running() > 0 {
                actix_rt::time::sleep(DRAIN_LOOK).await;
            }
        };
        if tokio::time::timeout(DRAIN_WITHIN, ended).await.is_err() {
            let calls = self.directory.calls_running();
            tracing::warn!(
                calls,
                "drain: some calls did not end; the next start ends them"
            );
        }
    }
}
