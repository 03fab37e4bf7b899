//! How a call's actor takes in what it is told.

use actix::prelude::*;
use sentinal_protocol::UserId;

use super::machine::Input;
use super::work::{Waiter, Work};
use super::{CallActor, LOOK};
use crate::messages::{Arrived, ToCall};

impl Handler<ToCall> for CallActor {
    type Result = ();

    fn handle(&mut self, message: ToCall, ctx: &mut Self::Context) {
        match message {
            ToCall::Do { input, reply } => {
                let waiter = reply.map(|reply| Waiter { reply, then: None });
                self.push(Work::Step(input, waiter), ctx);
            }
            ToCall::Relay { signal, reply } => self.push(Work::Signal(signal, reply), ctx),
            ToCall::Arrived(socket) => self.arrived(socket, ctx),
            ToCall::Gone(user) => self.look_at_sockets_of(user, ctx),
            ToCall::LoggedOut(user) => self.logged_out(user, ctx),
        }
    }
}

impl CallActor {
    fn arrived(&mut self, socket: Arrived, ctx: &mut Context<Self>) {
        self.look_at_sockets_of(socket.user_id, ctx);
        self.push(Work::State(socket), ctx);
    }

    fn look_at_sockets_of(&mut self, user: UserId, ctx: &mut Context<Self>) {
        let online = self.online(user);
        self.push(Work::Step(Input::Sockets { user, online }, None), ctx);
    }

    /// Devices that are not logged in any more leave the call, also those without a socket.
    fn logged_out(&mut self, user: UserId, ctx: &mut Context<Self>) {
        let node = self.calls.node.clone();
        let read = async move {
            let now = node.clock.now();
            node.store.list_logged_in_devices(user, now).await
        };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| match read {
            Ok(live) => {
                let live = live.into_iter().collect();
                actor.push(Work::Step(Input::LoggedOut { user, live }, None), ctx);
            }
            Err(error) => {
                tracing::warn!(%error, call = %actor.id, "call: who is logged in could not be read");
                ctx.notify_later(ToCall::LoggedOut(user), LOOK);
            }
        }));
    }
}
