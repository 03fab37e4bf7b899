//! Frames about calls, and what a socket is told of the calls that concern its user.

use actix::prelude::*;
use sentinal_actors::call::signals::{Signal, ToDevice};
use sentinal_actors::messages::{Arrived, ToCall};
use sentinal_app::ApiError;
use sentinal_protocol::api::calls::EndCallRequest;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::event::SignalType;
use sentinal_protocol::frame::{DeclineCall, EndCall, FrameId, Signal as SignalFrame};
use sentinal_protocol::limits::SIGNAL_BYTES_MAX;
use sentinal_protocol::opaque::{check_opaque, compact};
use sentinal_protocol::{CallDecline, ErrorCode};
use serde_json::value::RawValue;

use super::Session;

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
        for call in app.live.node.directory.user_calls(caller.user_id) {
            // A control message: it must arrive, and there is one per socket and call.
            call.do_send(ToCall::Arrived(arrived));
        }
        for call in app.live.calls.recent_of(caller.user_id) {
            let tell = call.state_for(caller.user_id, caller.device_id);
            let told = tell.and_then(|tell| app.live.calls.event(&call, tell, caller.user_id));
            if let Some(frame) = told {
                self.say(frame);
            }
        }
    }

    /// Lets the calls of its user know that this socket has ended.
    pub(super) fn leave_calls(&self) {
        let Some(caller) = &self.caller else { return };
        for call in self.app().live.node.directory.user_calls(caller.user_id) {
            // A control message: it must arrive, and there is one per socket and call.
            call.do_send(ToCall::Gone(caller.user_id));
        }
    }

    /// `call:offer`, `call:answer`, `call:ice`.
    pub(super) fn signal(
        &mut self,
        kind: SignalType,
        frame: SignalFrame,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) -> Result<(), ApiError> {
        let Some(caller) = self.caller.clone() else {
            return Ok(());
        };
        check_data(&frame.data)?;
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
            data: compacted(frame.data),
        };
        self.take_place();
        let app = self.app().clone();
        let call_id = frame.call_id;
        // Handed on in this turn, so that the signals of a socket keep their order.
        let relayed = app.live.registry.signal(call_id, signal);
        let answer = async move {
            if let Ok(relayed) = relayed.await {
                return match relayed {
                    Ok(_) => Ok(()),
                    Err(failure) => Err(app.calls.explain_signal(&caller, call_id, failure).await),
                };
            }
            let is_answer = kind == SignalType::Answer;
            Err(app.calls.explain_no_call(&caller, call_id, is_answer).await)
        };
        self.answer_later(id, answer, ctx);
        Ok(())
    }

    /// `call:decline`.
    pub(super) fn decline_call(
        &mut self,
        frame: DeclineCall,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let why = frame.reason.unwrap_or(CallDecline::Declined);
        let decline = async move { app.calls.decline_call(&caller, frame.call_id, why).await };
        self.answer_later(id, decline, ctx);
    }

    /// `call:end`.
    pub(super) fn end_call(
        &mut self,
        frame: EndCall,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let request = EndCallRequest {
            reason: frame.reason,
        };
        let end = async move {
            let ended = app.calls.end_call(&caller, frame.call_id, request).await;
            ended.map(drop)
        };
        self.answer_later(id, end, ctx);
    }
}

/// The same without white space between its tokens.
fn compacted(data: Box<RawValue>) -> Box<RawValue> {
    RawValue::from_string(compact(&data)).unwrap_or(data)
}

/// A signal is a text or an object, and small; nothing else of it is looked at.
fn check_data(data: &RawValue) -> Result<(), ApiError> {
    let json = data.get();
    if json.len() > SIGNAL_BYTES_MAX {
        return Err(ApiError::new(
            ErrorCode::PayloadTooLarge,
            format!("The data of a signal may have {SIGNAL_BYTES_MAX} bytes at most."),
        ));
    }
    match json.as_bytes().first() {
        Some(b'"' | b'{') => check_opaque(data).map_err(|reason| ApiError::invalid("data", reason)),
        Some(_) | None => Err(ApiError::invalid("data", "must be a text or an object")),
    }
}
