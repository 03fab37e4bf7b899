//! The part of a room that knows who is writing.
//!
//! Told to the other participants, at most once and never across a block. It ends with a message of
//! the one who wrote, with their last socket, or [`TYPING_MAX`] after they were heard of last.

use std::collections::HashMap;
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::UserId;
use sentinal_protocol::event::{TypingStarted, TypingStopped};
use sentinal_protocol::limits::CHATTY_GROUP_MAX;
use sentinal_store::Roster;

use super::{Room, is_blocked};
use crate::messages::Typing;
use crate::wire;

/// Someone who typed and is not heard of again for so long has stopped.
const TYPING_MAX: Duration = Duration::from_secs(10);
/// A repeated "started" within this time says nothing new and is dropped.
const TYPING_REPEAT: Duration = Duration::from_secs(3);
/// How often it is looked for those who have stopped, while anybody types: one timer for all.
const TYPING_LOOK: Duration = Duration::from_millis(500);

/// Who is writing, and since when they were last told of.
#[derive(Debug, Default)]
pub(super) struct Typists(HashMap<UserId, Duration>);

impl Typists {
    /// Whether that someone writes is news.
    fn start(&mut self, user_id: UserId, now: Duration) -> bool {
        let known = self.0.get(&user_id);
        if known.is_some_and(|since| now.saturating_sub(*since) < TYPING_REPEAT) {
            return false;
        }
        self.0.insert(user_id, now);
        true
    }

    /// Whether that someone has stopped is news.
    pub(super) fn stop(&mut self, user_id: UserId) -> bool {
        self.0.remove(&user_id).is_some()
    }

    fn silent(&self, now: Duration) -> Vec<UserId> {
        let silent = self
            .0
            .iter()
            .filter(|(_, since)| now.saturating_sub(**since) >= TYPING_MAX);
        silent.map(|(user_id, _)| *user_id).collect()
    }
}

impl Room {
    pub(super) fn stop_typing(&mut self, user_id: UserId) {
        self.early_typing.retain(|it| it.user_id != user_id);
        if self.typists.stop(user_id) {
            self.tell_typing(user_id, false);
        }
    }

    pub(super) fn stop_all_typing(&mut self) {
        let all: Vec<UserId> = self.typists.0.keys().copied().collect();
        for user_id in all {
            self.stop_typing(user_id);
        }
    }

    /// Whoever writes and is not in this roster has stopped.
    pub(super) fn stop_typing_but_of(&mut self, roster: &Roster) {
        let all = self.typists.0.keys().copied();
        let gone: Vec<UserId> = all.filter(|id| roster.member(*id).is_none()).collect();
        for user_id in gone {
            self.stop_typing(user_id);
        }
    }

    pub(super) fn typing(&mut self, typing: Typing, ctx: &mut Context<Self>) {
        let Some(roster) = &self.roster else {
            if self.early_typing.len() < CHATTY_GROUP_MAX {
                self.early_typing.push(typing);
            }
            return;
        };
        let user_id = typing.user_id;
        if roster.member(user_id).is_none()
            || roster.members.len() > CHATTY_GROUP_MAX
            || is_blocked(roster)
        {
            return;
        }
        if !typing.is_typing {
            self.stop_typing(user_id);
            return;
        }
        // Their last socket may have gone while this was on its way; then nobody would end it. On another
        // node it is that node's business, and silence ends it here.
        if !typing.is_elsewhere && !self.node.directory.is_online(user_id) {
            return;
        }
        if self.typists.start(user_id, self.node.clock.steady()) {
            self.tell_typing(user_id, true);
            self.watch_typists(ctx);
        }
    }

    fn watch_typists(&mut self, ctx: &mut Context<Self>) {
        if self.typists_watched || self.typists.0.is_empty() {
            return;
        }
        self.typists_watched = true;
        ctx.run_later(TYPING_LOOK, |room, ctx| {
            room.typists_watched = false;
            for user_id in room.typists.silent(room.node.clock.steady()) {
                room.stop_typing(user_id);
            }
            room.watch_typists(ctx);
        });
    }

    fn tell_typing(&self, user_id: UserId, is_typing: bool) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let Some(member) = roster.member(user_id) else {
            return;
        };
        let (now, conversation_id) = (self.node.clock.now(), self.conversation_id);
        let display_name = member.display_name.clone();
        let frame = if is_typing {
            let event = TypingStarted {
                user_id,
                conversation_id,
                display_name,
                is_typing,
            };
            wire::event(now, &event)
        } else {
            let event = TypingStopped {
                user_id,
                conversation_id,
                display_name,
                is_typing,
            };
            wire::event(now, &event)
        };
        self.tell(&frame, |target| {
            target.user_id != user_id && roster.member(target.user_id).is_some()
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_repeat_within_three_seconds_is_no_news_and_silence_for_ten_is_the_end() {
        let (one, other) = (UserId(Uuid::nil()), UserId(Uuid::max()));
        let seconds = Duration::from_secs;
        let mut typists = Typists::default();
        assert!(typists.start(one, seconds(100)));
        assert!(!typists.start(one, seconds(102)));
        assert!(typists.start(other, seconds(102)));
        assert!(typists.start(one, seconds(103)));
        assert!(typists.silent(seconds(111)).is_empty());
        assert_eq!(typists.silent(seconds(112)), [other]);
        assert!(typists.stop(other));
        assert!(!typists.stop(other));
    }
}
