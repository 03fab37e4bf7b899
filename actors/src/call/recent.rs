//! Calls that ended a moment ago: a device that comes back must learn that they did.

use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use super::machine::Call;

/// Users whose calls are kept.
const USERS_MAX: u64 = 100_000;
/// Calls kept per user, the latest.
const CALLS_MAX: usize = 8;

/// The memory. Cloning it is cheap.
#[derive(Clone)]
pub struct RecentCalls(Cache<UserId, Vec<Arc<Call>>>);

impl Default for RecentCalls {
    fn default() -> Self {
        let cache = Cache::builder();
        Self(
            cache
                .max_capacity(USERS_MAX)
                .time_to_live(Self::KEPT_FOR)
                .build(),
        )
    }
}

impl RecentCalls {
    /// How long an end is told of (REALTIME 5).
    pub const KEPT_FOR: Duration = Duration::from_mins(1);

    /// Keeps a call that has ended, for everybody who was in it.
    pub fn remember(&self, call: &Arc<Call>) {
        let parties = call.record.parties.iter();
        for party in parties.filter(|it| !call.is_unknown_to(it.user_id)) {
            self.0.entry(party.user_id).and_compute_with(|known| {
                let mut calls = known.map(moka::Entry::into_value).unwrap_or_default();
                calls.truncate(CALLS_MAX - 1);
                calls.insert(0, Arc::clone(call));
                Op::Put(calls)
            });
        }
    }

    /// Somebody is not in a conversation any more, or in none. If it is a group's, they hear no more
    /// of its calls.
    pub fn forget(&self, user_id: UserId, conversation_id: Option<ConversationId>) {
        self.0.entry(user_id).and_compute_with(|known| {
            let Some(known) = known else { return Op::Nop };
            let mut calls = known.into_value();
            calls.retain(|call| {
                let is_of_it = conversation_id.is_none_or(|id| call.record.conversation_id == id);
                !(is_of_it && call.is_group())
            });
            Op::Put(calls)
        });
    }

    /// A user's calls that ended within the last minute, the earliest first.
    pub fn of(&self, user_id: UserId, now: Timestamp) -> Vec<Arc<Call>> {
        let calls = self.0.get(&user_id).unwrap_or_default();
        let recent = calls.into_iter().rev().filter(|call| {
            let ended_at = call.record.ended_at;
            ended_at.is_some_and(|at| now.since(at) <= Self::KEPT_FOR)
        });
        recent.collect()
    }
}
