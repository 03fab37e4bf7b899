//! The part of the registry that has rooms of large conversations run as long as somebody of them is
//! here: what is said of one comes by a channel of its own, which its room follows.
//!
//! Of small ones a node hears by the channels of its people, and their rooms start with the first event.

use std::collections::BTreeSet;
use std::time::Duration;

use actix::prelude::*;
use moka::sync::Cache;
use sentinal_protocol::ConversationId;

use super::RegistryActor;
use crate::publish::OWN_CHANNEL_FROM;

/// Conversations of which it is remembered whether they are large; 60 bytes each.
const REMEMBERED_MAX: u64 = 200_000;
/// A conversation that grows is heard of both ways for some time, so this need not be fresh.
const REMEMBERED_FOR: Duration = Duration::from_mins(2);

/// Which conversations are large, and of which that is to be found out.
pub(super) struct Sizes {
    is_large: Cache<ConversationId, bool>,
    wanted: BTreeSet<ConversationId>,
    asking: bool,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            is_large: Cache::builder()
                .max_capacity(REMEMBERED_MAX)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            wanted: BTreeSet::new(),
            asking: false,
        }
    }
}

impl RegistryActor {
    /// Somebody of these conversations is here.
    pub(super) fn follow_large(&mut self, ids: Vec<ConversationId>, ctx: &mut Context<Self>) {
        for id in ids {
            match self.sizes.is_large.get(&id) {
                Some(true) => {
                    self.node.start_room(id);
                }
                Some(false) => {}
                None => {
                    self.sizes.wanted.insert(id);
                }
            }
        }
        self.ask_sizes(ctx);
    }

    fn ask_sizes(&mut self, ctx: &mut Context<Self>) {
        if self.sizes.asking || self.sizes.wanted.is_empty() || self.stopping {
            return;
        }
        self.sizes.asking = true;
        let store = self.node.store.clone();
        let ids: Vec<_> = std::mem::take(&mut self.sizes.wanted).into_iter().collect();
        let ask = async move {
            let large = store.list_large(&ids, OWN_CHANNEL_FROM).await;
            (ids, large)
        };
        ctx.spawn(ask.into_actor(self).map(|(ids, large), registry, ctx| {
            registry.sizes.asking = false;
            match large {
                Ok(large) => {
                    let large: BTreeSet<ConversationId> = large.into_iter().collect();
                    for id in ids {
                        registry.sizes.is_large.insert(id, large.contains(&id));
                    }
                    for id in large {
                        registry.node.start_room(id);
                    }
                }
                // The sweep finds what is missed.
                Err(error) => tracing::warn!(%error, "registry: sizes could not be read"),
            }
            registry.ask_sizes(ctx);
        }));
    }
}
