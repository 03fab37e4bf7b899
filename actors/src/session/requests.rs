//! What a client asks for: one JSON object per frame, answered under its `id`.

use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::frame::{Ack as AckFrame, FrameKind, Mark, Preamble, Sync, Typing};
use sentinal_protocol::limits::{FRAME_BYTES_MAX, IN_FLIGHT_MAX, SIGNALS_PER_MINUTE};
use sentinal_protocol::{Availability, CloseCode, ErrorCode};
use sentinal_store::{AckedCursor, ReceiptKind};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Session, Stage};
use crate::app::{ApiError, Prepared, parse_json};
use crate::call::signals::SignalKind;
use crate::cursors::Ack;
use crate::journal::Duplicate;
use crate::position::AckRefusal;
use crate::wire;

/// Frames of one kind that a socket may send per minute.
const TYPING_PER_MINUTE: u16 = 60;
const PRESENCE_PER_MINUTE: u16 = 30;
const PINGS_PER_MINUTE: u16 = 60;
/// So many times a limit is abuse.
const ABUSE_FACTOR: u16 = 10;
const MINUTE: Duration = Duration::from_mins(1);

/// A send that waits for its turn.
pub(super) struct Request {
    id: Option<Value>,
    body: SendMessageRequest,
}

/// What a socket has sent in the present minute.
pub(super) struct Rates {
    since: Instant,
    typing: u16,
    presence: u16,
    pings: u16,
    signals: u16,
}

/// Whether a frame is within its limit.
enum Rate {
    Within,
    Above,
    Abuse,
}

impl Rates {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            typing: 0,
            presence: 0,
            pings: 0,
            signals: 0,
        }
    }

    fn count(&mut self, kind: FrameKind, now: Instant) -> Rate {
        if now.duration_since(self.since) >= MINUTE {
            *self = Self::new(now);
        }
        let (count, most) = match kind {
            FrameKind::TypingStarted | FrameKind::TypingStopped => {
                (&mut self.typing, TYPING_PER_MINUTE)
            }
            FrameKind::PresenceOnline | FrameKind::PresenceAway | FrameKind::PresenceBusy => {
                (&mut self.presence, PRESENCE_PER_MINUTE)
            }
            FrameKind::Ping => (&mut self.pings, PINGS_PER_MINUTE),
            FrameKind::CallOffer
            | FrameKind::CallAnswer
            | FrameKind::CallIce
            | FrameKind::CallDecline
            | FrameKind::CallEnd => (&mut self.signals, SIGNALS_PER_MINUTE),
            FrameKind::Auth
            | FrameKind::MessageSend
            | FrameKind::Ack
            | FrameKind::MessageDelivered
            | FrameKind::MessageRead
            | FrameKind::Sync => return Rate::Within,
        };
        *count = count.saturating_add(1);
        match *count {
            n if n > most.saturating_mul(ABUSE_FACTOR) => Rate::Abuse,
            n if n > most => Rate::Above,
            _ => Rate::Within,
        }
    }
}

impl Session {
    /// A whole text message.
    pub(super) fn text(&mut self, text: &[u8], ctx: &mut Context<Self>) {
        // Checked first because serde would read an array as an object's fields in order.
        if text.trim_ascii_start().first() != Some(&b'{') {
            self.close(CloseCode::Protocol, ctx);
            return;
        }
        let preamble: Preamble = match serde_json::from_slice(text) {
            Ok(preamble) => preamble,
            Err(error) if error.is_data() => {
                let error = ApiError::bad_request("A frame is an object with a `type`.");
                self.refuse(None, &error);
                return;
            }
            Err(_) => {
                self.close(CloseCode::Protocol, ctx);
                return;
            }
        };
        let id = match preamble.id {
            None | Some(Value::Null) => None,
            Some(id @ (Value::String(_) | Value::Number(_))) => Some(id),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                let error = ApiError::bad_request("`id` is a string or a number.");
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
        let kind = FrameKind::parse(&preamble.kind);
        if matches!(self.stage, Stage::Unauthenticated) && kind != Some(FrameKind::Auth) {
            self.close(CloseCode::Unauthorized, ctx);
            return;
        }
        let Some(kind) = kind else {
            let error = ApiError::new(ErrorCode::UnknownType, "This type of frame is not known.");
            self.refuse(id, &error);
            return;
        };
        match self.rates.count(kind, Instant::now()) {
            Rate::Within => {}
            Rate::Above => {
                let error = ApiError::new(ErrorCode::RateLimitExceeded, "Too many of these.")
                    .with_retry_after(MINUTE);
                self.refuse(id, &error);
                return;
            }
            Rate::Abuse => {
                self.close(CloseCode::Limit, ctx);
                return;
            }
        }
        if let Err(error) = self.dispatch(kind, text, id.as_ref(), ctx) {
            self.refuse(id, &error);
        }
    }

    fn dispatch(
        &mut self,
        kind: FrameKind,
        text: &[u8],
        id: Option<&Value>,
        ctx: &mut Context<Self>,
    ) -> Result<(), ApiError> {
        match kind {
            FrameKind::Ping => {
                let now = self.now();
                let fields = json!({ "id": id, "server_time": now });
                if self.socket.borrow().may_queue() {
                    self.say(wire::event(EventKind::Pong, now, fields));
                }
                return Ok(());
            }
            FrameKind::Auth => {
                self.auth(parse(text)?, id.cloned(), ctx);
                return Ok(());
            }
            FrameKind::Sync => {
                let sync: Sync = parse(text)?;
                if self.synced(&sync.cursors, ctx) {
                    self.done(id.cloned(), None, Duplicate::No);
                    return Ok(());
                }
                return Err(ApiError::bad_request(
                    "`sync` is for `resume=client`, right after it.",
                ));
            }
            FrameKind::MessageSend
            | FrameKind::Ack
            | FrameKind::MessageDelivered
            | FrameKind::MessageRead
            | FrameKind::TypingStarted
            | FrameKind::TypingStopped
            | FrameKind::PresenceOnline
            | FrameKind::PresenceAway
            | FrameKind::PresenceBusy
            | FrameKind::CallOffer
            | FrameKind::CallAnswer
            | FrameKind::CallIce
            | FrameKind::CallDecline
            | FrameKind::CallEnd => {}
        }
        match self.stage {
            Stage::Live => {}
            Stage::Unauthenticated | Stage::Connecting | Stage::AwaitingSync(_) => {
                return Err(ApiError::bad_request("Wait for `hello` first."));
            }
        }
        match kind {
            FrameKind::MessageSend => {
                let body = parse_json(text)?;
                self.take_place();
                self.sends.push_back(Request {
                    id: id.cloned(),
                    body,
                });
                self.next_send(ctx);
            }
            FrameKind::Ack => self.ack(parse(text)?, id.cloned())?,
            FrameKind::MessageDelivered => {
                self.mark(parse(text)?, ReceiptKind::Delivered, id.cloned(), ctx);
            }
            FrameKind::MessageRead => self.mark(parse(text)?, ReceiptKind::Read, id.cloned(), ctx),
            FrameKind::TypingStarted => self.typing(parse(text)?, true, id.cloned(), ctx),
            FrameKind::TypingStopped => self.typing(parse(text)?, false, id.cloned(), ctx),
            FrameKind::PresenceOnline => {
                self.presence(parse(text)?, Availability::Online, id.cloned())?;
            }
            FrameKind::PresenceAway => {
                self.presence(parse(text)?, Availability::Away, id.cloned())?;
            }
            FrameKind::PresenceBusy => {
                self.presence(parse(text)?, Availability::Busy, id.cloned())?;
            }
            FrameKind::CallOffer => {
                self.signal(SignalKind::Offer, parse(text)?, id.cloned(), ctx)?;
            }
            FrameKind::CallAnswer => {
                self.signal(SignalKind::Answer, parse(text)?, id.cloned(), ctx)?;
            }
            FrameKind::CallIce => self.signal(SignalKind::Ice, parse(text)?, id.cloned(), ctx)?,
            FrameKind::CallDecline => self.decline_call(parse(text)?, id.cloned(), ctx),
            FrameKind::CallEnd => self.end_call(parse(text)?, id.cloned(), ctx),
            FrameKind::Ping | FrameKind::Auth | FrameKind::Sync => {}
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

    /// Checks the next send, hands it to the journal, and only then looks at the one behind it: so
    /// messages of one socket keep their order. The answers are waited for together.
    fn next_send(&mut self, ctx: &mut Context<Self>) {
        if self.preparing {
            return;
        }
        let (Some(Request { id, body }), Some(caller)) =
            (self.sends.pop_front(), self.caller.clone())
        else {
            return;
        };
        self.preparing = true;
        let app = self.app().clone();
        let prepare = async move { app.prepare_send(&caller, body).await };
        ctx.spawn(prepare.into_actor(self).map(move |prepared, session, ctx| {
            session.preparing = false;
            match prepared {
                Ok(Prepared::New(message)) => {
                    let answer = session.app().journal.submit(*message);
                    ctx.spawn(answer.into_actor(session).map(move |answer, session, _| {
                        match answer {
                            Ok((sent, duplicate)) => {
                                session.done(id, Some(json!(sent)), duplicate);
                            }
                            Err(error) => session.refuse(id, &error),
                        }
                        session.give_place();
                    }));
                }
                Ok(Prepared::Repeat(sent)) => {
                    session.done(id, Some(json!(sent)), Duplicate::Yes);
                    session.give_place();
                }
                Err(error) => {
                    session.refuse(id, &error);
                    session.give_place();
                }
            }
            session.next_send(ctx);
        }));
    }

    fn ack(&mut self, ack: AckFrame, id: Option<Value>) -> Result<(), ApiError> {
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
        self.app().cursors.ack(Ack {
            user_id: caller.user_id,
            cursor: AckedCursor {
                device_id: caller.device_id,
                conversation_id: ack.conversation_id,
                revision: ack.revision,
                receipt_version,
            },
        });
    }

    fn mark(&mut self, mark: Mark, kind: ReceiptKind, id: Option<Value>, ctx: &mut Context<Self>) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let marking = async move { app.mark_message(&caller, mark.message_id, kind).await };
        ctx.spawn(marking.into_actor(self).map(move |marked, session, _| {
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
                    session.done(id, Some(json!(state)), Duplicate::No);
                }
                Err(error) => session.refuse(id, &error),
            }
            session.give_place();
        }));
    }

    fn typing(
        &mut self,
        typing: Typing,
        is_typing: bool,
        id: Option<Value>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.take_place();
        let app = self.app().clone();
        let tell = async move { app.typing(&caller, typing.conversation_id, is_typing).await };
        ctx.spawn(tell.into_actor(self).map(move |told, session, _| {
            match told {
                Ok(()) => session.done(id, None, Duplicate::No),
                Err(error) => session.refuse(id, &error),
            }
            session.give_place();
        }));
    }

    /// Answers a request that was done; only asked for, that is with an `id`.
    pub(super) fn done(&mut self, id: Option<Value>, answer: Option<Value>, duplicate: Duplicate) {
        let Some(id) = id else { return };
        let mut fields = serde_json::Map::new();
        fields.insert("id".into(), id);
        if duplicate == Duplicate::Yes {
            fields.insert("duplicate".into(), true.into());
        }
        if let Some(answer) = answer {
            fields.insert("data".into(), answer);
        }
        self.answer(wire::event(EventKind::Ok, self.now(), fields));
    }

    /// Answers a request that was not done.
    pub(super) fn refuse(&mut self, id: Option<Value>, error: &ApiError) {
        if let Some(cause) = &error.source {
            tracing::warn!(code = error.code.as_str(), %cause, "a request on a socket was refused");
        }
        let mut fields = serde_json::Map::new();
        if let Some(id) = id {
            fields.insert("id".into(), id);
        }
        fields.insert("code".into(), error.code.as_str().into());
        fields.insert("error".into(), error.message.as_ref().into());
        if let Some(details) = &error.details {
            fields.insert("details".into(), details.clone());
        }
        if let Some(after) = error.retry_after {
            let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            fields.insert("retry_after_ms".into(), millis.into());
        }
        self.answer(wire::event(EventKind::Error, self.now(), fields));
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

/// Parses a frame's own fields.
fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    crate::app::parse_json_unvalidated(text)
}
