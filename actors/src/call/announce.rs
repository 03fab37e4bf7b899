//! What devices are told of a call, and the signals between them.

use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::{Class, EventKind};
use sentinal_protocol::{CallDecline, CallParticipantStatus as Status, Timestamp, UserId};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::machine::{Call, Effect, Refusal, Tell, Whom};
use super::signals::{Signal, SignalKind, ToDevice};
use super::{Answer, Arrived, CallActor, CallFailure, Reply, Waiter, Work};
use crate::app::{ApiError, App, call_resource, participant_resource};
use crate::directory::SessionEntry;
use crate::wire;

/// The frame that tells somebody of a call as it is now.
pub(crate) fn news(call: &Call, tell: Tell, to: UserId, at: Timestamp) -> Bytes {
    let record = &call.record;
    let shown = call_resource(record, at);
    let participant = |user| record.party(user).map(participant_resource);
    let status = |user| record.party(user).map(|party| party.status);
    let (kind, actor, own) = match tell {
        Tell::Incoming { by } => (EventKind::CallIncoming, Some(by), json!({})),
        Tell::Accepted(user) => (
            EventKind::CallAccepted,
            Some(user),
            json!({"participant": participant(user)}),
        ),
        Tell::AnsweredElsewhere => (
            EventKind::CallAnsweredElsewhere,
            Some(to),
            json!({"status": status(to)}),
        ),
        Tell::Declined(user) => {
            let reason = match status(user) {
                Some(Status::Busy) => CallDecline::Busy,
                Some(_) | None => CallDecline::Declined,
            };
            let own = json!({"reason": reason, "participant": participant(user)});
            (EventKind::CallDeclined, Some(user), own)
        }
        Tell::Participant(user) => (
            EventKind::CallParticipant,
            Some(user),
            json!({"participant": participant(user)}),
        ),
        Tell::Ended => {
            let reason = record.reason.map(|reason| reason.as_str().to_lowercase());
            let own = json!({
                "ended_by": record.ended_by,
                "reason": reason,
                "duration_seconds": shown.duration,
            });
            (EventKind::CallEnded, record.ended_by, own)
        }
    };
    let mut fields = Map::new();
    fields.insert("user_id".to_owned(), json!(actor));
    fields.insert("conversation_id".to_owned(), json!(record.conversation_id));
    fields.insert("call_id".to_owned(), json!(record.id));
    if let Value::Object(own) = own {
        fields.extend(own);
    }
    fields.insert("call".to_owned(), json!(shown));
    wire::event(kind, at, fields)
}

impl App {
    /// Tells devices what a step has changed.
    pub(crate) fn announce_call(&self, call: &Call, effects: &[Effect]) {
        let now = self.clock.now();
        for Effect { whom, tell } in effects {
            let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = *whom;
            // What one device hears wakes nobody.
            if !matches!(whom, Whom::Only(_, _)) {
                self.wake(call, *tell, user);
            }
            let sessions = self.call_sessions(*whom);
            if !sessions.is_empty() {
                let frame = news(call, *tell, user, now);
                self.send_frame(sessions.into_iter(), Class::State, &frame);
            }
        }
    }

    /// Tells the devices of everybody in a call how it is now.
    pub(crate) fn announce_call_states(&self, call: &Call) {
        let now = self.clock.now();
        let parties = call.record.parties.iter();
        for party in parties.filter(|it| !call.is_unknown_to(it.user_id)) {
            if !party.status.is_ringing() {
                self.wake(call, Tell::Participant(party.user_id), party.user_id);
            }
            for entry in self.directory.sessions(party.user_id) {
                if let Some(tell) = call.state_for(party.user_id, entry.device_id) {
                    let frame = news(call, tell, party.user_id, now);
                    self.send_frame(std::iter::once(entry), Class::State, &frame);
                }
            }
        }
    }

    /// Wakes the devices without a socket of somebody who is asked, and lets them rest once the
    /// asking is over.
    fn wake(&self, call: &Call, tell: Tell, user: UserId) {
        let id = call.record.id.0;
        let is_asked = call.party(user).is_some_and(|it| it.status.is_ringing());
        match tell {
            Tell::Incoming { .. } => self.push.call_incoming(user, id),
            Tell::AnsweredElsewhere | Tell::Ended => self.push.call_cancelled(user, id),
            Tell::Participant(of) if of == user && !is_asked => {
                self.push.call_cancelled(user, id);
            }
            Tell::Participant(_) | Tell::Accepted(_) | Tell::Declined(_) => {}
        }
    }

    /// The sockets of these devices.
    fn call_sessions(&self, whom: Whom) -> Vec<SessionEntry> {
        let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = whom;
        let mut sessions = self.directory.sessions(user);
        sessions.retain(|entry| match whom {
            Whom::All(_) => true,
            Whom::Only(_, device) => entry.device_id == device,
            Whom::AllBut(_, device) => entry.device_id != device,
        });
        sessions
    }
}

/// A signal as its receiver gets it.
#[derive(Serialize)]
struct SignalFields<'a> {
    user_id: UserId,
    conversation_id: sentinal_protocol::ConversationId,
    call_id: sentinal_protocol::CallId,
    from_id: UserId,
    from_device_id: &'a str,
    to_id: UserId,
    signal_type: &'a str,
    data: &'a RawValue,
}

impl CallActor {
    /// Takes a signal: finds the device that it names, accepts the call if that is what it does, and
    /// relays it.
    pub(super) fn signal(
        &mut self,
        call: &Arc<Call>,
        mut signal: Signal,
        reply: Reply,
        ctx: &mut Context<Self>,
    ) {
        if let ToDevice::Named(name) = &signal.to_device {
            let (name, to) = (name.clone(), signal.to);
            self.busy = true;
            let (app, place) = (self.app.clone(), call.record.conversation_id);
            // From memory, nearly always.
            let read = async move { app.rosters.get(place).await };
            ctx.spawn(read.into_actor(self).map(move |read, actor, ctx| {
                actor.busy = false;
                let found = read.map(|roster| {
                    let roster = roster?;
                    let mut devices = roster.member(to)?.devices.iter();
                    let device = devices.find(|device| {
                        device.name.device_id == name || device.name.id.to_string() == name
                    });
                    device.map(|device| device.name.id)
                });
                match found {
                    Ok(Some(device)) => {
                        signal.to_device = ToDevice::Only(device);
                        actor.queue.push_front(Work::Signal(signal, reply));
                    }
                    Ok(None) => Waiter { reply, then: None }
                        .fail(CallFailure::Error(ApiError::not_found("device"))),
                    Err(error) => {
                        Waiter { reply, then: None }.fail(CallFailure::Error(error.into()));
                    }
                }
                actor.next(ctx);
            }));
            return;
        }
        let accepts =
            signal.kind == SignalKind::Answer && call.is_accepted_by(signal.from, signal.device.id);
        if accepts {
            let accept = super::Input::Join {
                user: signal.from,
                device: signal.device.clone(),
                online: self.online(signal.from),
            };
            let is_refused = call.apply(self.app.clock.now(), accept.clone()).is_err();
            if !is_refused && !call.is_live(signal.to) {
                let failure = CallFailure::Refused(Refusal::NoParticipant);
                Waiter { reply, then: None }.fail(failure);
                return;
            }
            let then = Some(signal);
            self.check(call, accept, Some(Waiter { reply, then }), ctx);
        } else {
            self.relay(call, &signal, reply);
        }
    }

    /// Hands a signal on. Who is asked and has no device there may still come: it is kept for them.
    pub(super) fn relay(&mut self, call: &Arc<Call>, signal: &Signal, reply: Reply) {
        let whom = match call.route(signal.from, signal.device.id, signal.to) {
            Ok(whom) => whom,
            Err(refusal) => {
                Waiter { reply, then: None }.fail(CallFailure::Refused(refusal));
                return;
            }
        };
        if let Some(whom) = whom {
            let fields = SignalFields {
                user_id: signal.from,
                conversation_id: call.record.conversation_id,
                call_id: call.record.id,
                from_id: signal.from,
                from_device_id: &signal.device.device_id,
                to_id: signal.to,
                signal_type: signal.kind.as_str(),
                data: &signal.data,
            };
            let frame = wire::event(signal.kind.event(), self.app.clock.now(), fields);
            let mut sessions = self.app.call_sessions(whom);
            if let Whom::All(_) = whom {
                sessions.retain(|entry| signal.to_device.includes(entry.device_id));
                self.kept.keep(signal, frame.clone());
            }
            self.app
                .send_frame(sessions.into_iter(), Class::Ephemeral, &frame);
        }
        // Who waits may have gone.
        let call = Arc::clone(call);
        let _ = reply.send(Ok(Answer {
            call,
            changed: false,
        }));
    }

    /// Tells a socket how the call is now, and hands it the signals that wait for its device.
    pub(super) fn tell_state(&mut self, call: &Arc<Call>, socket: Arrived) {
        let Arrived {
            user_id,
            device_id,
            key,
        } = socket;
        let sessions = self.app.directory.sessions(user_id).into_iter();
        let Some(entry) = sessions.into_iter().find(|entry| entry.key == key) else {
            return;
        };
        let Some(tell) = call.state_for(user_id, device_id) else {
            return;
        };
        let frame = news(call, tell, user_id, self.app.clock.now());
        self.app
            .send_frame(std::iter::once(entry), Class::State, &frame);
        let joined_elsewhere = tell == Tell::AnsweredElsewhere;
        if !joined_elsewhere {
            for frame in self.kept.of(user_id, device_id) {
                self.app
                    .send_frame(std::iter::once(entry), Class::Ephemeral, frame);
            }
        }
        if call
            .party(user_id)
            .is_some_and(|party| party.status == Status::Joined)
            && !joined_elsewhere
        {
            // It has them now, or had them when it joined.
            self.kept.forget(user_id);
        }
    }
}
