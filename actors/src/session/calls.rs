//! Frames about calls, and what a socket is told of the calls that concern its user.

use actix::prelude::*;
use sentinal_protocol::api::calls::EndCallRequest;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::frame::{DeclineCall, EndCall, Signal as SignalFrame};
use sentinal_protocol::limits::SIGNAL_BYTES_MAX;
use sentinal_protocol::{CallDecline, ErrorCode};
use serde_json::Value;

use super::Session;
use crate::app::ApiError;
use crate::call::signals::{Signal, SignalKind, ToDevice};
use crate::call::{Arrived, Gone, news};
use crate::journal::Duplicate;

impl Session {
    /// Has this socket told how the calls of its user are now: it is new, or has missed something.
    pub(super) fn ask_for_calls(&mut self) {
        let (Some(key), Some(caller)) = (self.key, self.caller.clone()) else {
            return;
        };
        let arrived = Arrived {
            user_id: caller.user_id,
            device_id: caller.device_id,
            key,
        };
        let app = self.app().clone();
        for call in app.directory.user_calls(caller.user_id) {
            // A control message: it must arrive, and there is one per socket and call.
            call.do_send(arrived);
        }
        let now = self.now();
        for call in app.calls.recent.of(caller.user_id, now) {
            if let Some(tell) = call.state_for(caller.user_id, caller.device_id) {
                self.say(news(&call, tell, caller.user_id, now));
            }
        }
    }

    /// Lets the calls of its user know that this socket has ended.
    pub(super) fn leave_calls(&self) {
        let Some(caller) = &self.caller else { return };
        for call in self.app().directory.user_calls(caller.user_id) {
            // A control message: it must arrive, and there is one per socket and call.
            call.do_send(Gone(caller.user_id));
        }
    }

    /// `call:offer`, `call:answer`, `call:ice`.
    pub(super) fn signal(
        &mut self,
        kind: SignalKind,
        frame: SignalFrame,
        id: Option<Value>,
        ctx: &mut Context<Self>,
    ) -> Result<(), ApiError> {
        let Some(caller) = self.caller.clone() else {
            return Ok(());
        };
        check_data(frame.data.get())?;
        if frame.to_id == caller.user_id {
            return Err(ApiError::invalid("to_id", "must be someone else"));
        }
        let signal = Signal {
            kind,
            from: caller.user_id,
            device: DeviceName {
                id: caller.device_id,
                device_id: caller.device_name.to_string(),
            },
            to: frame.to_id,
            to_device: frame.to_device_id.map_or(ToDevice::Any, ToDevice::Named),
            data: frame.data,
        };
        self.take_place();
        let app = self.app().clone();
        let call_id = frame.call_id;
        let relayed = app.relay_signal(call_id, signal);
        let answer = async move {
            if let Some(relayed) = relayed
                && let Ok(relayed) = relayed.await
            {
                return match relayed {
                    Ok(_) => Ok(()),
                    Err(failure) => Err(app.explain_signal(&caller, call_id, failure).await),
                };
            }
            let is_answer = kind == SignalKind::Answer;
            Err(app.explain_no_call(&caller, call_id, is_answer).await)
        };
        self.answer_later(id, answer, ctx);
        Ok(())
    }

    /// `call:decline`.
    pub(super) fn decline_call(
        &mut self,
        frame: DeclineCall,
        id: Option<Value>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let why = frame.reason.unwrap_or(CallDecline::Declined);
        let decline = async move { app.decline_call(&caller, frame.call_id, why).await };
        self.answer_later(id, decline, ctx);
    }

    /// `call:end`.
    pub(super) fn end_call(&mut self, frame: EndCall, id: Option<Value>, ctx: &mut Context<Self>) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let request = EndCallRequest {
            reason: frame.reason,
        };
        let end = async move {
            let ended = app.end_call(&caller, frame.call_id, request).await;
            ended.map(drop)
        };
        self.answer_later(id, end, ctx);
    }

    /// Answers a request when its work is done.
    fn answer_later(
        &mut self,
        id: Option<Value>,
        work: impl Future<Output = Result<(), ApiError>> + 'static,
        ctx: &mut Context<Self>,
    ) {
        ctx.spawn(work.into_actor(self).map(move |done, session, _| {
            match done {
                Ok(()) => session.done(id, None, Duplicate::No),
                Err(error) => session.refuse(id, &error),
            }
            session.give_place();
        }));
    }
}

/// A signal is a text or an object, and small; nothing else of it is looked at.
fn check_data(json: &str) -> Result<(), ApiError> {
    if json.len() > SIGNAL_BYTES_MAX {
        return Err(ApiError::new(
            ErrorCode::PayloadTooLarge,
            format!("The data of a signal may have {SIGNAL_BYTES_MAX} bytes at most."),
        ));
    }
    match json.as_bytes().first() {
        Some(b'"' | b'{') => Ok(()),
        Some(_) | None => Err(ApiError::invalid("data", "must be a text or an object")),
    }
}
