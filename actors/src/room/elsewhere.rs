//! The part of a room that hears of what other nodes have committed.

use std::time::Duration;

use actix::prelude::*;
use sentinal_store::{Committed, Entry};

use super::{Loading, Room};
use crate::bus::Channel;
use crate::publish::OWN_CHANNEL_FROM;

/// How long a change waits for those before it, which another node has committed and published a
/// moment ago. Longer than the bus takes; then the sockets read the log.
const REORDER_WITHIN: Duration = Duration::from_millis(50);

impl Room {
    /// A change that another node has committed: the roster in memory may be older.
    pub(super) fn take_elsewhere(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        if !matches!(committed.entry, Entry::Change(_)) || self.roster.is_none() {
            self.take(committed, ctx);
            return;
        }
        self.load(ctx);
        self.take(committed, ctx);
    }

    /// Follows the channel of a large conversation. What was published before that took effect is found
    /// by reading the head again.
    pub(super) fn follow(&mut self, ctx: &mut Context<Self>) {
        let people = self.roster.as_ref().map_or(0, |it| it.members.len());
        let is_large = u32::try_from(people).is_ok_and(|people| people >= OWN_CHANNEL_FROM);
        let is_due = is_large && self.followed.is_none() && !self.following;
        if !is_due || !self.node.bus.is_on() {
            return;
        }
        self.following = true;
        let bus = self.node.bus.clone();
        let channel = Channel::Conversation(self.conversation_id);
        let follow = async move { bus.follow(channel).await };
        ctx.spawn(follow.into_actor(self).map(|followed, room, ctx| {
            room.following = false;
            room.followed = Some(followed);
            room.look_at_head(ctx);
        }));
    }

    /// Has the sockets read the log if it has got further than this room.
    pub(super) fn look_at_head(&mut self, ctx: &mut Context<Self>) {
        let (store, id) = (self.node.store.clone(), self.conversation_id);
        let read = async move { store.list_heads(&[id]).await };
        ctx.spawn(read.into_actor(self).map(|heads, room, ctx| match heads {
            Ok(heads) => {
                for (_, revision, _) in heads {
                    room.hint(revision, ctx);
                }
            }
            // The sweep finds it.
            Err(error) => tracing::warn!(%error, "room: the head could not be read"),
        }));
    }

    /// Applies what waited for those before it, as far as they have come.
    pub(super) fn go_ahead(&mut self, ctx: &mut Context<Self>) {
        while self.loading == Loading::No
            && let Some(next) = self.ahead.remove(&(self.applied + 1))
        {
            self.deliver(&next, ctx);
        }
    }

    /// Keeps a change for a moment: the ones before it are on their way from another node.
    pub(super) fn wait_for_earlier(&mut self, committed: Committed, ctx: &mut Context<Self>) {
        self.ahead.insert(committed.revision, committed);
        if !std::mem::replace(&mut self.ahead_watched, true) {
            ctx.run_later(REORDER_WITHIN, |room, ctx| {
                room.ahead_watched = false;
                let last = room.ahead.last_key_value().map(|(revision, _)| *revision);
                room.ahead.clear();
                // What has come meanwhile is at or below what was applied.
                if let Some(last) = last {
                    room.hint(last, ctx);
                }
            });
        }
    }
}
