//! What devices are told of a call, and the signals between them.

use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::{
    CallAccepted, CallAnswer, CallAnsweredElsewhere, CallDeclined, CallEnded, CallIce,
    CallIncoming, CallOffer, CallParticipantChanged, CallSignal, Class, SignalType,
};
use sentinal_protocol::{CallDecline, CallParticipantStatus as Status, Timestamp, UserId};

use super::CallActor;
use super::calls::Calls;
use super::machine::{Call, Effect, Refusal, Tell, Whom};
use super::show::participant_resource;
use super::signals::{Signal, ToDevice};
use super::work::{Waiter, Work};
use crate::address::SessionEntry;
use crate::error::ApiError;
use crate::messages::{Answer, Arrived, CallFailure, Reply};
use crate::wire;

impl Calls {
    /// The frame that tells somebody of a call as it is now; `None` of people who are not in it.
    pub fn event(&self, call: &Call, tell: Tell, to: UserId) -> Option<Bytes> {
        let record = &call.record;
        let (conversation_id, call_id) = (record.conversation_id, record.id);
        let (now, names) = (self.node.clock.now(), call);
        let call = self.shown(record);
        let frame = match tell {
            Tell::Incoming { by } => {
                let name = names.name_of(by);
                let event = CallIncoming {
                    user_id: by,
                    username: name.map(|name| name.username.clone()),
                    display_name: name.map(|name| name.display_name.clone()),
                    conversation_id,
                    call_id,
                    call,
                };
                wire::event(now, &event)
            }
            Tell::Accepted(user_id) => {
                let event = CallAccepted {
                    user_id,
                    conversation_id,
                    call_id,
                    participant: participant_resource(call_id, record.party(user_id)?),
                    call,
                };
                wire::event(now, &event)
            }
            Tell::AnsweredElsewhere => {
                let event = CallAnsweredElsewhere {
                    user_id: to,
                    conversation_id,
                    call_id,
                    status: record.party(to)?.status,
                    call,
                };
                wire::event(now, &event)
            }
            Tell::Declined(user_id) => {
                let party = record.party(user_id)?;
                let is_busy = party.status == Status::Busy;
                let event = CallDeclined {
                    user_id,
                    conversation_id,
                    call_id,
                    reason: if is_busy {
                        CallDecline::Busy
                    } else {
                        CallDecline::Declined
                    },
                    participant: participant_resource(call_id, party),
                    call,
                };
                wire::event(now, &event)
            }
            Tell::Participant(user_id) => {
                let event = CallParticipantChanged {
                    user_id,
                    conversation_id,
                    call_id,
                    participant: participant_resource(call_id, record.party(user_id)?),
                    call,
                };
                wire::event(now, &event)
            }
            Tell::Ended => {
                let event = CallEnded {
                    user_id: record.ended_by,
                    conversation_id,
                    call_id,
                    ended_by: record.ended_by,
                    // It has one once it has ended.
                    reason: record.reason?,
                    duration_seconds: call.duration,
                    call,
                };
                wire::event(now, &event)
            }
        };
        Some(frame)
    }

    /// Tells devices what a step has changed.
    pub fn announce(&self, call: &Call, effects: &[Effect]) {
        for Effect { whom, tell } in effects {
            let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = *whom;
            // What one device hears wakes nobody.
            if !matches!(whom, Whom::Only(_, _)) {
                self.wake(call, *tell, user);
            }
            let sessions = self.sessions(*whom);
            if !sessions.is_empty()
                && let Some(frame) = self.event(call, *tell, user)
            {
                self.node
                    .send_frame(sessions.into_iter(), Class::State, &frame);
            }
        }
    }

    /// Tells the devices of everybody in a call how it is now.
    pub fn announce_states(&self, call: &Call) {
        let parties = call.record.parties.iter();
        for party in parties.filter(|it| !call.is_unknown_to(it.user_id)) {
            if !party.status.is_ringing() {
                self.wake(call, Tell::Participant(party.user_id), party.user_id);
            }
            for entry in self.node.directory.sessions(party.user_id) {
                let tell = call.state_for(party.user_id, entry.device_id);
                let told = tell.and_then(|tell| self.event(call, tell, party.user_id));
                if let Some(frame) = told {
                    self.node
                        .send_frame(std::iter::once(entry), Class::State, &frame);
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
    fn sessions(&self, whom: Whom) -> Vec<SessionEntry> {
        let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = whom;
        let mut sessions = self.node.directory.sessions(user);
        sessions.retain(|entry| match whom {
            Whom::All(_) => true,
            Whom::Only(_, device) => entry.device_id == device,
            Whom::AllBut(_, device) => entry.device_id != device,
        });
        sessions
    }
}

/// A signal as its receiver gets it.
fn signal_frame(call: &Call, signal: &Signal, now: Timestamp) -> Bytes {
    let told = CallSignal {
        user_id: signal.from,
        conversation_id: call.record.conversation_id,
        call_id: call.record.id,
        from_id: signal.from,
        from_device_id: signal.device.device_id.clone(),
        from_device_uuid: signal.device.id,
        to_id: signal.to,
        signal_type: signal.kind,
        data: signal.data.clone(),
    };
    match signal.kind {
        SignalType::Offer => wire::event(now, &CallOffer(told)),
        SignalType::Answer => wire::event(now, &CallAnswer(told)),
        SignalType::Ice => wire::event(now, &CallIce(told)),
    }
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
            let (node, place) = (self.calls.node.clone(), call.record.conversation_id);
            // From memory, nearly always.
            let read = async move { node.rosters.get(place).await };
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
            signal.kind == SignalType::Answer && call.is_accepted_by(signal.from, signal.device.id);
        if accepts {
            let accept = super::Input::Join {
                user: signal.from,
                device: signal.device.clone(),
                online: self.online(signal.from),
            };
            let is_refused = call.apply(self.now(), accept.clone()).is_err();
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
            let frame = signal_frame(call, signal, self.calls.node.clock.now());
            let mut sessions = self.calls.sessions(whom);
            if let Whom::All(_) = whom {
                sessions.retain(|entry| signal.to_device.includes(entry.device_id));
                self.kept.keep(signal, frame.clone());
            }
            self.calls
                .node
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
        let sessions = self.calls.node.directory.sessions(user_id).into_iter();
        let Some(entry) = sessions.into_iter().find(|entry| entry.key == key) else {
            return;
        };
        let Some(tell) = call.state_for(user_id, device_id) else {
            return;
        };
        if let Some(frame) = self.calls.event(call, tell, user_id) {
            self.calls
                .node
                .send_frame(std::iter::once(entry), Class::State, &frame);
        }
        let joined_elsewhere = tell == Tell::AnsweredElsewhere;
        if !joined_elsewhere {
            for frame in self.kept.of(user_id, device_id) {
                self.calls
                    .node
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
