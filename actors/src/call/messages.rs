//! What a call's actor is told, and how it takes it in.

use std::sync::Arc;

use actix::prelude::*;
use sentinal_protocol::{DeviceId, UserId};
use tokio::sync::oneshot;

use super::machine::{Call, Input, Refusal};
use super::signals::Signal;
use super::{CallActor, LOOK, Waiter, Work};
use crate::app::ApiError;
use crate::directory::SessionKey;

/// Why a request to a call was not done.
#[derive(Debug)]
pub enum CallFailure {
    /// A rule of calls.
    Refused(Refusal),
    /// Anything else.
    Error(ApiError),
}

/// What came of a request to a call.
#[derive(Debug)]
pub struct Answer {
    /// The call as it is then.
    pub call: Arc<Call>,
    /// Whether this request has changed it.
    pub changed: bool,
}

/// Answers a request. Dropped: the actor has ended.
pub type Reply = oneshot::Sender<Result<Answer, CallFailure>>;

/// Something happens to the call.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Do {
    /// What.
    pub input: Input,
    /// Who waits for it. What nobody waits for is tried until it is done.
    pub reply: Option<Reply>,
}

/// A signal is to be relayed. An answer of somebody who is asked accepts the call first.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Relay {
    /// The signal.
    pub signal: Signal,
    /// Who waits for it.
    pub reply: Reply,
}

/// A socket of somebody in the call is live, or has missed something: it is told the present state.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Arrived {
    /// Whose.
    pub user_id: UserId,
    /// Which device's.
    pub device_id: DeviceId,
    /// Where it is.
    pub key: SessionKey,
}

/// A socket of somebody in the call has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Gone(pub UserId);

/// Login sessions of somebody in the call have ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct LoggedOut(pub UserId);

impl Handler<Do> for CallActor {
    type Result = ();

    fn handle(&mut self, Do { input, reply }: Do, ctx: &mut Self::Context) {
        let waiter = reply.map(|reply| Waiter { reply, then: None });
        self.push(Work::Step(input, waiter), ctx);
    }
}

impl Handler<Relay> for CallActor {
    type Result = ();

    fn handle(&mut self, relay: Relay, ctx: &mut Self::Context) {
        self.push(Work::Signal(relay.signal, relay.reply), ctx);
    }
}

impl Handler<Arrived> for CallActor {
    type Result = ();

    fn handle(&mut self, socket: Arrived, ctx: &mut Self::Context) {
        let (user, online) = (socket.user_id, self.online(socket.user_id));
        self.push(Work::Step(Input::Sockets { user, online }, None), ctx);
        self.push(Work::State(socket), ctx);
    }
}

impl Handler<Gone> for CallActor {
    type Result = ();

    fn handle(&mut self, Gone(user): Gone, ctx: &mut Self::Context) {
        let online = self.online(user);
        self.push(Work::Step(Input::Sockets { user, online }, None), ctx);
    }
}

/// Devices that are not logged in any more leave the call, also those without a socket.
impl Handler<LoggedOut> for CallActor {
    type Result = ();

    fn handle(&mut self, LoggedOut(user): LoggedOut, ctx: &mut Self::Context) {
        let app = self.app.clone();
        let read = async move {
            let now = app.clock.now();
            app.store.list_logged_in_devices(user, now).await
        };
        ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| match read {
            Ok(live) => {
                let live = live.into_iter().collect();
                actor.push(Work::Step(Input::LoggedOut { user, live }, None), ctx);
            }
            Err(error) => {
                tracing::warn!(%error, call = %actor.id, "call: who is logged in could not be read");
                ctx.notify_later(LoggedOut(user), LOOK);
            }
        }));
    }
}
