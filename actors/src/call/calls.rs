//! What a node knows of its calls, and the way to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::dev::SendError;
use sentinal_protocol::api::calls::Call as CallResource;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{CallId, Timestamp, UserId};
use sentinal_store::{CallRecord, Committed, Entry};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::machine::{Call, Input};
use super::recent::RecentCalls;
use super::show::call_resource;
use super::writer::CallWriter;
use crate::error::ApiError;
use crate::messages::{Answer, Reply, ToCall};
use crate::node::Node;
use crate::push::Push;

/// What this node knows of calls beside the directory. Cloning it is cheap.
#[derive(Clone)]
pub struct Calls {
    pub(crate) node: Node,
    pub(super) push: Push,
    /// This process, among all that share the database.
    pub node_id: Uuid,
    /// The one way in which they are written.
    pub writer: CallWriter,
    /// Those that ended a moment ago.
    pub(super) recent: RecentCalls,
    /// Those that are to be kept here and have no actor: since when, by the steady clock.
    pub(super) without_actor: Arc<Mutex<HashMap<CallId, Duration>>>,
}

impl Calls {
    /// Of a process that starts now.
    pub fn new(node: Node, push: Push) -> Self {
        Self {
            node_id: node.id,
            writer: CallWriter::new(node.store.clone()),
            recent: RecentCalls::default(),
            without_actor: Arc::default(),
            push,
            node,
        }
    }

    /// The present of a call: of a live one of this process what its actor measures, which no setting
    /// of the wall clock moves.
    pub fn now_of(&self, id: CallId) -> Timestamp {
        let clock = &self.node.clock;
        let timeline = self.node.directory.call_timeline(id);
        timeline.map_or_else(|| clock.now(), |timeline| timeline.now(clock))
    }

    /// A call as the wire shows it now.
    pub fn shown(&self, record: &CallRecord) -> CallResource {
        call_resource(record, self.now_of(record.id))
    }

    /// Asks a call's actor; `None`: there is none, or it has ended meanwhile.
    pub async fn ask(&self, id: CallId, input: Input) -> Option<Result<Answer, ApiError>> {
        let call = self.node.directory.call(id)?;
        let (reply, answer): (Reply, _) = oneshot::channel();
        let reply = Some(reply);
        match call.try_send(ToCall::Do { input, reply }) {
            Ok(()) => {}
            Err(SendError::Full(_)) => return Some(Err(ApiError::overloaded())),
            Err(SendError::Closed(_)) => return None,
        }
        match answer.await {
            Ok(done) => Some(done.map_err(ApiError::from)),
            Err(_) => None,
        }
    }

    /// Lets calls know of a committed change that takes people away from them.
    pub fn follow(&self, committed: &Committed) {
        let Entry::Change(change) = &committed.entry else {
            return;
        };
        if committed.is_deletion() {
            self.abandon(committed.conversation_id);
        } else if let (EventKind::ParticipantRemoved, Some(user)) = (change.kind, change.subject) {
            self.depart(UserId(user), Some(committed.conversation_id));
        }
    }

    /// Remembers a call that has just ended.
    pub(super) fn remember(&self, call: &Arc<Call>) {
        let until = self.node.clock.steady() + RecentCalls::KEPT_FOR;
        self.recent.remember(call, until);
    }

    /// A user's calls that ended within the last minute, the earliest first.
    pub fn recent_of(&self, user_id: UserId) -> Vec<Arc<Call>> {
        self.recent.of(user_id, self.node.clock.steady())
    }

    /// Processes that share the database and live, as far as is known, this one not counted.
    pub fn other_nodes(&self) -> Vec<Uuid> {
        self.node.nodes.alive()
    }
}
