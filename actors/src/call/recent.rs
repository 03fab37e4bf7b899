//! Calls that ended a moment ago: a device that comes back must learn that they did.

use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;
use sentinal_protocol::{ConversationId, UserId};

use super::machine::Call;

/// Users whose calls are kept.
const USERS_MAX: u64 = 100_000;
/// Calls kept per user, the latest.
const CALLS_MAX: usize = 8;

/// A call, and until when it is told of, by the steady clock.
#[derive(Clone)]
struct Recent {
    call: Arc<Call>,
    until: Duration,
}

/// The memory. Cloning it is cheap.
#[derive(Clone)]
pub struct RecentCalls(Cache<UserId, Vec<Recent>>);

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
    /// How long a socket that connects is told of an end.
    pub const KEPT_FOR: Duration = Duration::from_mins(1);

    /// Keeps a call that has ended, until a moment of the steady clock, for everybody who was in it.
    pub fn remember(&self, call: &Arc<Call>, until: Duration) {
        let parties = call.record.parties.iter();
        for party in parties.filter(|it| !call.is_unknown_to(it.user_id)) {
            self.0.entry(party.user_id).and_compute_with(|known| {
                let mut calls = known.map(moka::Entry::into_value).unwrap_or_default();
                calls.truncate(CALLS_MAX - 1);
                let call = Arc::clone(call);
                calls.insert(0, Recent { call, until });
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
            calls.retain(|Recent { call, .. }| {
                let is_of_it = conversation_id.is_none_or(|id| call.record.conversation_id == id);
                !(is_of_it && call.is_group())
            });
            Op::Put(calls)
        });
    }

    /// A user's calls that ended within the last minute, the earliest first. `now` is of the steady
    /// clock.
    pub fn of(&self, user_id: UserId, now: Duration) -> Vec<Arc<Call>> {
        let calls = self.0.get(&user_id).unwrap_or_default();
        let recent = calls.into_iter().rev();
        let recent = recent.filter(|recent| now <= recent.until);
        recent.map(|recent| recent.call).collect()
    }
}
