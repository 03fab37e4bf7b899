//! What is found out about those who may be woken.

use std::collections::{HashMap, HashSet};

use sentinal_protocol::UserId;
use sentinal_store::PushTarget;
use uuid::Uuid;

use super::Wake;

/// Whose tokens a query has found.
pub(super) enum Found {
    /// For messages.
    Messages(Vec<PushTarget>),
    /// Those of users, for what happened to their calls, in order.
    Calls(Vec<Wake>, HashMap<UserId, Vec<PushTarget>>),
    /// What is left of these tokens, for pushes that wait.
    Again(HashSet<Uuid>, Vec<PushTarget>),
}

impl Found {
    /// Whose tokens they are.
    pub(super) fn users(&self) -> Vec<UserId> {
        match self {
            Self::Messages(targets) | Self::Again(_, targets) => {
                targets.iter().map(|target| target.user_id).collect()
            }
            Self::Calls(_, targets) => targets.keys().copied().collect(),
        }
    }
}
