//! Calls: somebody calls the other side of a DM, offers a connection, hears the answer and hangs up.
//! Whoever is offered one answers.

use std::time::Duration;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _};
use sentinal_client::ClientError;
use sentinal_protocol::api::calls::Call;
use sentinal_protocol::event::CallSignal;
use sentinal_protocol::frame::{ClientFrame, EndCall, Signal};
use sentinal_protocol::{CallId, CallType, UserId};
use serde_json::value::RawValue;

use super::Person;

/// How long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long they talk.
const TALK: Duration = Duration::from_secs(2);

impl Person {
    /// Calls the other side of a DM, if no call is under way.
    pub(super) fn call(&mut self, ctx: &mut Context<Self>) {
        let pause = self.pause(self.world.scenario.rates.calls_per_minute);
        self.then(pause, ctx, Self::call);
        let Some(id) = self.any_conversation(0.0) else {
            return;
        };
        let members = self.world.conversation(id).map(|it| it.members.as_slice());
        let Some([one, other]) = members else { return };
        let other = if *one == self.number { *other } else { *one };
        let Some(to_id) = self.world.person(other).map(|it| it.user_id) else {
            return;
        };
        if self.calling.is_some() {
            return;
        }
        let client = self.client.clone();
        let asking = async move { client.create_call(id, CallType::Audio).await };
        let then =
            move |asked: Result<Call, ClientError>, person: &mut Self, ctx: &mut Context<Self>| {
                match asked {
                    Ok(call) => person.offer(call.id, to_id, ctx),
                    // Busy people and the like are part of life.
                    Err(ClientError::Api { code, .. }) => {
                        person.world.board.refused(format!("call: {code}"));
                    }
                    Err(_) => person.world.board.refused("call: failed"),
                }
            };
        ctx.spawn(asking.into_actor(self).map(then));
    }

    fn offer(&mut self, call_id: CallId, to_id: UserId, ctx: &mut Context<Self>) {
        self.calling = Some(call_id);
        self.say(ClientFrame::CallOffer(signal(call_id, to_id)));
        ctx.run_later(PATIENCE, move |person, _| {
            if person.calling == Some(call_id) {
                person.end_call(call_id);
            }
        });
    }

    /// Somebody calls.
    pub(super) fn call_offered(&mut self, offer: &CallSignal) {
        let answer = signal(offer.call_id, offer.from_id);
        self.say(ClientFrame::CallAnswer(answer));
    }

    /// Somebody has answered.
    pub(super) fn call_answered(&mut self, answer: &CallSignal, ctx: &mut Context<Self>) {
        let call_id = answer.call_id;
        if self.calling != Some(call_id) {
            return;
        }
        self.world.board.calls.add(1);
        self.say(ClientFrame::CallIce(signal(call_id, answer.from_id)));
        ctx.run_later(TALK, move |person, _| person.end_call(call_id));
    }

    fn end_call(&mut self, call_id: CallId) {
        self.calling = None;
        self.say(ClientFrame::CallEnd(EndCall {
            call_id,
            reason: None,
        }));
    }
}

fn signal(call_id: CallId, to_id: UserId) -> Signal {
    Signal {
        call_id,
        to_id,
        // A server relays it and does not look into it.
        data: RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        to_device_id: None,
    }
}
