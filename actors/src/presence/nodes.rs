//! The part of presence that is about other nodes: saying to them how users are here, hearing how they
//! are there, and telling of those whose node has died.

use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::{Availability, UserId};
use uuid::Uuid;

use super::standings::{News, Saying};
use super::{BATCH, Presence, PresenceActor};
use crate::bus::{Channel, News as BusNews, PresenceNews};
use crate::here::{self, Here, REFRESH_EVERY};
use crate::messages::Elsewhere;

/// How often it is looked whether Redis still knows what it was told.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Presence {
    /// What the bus says of other nodes.
    pub(crate) fn hear(&self, message: Elsewhere) {
        if let Some(actor) = self.actor.get() {
            // At most once: what is missed is found out after the next gap, or asked of Redis.
            let _ = actor.try_send(message);
        }
    }

    /// Fills in how those are who have no socket here.
    pub(super) async fn ask_elsewhere(
        &self,
        users: &[UserId],
        answers: &mut [Option<Availability>],
    ) {
        let node = &self.watchers.node;
        if !node.bus.is_on() {
            return;
        }
        let unknown = users.iter().zip(answers.iter());
        let unknown = unknown.filter(|(_, answer)| answer.is_none());
        let unknown: Vec<UserId> = unknown.map(|(user_id, _)| *user_id).collect();
        let found = here::elsewhere(node, &unknown).await;
        for (user_id, answer) in users.iter().zip(answers) {
            let states = found.get(user_id).into_iter().flatten();
            *answer = (*answer).max(states.map(|state| state.availability).max());
        }
    }
}

impl PresenceActor {
    /// Has the node hear of a user for as long as it knows them, which is longer than any socket lasts.
    pub(super) fn follow(&mut self, user_id: UserId, ctx: &mut Context<Self>) {
        let bus = self.watchers.node.bus.clone();
        if !bus.is_on() {
            return;
        }
        let follow = async move { bus.follow(Channel::User(user_id)).await };
        ctx.spawn(follow.into_actor(self).map(move |followed, actor, _| {
            if actor.standings.knows(user_id) {
                actor.followed.insert(user_id, followed);
            }
        }));
    }

    /// Tells the other nodes of a user what has changed here.
    pub(super) fn say_elsewhere(&mut self) {
        for (user_id, Saying { here, told }) in self.standings.take_sayings() {
            let news = PresenceNews {
                user_id,
                availability: here,
                told,
            };
            let bus = &self.watchers.node.bus;
            bus.publish([Channel::User(user_id)], BusNews::Presence(news));
        }
        for user_id in self.standings.take_forgotten() {
            self.followed.remove(&user_id);
            self.unwritten.insert(user_id);
        }
    }

    /// Writes what has changed, one batch at a time.
    pub(super) fn write(&mut self, ctx: &mut Context<Self>) {
        let node = self.watchers.node.clone();
        if !node.bus.is_up() {
            // Everything is written once Redis is back.
            self.unwritten.clear();
            return;
        }
        if self.writing || self.unwritten.is_empty() {
            return;
        }
        let now = self.now();
        let mut changes = Vec::new();
        while changes.len() < BATCH {
            let Some(user_id) = self.unwritten.pop_first() else {
                break;
            };
            let availability = self.standings.kept_here(user_id, now);
            let sessions = node.directory.sessions(user_id).into_iter();
            let here = availability.map(|availability| Here {
                availability,
                devices: sessions.map(|entry| entry.device_id).collect(),
            });
            changes.push((user_id, here));
        }
        self.writing = true;
        let write = async move { here::write(&node.bus, node.id, &changes).await };
        ctx.spawn(write.into_actor(self).map(|(), actor, ctx| {
            actor.writing = false;
            actor.write(ctx);
        }));
    }

    /// Keeps what stands in Redis from ending, and writes it anew where it was lost.
    pub(super) fn start_writing(&self, ctx: &mut Context<Self>) {
        if !self.watchers.node.bus.is_on() {
            return;
        }
        ctx.run_interval(REFRESH_EVERY, |actor, ctx| {
            actor.unwritten.extend(actor.standings.users());
            actor.write(ctx);
        });
        ctx.run_interval(LOOK_EVERY, |actor, ctx| {
            let node = actor.watchers.node.clone();
            let look = async move { here::keep_alive(&node.bus, node.id).await };
            ctx.spawn(look.into_actor(actor).map(|was_lost, actor, ctx| {
                if was_lost {
                    actor.unwritten.extend(actor.standings.users());
                    actor.write(ctx);
                }
            }));
        });
    }

    /// Tells of those whose only sockets were on a node that has died.
    fn bury(&mut self, dead: Uuid, ctx: &mut Context<Self>) {
        if self.stopping {
            return;
        }
        let bus = self.watchers.node.bus.clone();
        let bury = async move { here::bury(&bus, dead).await };
        ctx.spawn(bury.into_actor(self).map(move |buried, actor, ctx| {
            let Some((gone, more)) = buried else { return };
            for user_id in gone {
                if actor.standings.knows(user_id) {
                    continue;
                }
                let news = News {
                    user_id,
                    availability: None,
                    gone_for: Duration::ZERO,
                };
                let frame = actor.watchers.frame(&news);
                actor.audiences.enter(user_id, frame);
            }
            actor.go_on(ctx);
            if more {
                actor.bury(dead, ctx);
            }
        }));
    }
}

impl Handler<Elsewhere> for PresenceActor {
    type Result = ();

    fn handle(&mut self, message: Elsewhere, ctx: &mut Self::Context) {
        let now = self.now();
        match message {
            Elsewhere::Says(news, from) => {
                let says = Saying {
                    here: news.availability,
                    told: news.told,
                };
                self.standings.hear(news.user_id, from, says, now);
            }
            Elsewhere::Died(node) => {
                self.standings.bury(node, now);
                self.bury(node, ctx);
            }
            Elsewhere::Gap => {
                self.standings.start_over(now);
                self.unwritten.extend(self.standings.users());
            }
        }
        self.go_on(ctx);
    }
}
