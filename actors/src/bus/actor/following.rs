//! The part of the bus that follows channels and leaves them.

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{BusActor, State};
use crate::bus::Channel;

/// Channels that are followed, or left, with one command.
const CHANNELS_PER_COMMAND: usize = 512;

/// What else is said to the bus.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::bus) enum ToBus {
    /// Somebody follows a channel; answered once it is followed.
    Follow(Channel, oneshot::Sender<()>),
    /// Somebody does not follow it any more.
    Unfollow(Channel),
}

/// A channel that is, or is to be, followed.
#[derive(Default)]
pub(super) struct Follow {
    pub(super) followers: usize,
    /// Whether Redis has confirmed it on the present connection.
    pub(super) is_followed: bool,
    pub(super) waiting: Vec<oneshot::Sender<()>>,
}

impl BusActor {
    /// Follows and leaves what has changed, one command at a time.
    pub(super) fn follow_changed(&mut self, ctx: &mut Context<Self>) {
        if self.following {
            return;
        }
        let (mut follow, mut leave) = (Vec::new(), Vec::new());
        while let Some(channel) = self.changed.pop_first() {
            let Some(state) = self.follows.get(&channel) else {
                continue;
            };
            match (state.followers > 0, state.is_followed) {
                (true, false) => follow.push(channel),
                (false, true) => leave.push(channel),
                (true, true) => {}
                (false, false) => {
                    self.follows.remove(&channel);
                }
            }
            if follow.len() + leave.len() >= CHANNELS_PER_COMMAND {
                break;
            }
        }
        let prefix = &self.shared.settings.prefix;
        let Some(link) = self.link().cloned() else {
            return;
        };
        if follow.is_empty() && leave.is_empty() {
            if let State::Entering(_) = self.state {
                self.arrive(ctx);
            }
            return;
        }
        self.following = true;
        let names = |channels: &[Channel]| -> Vec<String> {
            channels
                .iter()
                .map(|channel| channel.name(prefix))
                .collect()
        };
        let (followed, left) = (names(&follow), names(&leave));
        let generation = self.generation;
        let work = async move { link.follow(&followed, &left).await };
        ctx.spawn(work.into_actor(self).map(move |done, bus, ctx| {
            if bus.generation != generation {
                return;
            }
            bus.following = false;
            if let Err(error) = done {
                bus.away(&error, ctx);
                return;
            }
            for channel in follow {
                if let Some(state) = bus.follows.get_mut(&channel) {
                    state.is_followed = true;
                    for waiting in state.waiting.drain(..) {
                        // Who waited may have gone.
                        let _ = waiting.send(());
                    }
                    if state.followers == 0 {
                        bus.changed.insert(channel);
                    }
                }
            }
            for channel in leave {
                if let Some(state) = bus.follows.get_mut(&channel) {
                    state.is_followed = false;
                    bus.changed.insert(channel);
                }
            }
            bus.follow_changed(ctx);
        }));
    }
}

impl Handler<ToBus> for BusActor {
    type Result = ();

    fn handle(&mut self, message: ToBus, ctx: &mut Self::Context) {
        match message {
            ToBus::Follow(channel, waiting) => {
                let is_linked = self.link().is_some();
                let follow = self.follows.entry(channel).or_default();
                follow.followers += 1;
                if follow.is_followed {
                    // Who waited may have gone.
                    let _ = waiting.send(());
                } else if is_linked {
                    follow.waiting.push(waiting);
                    self.changed.insert(channel);
                    self.follow_changed(ctx);
                }
                // Else dropped: nobody is to wait for a Redis that is away.
            }
            ToBus::Unfollow(channel) => {
                if let Some(follow) = self.follows.get_mut(&channel) {
                    follow.followers = follow.followers.saturating_sub(1);
                    if follow.followers == 0 {
                        self.changed.insert(channel);
                        self.follow_changed(ctx);
                    }
                }
            }
        }
    }
}
