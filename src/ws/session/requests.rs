//! What a client asks for: one JSON object per frame, answered under its `id`.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use sentinal_actors::cursors::Ack;
use sentinal_actors::position::AckRefusal;
use sentinal_actors::wire;
use sentinal_app::Duplicate;
use sentinal_app::{ApiError, Caller, Prepared, check_json, parse_json_as};
use sentinal_protocol::api::control::ControlFrame;
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_protocol::event::{ErrorAnswer, OkAnswer, Pong, SignalType};
use sentinal_protocol::frame::{
    Ack as AckFrame, ClientFrame, FrameId, FrameKind, Mark, Preamble, Typing,
};
use sentinal_protocol::limits::{FRAME_BYTES_MAX, IN_FLIGHT_MAX};
use sentinal_protocol::{Availability, CloseCode, ErrorCode};
use sentinal_store::{
    AckedCursor, REQUEST_BUDGET, ReceiptKind, budget_left, with_budget, with_budget_of,
};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::budgets::{Charge, Said};
use super::{Session, Stage};

/// A send that waits for its turn.
pub(super) struct Request {
    id: Option<FrameId>,
    body: Body,
    /// When it came. What it waits for those before it is a part of its budget.
    since: Instant,
}

/// What is sent, to be committed in the order of the frames.
enum Body {
    Message(Box<SendMessageRequest>),
    Control(ControlFrame),
}

impl Session {
    /// A whole text message.
    pub(super) fn text(&mut self, text: &[u8], ctx: &mut Context<Self>) {
        // Checked first because serde would read an array as an object's fields in order.
        if text.trim_ascii_start().first() != Some(&b'{') {
            self.close(CloseCode::Protocol, ctx);
            return;
        }
        let preamble: Option<Preamble> = match serde_json::from_slice(text) {
            Ok(preamble) => Some(preamble),
            Err(error) if error.is_data() => None,
            Err(_) => {
                self.close(CloseCode::Protocol, ctx);
                return;
            }
        };
        let kind = preamble
            .as_ref()
            .and_then(|preamble| FrameKind::parse(&preamble.kind));
        let id = preamble.map(id_of);
        let said = kind.map_or(Said::Unknown, Said::Frame);
        let known = id.clone().and_then(Result::ok).flatten();
        if !self.charge(said, known, ctx) {
            return;
        }
        let id = match id {
            Some(Ok(id)) => id,
            Some(Err(error)) => {
                self.refuse(None, &error);
                return;
            }
            None => {
                let error = ApiError::bad_request("A frame is an object with a `type`.");
                self.refuse(None, &error);
                return;
            }
        };
        if text.len() > FRAME_BYTES_MAX {
            let error = ApiError::new(
                ErrorCode::PayloadTooLarge,
                format!("A frame may have {FRAME_BYTES_MAX} bytes at most."),
            );
            self.refuse(id, &error);
            return;
        }
        if matches!(self.stage, Stage::Unauthenticated) && kind != Some(FrameKind::Auth) {
            self.close(CloseCode::Unauthorized, ctx);
            return;
        }
        let Some(kind) = kind else {
            let error = ApiError::new(ErrorCode::UnknownType, "This type of frame is not known.");
            self.refuse(id, &error);
            return;
        };
        if let Err(error) = self.dispatch(kind, text, id.clone(), ctx) {
            self.refuse(id, &error);
        }
    }

    /// Charges a frame, whatever it is. Answers whether it is to be handled; if not, its client has
    /// been told.
    pub(super) fn charge(
        &mut self,
        said: Said,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) -> bool {
        match self.budgets.charge(said, Instant::now()) {
            Charge::Within => true,
            Charge::Slowed(pause) => {
                self.socket.borrow_mut().set_slowed(true);
                ctx.run_later(pause, |session, _| {
                    session.socket.borrow_mut().set_slowed(false);
                });
                true
            }
            Charge::Above(wait) => {
                // A ping or pong of the WebSocket has no answer to be refused with.
                if said != Said::Control {
                    let error = ApiError::new(ErrorCode::RateLimitExceeded, "Too many of these.");
                    self.refuse(id, &error.with_retry_after(wait));
                }
                false
            }
            Charge::Abuse => {
                self.close(CloseCode::Limit, ctx);
                false
            }
        }
    }

    fn dispatch(
        &mut self,
        kind: FrameKind,
        text: &[u8],
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) -> Result<(), ApiError> {
        let is_early = matches!(kind, FrameKind::Ping | FrameKind::Auth | FrameKind::Sync);
        match self.stage {
            Stage::Live => {}
            Stage::Unauthenticated | Stage::Connecting | Stage::AwaitingSync if is_early => {}
            Stage::Unauthenticated | Stage::Connecting | Stage::AwaitingSync => {
                return Err(ApiError::bad_request("Wait for `hello` first."));
            }
        }
        match parse_json_as(kind, text)? {
            ClientFrame::Ping => {
                let server_time = self.now();
                if self.socket.borrow().may_queue() {
                    self.say(wire::event(server_time, &Pong { id, server_time }));
                }
            }
            ClientFrame::Auth(auth) => self.auth(auth, id, ctx),
            ClientFrame::Sync(sync) => {
                if !self.synced(sync.cursors, ctx) {
                    return Err(ApiError::bad_request(
                        "`sync` is for `resume=client`, right after it.",
                    ));
                }
                self.done(id, None, Duplicate::No);
            }
            ClientFrame::MessageSend(body) => {
                check_json(&*body, text)?;
                self.queue_send(id, Body::Message(body), ctx);
            }
            ClientFrame::ControlSend(body) => {
                check_json(&*body, text)?;
                self.queue_send(id, Body::Control(*body), ctx);
            }
            ClientFrame::Ack(ack) => self.ack(ack, id)?,
            ClientFrame::MessageDelivered(mark) => {
                self.mark(mark, ReceiptKind::Delivered, id, ctx);
            }
            ClientFrame::MessageRead(mark) => self.mark(mark, ReceiptKind::Read, id, ctx),
            ClientFrame::TypingStarted(typing) => self.typing(typing, true, id, ctx),
            ClientFrame::TypingStopped(typing) => self.typing(typing, false, id, ctx),
            ClientFrame::PresenceOnline(said) => self.presence(said, Availability::Online, id)?,
            ClientFrame::PresenceAway(said) => self.presence(said, Availability::Away, id)?,
            ClientFrame::PresenceBusy(said) => self.presence(said, Availability::Busy, id)?,
            ClientFrame::CallOffer(signal) => self.signal(SignalType::Offer, signal, id, ctx)?,
            ClientFrame::CallAnswer(signal) => self.signal(SignalType::Answer, signal, id, ctx)?,
            ClientFrame::CallIce(signal) => self.signal(SignalType::Ice, signal, id, ctx)?,
            ClientFrame::CallDecline(decline) => self.decline_call(decline, id, ctx),
            ClientFrame::CallEnd(end) => self.end_call(end, id, ctx),
        }
        Ok(())
    }

    /// A request is in flight; past the limit the client is not read from.
    pub(super) fn take_place(&mut self) {
        self.in_flight += 1;
        if self.in_flight >= IN_FLIGHT_MAX {
            self.socket.borrow_mut().set_paused(true);
        }
    }

    pub(super) fn give_place(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.in_flight < IN_FLIGHT_MAX {
            self.socket.borrow_mut().set_paused(false);
        }
    }

    fn queue_send(&mut self, id: Option<FrameId>, body: Body, ctx: &mut Context<Self>) {
        self.take_place();
        let since = Instant::now();
        self.sends.push_back(Request { id, body, since });
        self.next_send(ctx);
    }

    /// Checks the next send, hands it to the journal, and only then looks at the one behind it: so
    /// messages of one socket keep their order. The answers are waited for together.
    fn next_send(&mut self, ctx: &mut Context<Self>) {
        if self.preparing {
            return;
        }
        let (Some(Request { id, body, since }), Some(caller)) =
            (self.sends.pop_front(), self.caller.clone())
        else {
            return;
        };
        self.preparing = true;
        let budget = REQUEST_BUDGET.saturating_sub(since.elapsed());
        let body = match body {
            Body::Message(body) => *body,
            Body::Control(control) => return self.send_control(id, (caller, control), budget, ctx),
        };
        let app = self.app().clone();
        let prepare = async move {
            let prepared = app.messages.prepare_send(&caller, body).await;
            (prepared, budget_left())
        };
        ctx.spawn(with_budget_of(budget, prepare).into_actor(self).map(
            move |(prepared, left), session, ctx| {
                session.preparing = false;
                match prepared {
                    Ok(Prepared::New(message)) => {
                        let answer = session.app().live.journal.submit(*message);
                        let answer = with_budget_of(left, answer).into_actor(session);
                        ctx.spawn(answer.map(move |answer, session, _| {
                            match answer {
                                Ok((sent, duplicate)) => {
                                    session.done(id, data(&sent), duplicate);
                                }
                                Err(error) => {
                                    if let Some(caller) = &session.caller {
                                        session.app().messages.forgive_if_stale(caller, &error);
                                    }
                                    session.refuse(id, &error);
                                }
                            }
                            session.give_place();
                        }));
                    }
                    Ok(Prepared::Repeat(sent)) => {
                        session.done(id, data(&sent), Duplicate::Yes);
                        session.give_place();
                    }
                    Err(error) => {
                        session.refuse(id, &error);
                        session.give_place();
                    }
                }
                session.next_send(ctx);
            },
        ));
    }

    /// Sends a control message, and looks at the next send once it is committed.
    fn send_control(
        &mut self,
        id: Option<FrameId>,
        (caller, control): (Rc<Caller>, ControlFrame),
        budget: Duration,
        ctx: &mut Context<Self>,
    ) {
        let app = self.app().clone();
        let sending = async move {
            let (conversation_id, request) = control.split();
            app.messages
                .send_control(&caller, conversation_id, request)
                .await
        };
        let sending = with_budget_of(budget, sending).into_actor(self);
        ctx.spawn(sending.map(move |answer, session, ctx| {
            session.preparing = false;
            match answer {
                Ok((sent, duplicate)) => session.done(id, data(&sent), duplicate),
                Err(error) => session.refuse(id, &error),
            }
            session.give_place();
            session.next_send(ctx);
        }));
    }

    fn ack(&mut self, ack: AckFrame, id: Option<FrameId>) -> Result<(), ApiError> {
        let conversation_id = ack.conversation_id;
        let checked = self
            .socket
            .borrow()
            .positions
            .ack(conversation_id, ack.revision);
        match checked {
            Ok(receipt_version) => self.note_ack(ack, receipt_version),
            Err(AckRefusal::UnknownConversation) => {
                return Err(ApiError::not_found("conversation"));
            }
            Err(AckRefusal::Ahead) => {
                return Err(ApiError::invalid(
                    "revision",
                    "was not sent on this socket yet",
                ));
            }
        }
        self.done(id, None, Duplicate::No);
        Ok(())
    }

    fn note_ack(&self, ack: AckFrame, receipt_version: u64) {
        let Some(caller) = &self.caller else { return };
        self.app().live.cursors.ack(Ack {
            user_id: caller.user_id,
            cursor: AckedCursor {
                device_id: caller.device_id,
                conversation_id: ack.conversation_id,
                revision: ack.revision,
                receipt_version,
            },
        });
    }

    fn mark(
        &mut self,
        mark: Mark,
        kind: ReceiptKind,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let marking = async move {
            app.messages
                .mark_message(&caller, mark.message_id, kind)
                .await
        };
        ctx.spawn(
            with_budget(marking)
                .into_actor(self)
                .map(move |marked, session, _| {
                    match marked {
                        Ok((place, state)) => {
                            // It acks too, if everything before it was sent on this socket.
                            let ack = AckFrame {
                                conversation_id: place.conversation_id,
                                revision: place.revision,
                            };
                            let checked = session
                                .socket
                                .borrow()
                                .positions
                                .ack(ack.conversation_id, ack.revision);
                            if let Ok(receipt_version) = checked {
                                session.note_ack(ack, receipt_version);
                            }
                            session.done(id, data(&state), Duplicate::No);
                        }
                        Err(error) => session.refuse(id, &error),
                    }
                    session.give_place();
                }),
        );
    }

    fn typing(
        &mut self,
        typing: Typing,
        is_typing: bool,
        id: Option<FrameId>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let tell = async move {
            app.sockets
                .typing(&caller, typing.conversation_id, is_typing)
                .await
        };
        self.answer_later(id, tell, ctx);
    }

    /// Answers a request when its work is done.
    pub(super) fn answer_later(
        &mut self,
        id: Option<FrameId>,
        work: impl Future<Output = Result<(), ApiError>> + 'static,
        ctx: &mut Context<Self>,
    ) {
        ctx.spawn(
            with_budget(work)
                .into_actor(self)
                .map(move |done, session, _| {
                    match done {
                        Ok(()) => session.done(id, None, Duplicate::No),
                        Err(error) => session.refuse(id, &error),
                    }
                    session.give_place();
                }),
        );
    }

    /// Answers a request that was done; only asked for, that is with an `id`.
    pub(super) fn done(
        &mut self,
        id: Option<FrameId>,
        data: Option<Box<RawValue>>,
        duplicate: Duplicate,
    ) {
        let Some(id) = id else { return };
        let duplicate = duplicate == Duplicate::Yes;
        let event = OkAnswer {
            id,
            duplicate,
            data,
        };
        self.answer(wire::event(self.now(), &event));
    }

    /// Answers a request that was not done.
    pub(super) fn refuse(&mut self, id: Option<FrameId>, error: &ApiError) {
        error.log(None);
        let millis = |after: Duration| u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let event = ErrorAnswer {
            id,
            code: error.code.as_str().to_owned(),
            error: error.message.as_ref().to_owned(),
            details: error.details.clone(),
            retry_after_ms: error.retry_after.map(millis),
        };
        self.answer(wire::event(self.now(), &event));
    }

    /// Answers are always queued: there are never more than requests, and a client that does not
    /// read them is not read from.
    fn answer(&mut self, frame: Bytes) {
        self.say(frame);
        let mut socket = self.socket.borrow_mut();
        if !socket.may_queue() {
            socket.pause_until_drained();
        }
    }
}

/// The client's id of a frame.
fn id_of(preamble: Preamble) -> Result<Option<FrameId>, ApiError> {
    match preamble.id {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(FrameId::Text(text))),
        Some(Value::Number(number)) => Ok(Some(FrameId::Number(number))),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(ApiError::bad_request("`id` is a string or a number."))
        }
    }
}

/// What the same request answers over REST.
fn data(answer: &impl Serialize) -> Option<Box<RawValue>> {
    // Serialising our own plain structures cannot fail.
    to_raw_value(answer).ok()
}
