//! Everything a client says on a socket.
//!
//! One JSON object per text frame. `id` is the client's own and comes back in `ok` or `error`;
//! without it only errors are answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use self::FrameBody::{Fields, Request};
use crate::api::messages::SendMessageRequest;
use crate::{Availability, CallDecline, CallEndReason, CallId, ConversationId, MessageId, UserId};

/// The part that every frame shares; read first, so that even a frame of an unknown type or with
/// a bad body is answered under its id.
#[derive(Clone, Debug, Deserialize)]
pub struct Preamble {
    /// Which [`ClientFrame`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The client's id: a string or a number.
    #[serde(default)]
    pub id: Option<Value>,
}

/// `auth`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Auth {
    /// An access token, with or without `Bearer `.
    pub token: String,
    /// `client`: a `sync` frame with the client's own positions follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
}

/// `ack`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// This device has everything up to here.
    pub revision: u64,
}

/// `message:delivered` and `message:read`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// This message and all before it.
    pub message_id: MessageId,
}

/// `typing:started` and `typing:stopped`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Typing {
    /// Where.
    pub conversation_id: ConversationId,
}

/// `presence:online`, `presence:away` and `presence:busy`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Presence {
    /// Wins over what the type says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Availability>,
}

/// `sync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sync {
    /// The client's own positions.
    pub cursors: std::collections::HashMap<ConversationId, u64>,
}

/// `call:offer`, `call:answer` and `call:ice`. An answer of somebody who is asked accepts the call.
#[derive(Clone, Serialize, Deserialize)]
pub struct Signal {
    /// The call.
    pub call_id: CallId,
    /// For whom of those in it.
    #[serde(alias = "participant_id")]
    pub to_id: UserId,
    /// Relayed untouched: a text, or an object. At most 64 KiB of JSON.
    #[serde(alias = "sdp", alias = "candidate")]
    pub data: Box<RawValue>,
    /// For which of their devices, while none has answered; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_device_id: Option<String>,
}

/// `call:decline`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DeclineCall {
    /// The call.
    pub call_id: CallId,
    /// Why; `DECLINED` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallDecline>,
}

/// `call:end`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EndCall {
    /// The call.
    pub call_id: CallId,
    /// Why; follows from how far the call has come if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallEndReason>,
}

macro_rules! frames {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal $(| $alias:literal)*, $body:expr;)+) => {
        /// What kind of frame a client sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FrameKind { $($(#[doc = $doc])+ $name),+ }

        impl FrameKind {
            /// The kind behind a `type`, aliases included.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text $(| $alias)* => Some(Self::$name),)+ _ => None }
            }
        }

        /// Every frame: its names and its fields beside `type` and `id`.
        pub const TABLE: &[FrameRow] = &[
            $(FrameRow {
                kind: FrameKind::$name,
                name: $text,
                aliases: &[$($alias),*],
                body: $body,
                about: concat!($($doc),+),
            }),+
        ];
    };
}

/// One row of [`TABLE`].
#[derive(Clone, Copy, Debug)]
pub struct FrameRow {
    /// The frame.
    pub kind: FrameKind,
    /// Its `type`.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it carries.
    pub body: FrameBody,
    /// What it is for.
    pub about: &'static str,
}

/// What a frame carries beside `type` and `id`.
#[derive(Clone, Copy, Debug)]
pub enum FrameBody {
    /// These fields; `?` ends the name of one that need not be there.
    Fields(&'static [&'static str]),
    /// The body of a REST request, by the name of its schema.
    Request(&'static str),
}

frames! {
    /// Authenticate, or renew the token.
    Auth = "auth", Fields(&["token", "resume?"]);
    /// Ask for a `pong`.
    Ping = "ping", Fields(&[]);
    /// Send a message, as `POST /v1/messages` does.
    MessageSend = "message:send", Request("SendMessageRequest");
    /// This device has everything of a conversation up to a revision.
    Ack = "ack", Fields(&["conversation_id", "revision"]);
    /// Mark a message and all before it delivered.
    MessageDelivered = "message:delivered", Fields(&["message_id"]);
    /// Mark a message and all before it read.
    MessageRead = "message:read" | "read", Fields(&["message_id"]);
    /// Started writing.
    TypingStarted = "typing:started" | "typing:start", Fields(&["conversation_id"]);
    /// Stopped writing.
    TypingStopped = "typing:stopped" | "typing:stop", Fields(&["conversation_id"]);
    /// Here.
    PresenceOnline = "presence:online", Fields(&["status?"]);
    /// Not looking.
    PresenceAway = "presence:away", Fields(&["status?"]);
    /// Not to be disturbed.
    PresenceBusy = "presence:busy", Fields(&["status?"]);
    /// Offer a connection in a call.
    CallOffer = "call:offer", Fields(&["call_id", "to_id", "data", "to_device_id?"]);
    /// Answer an offer; accepts the call.
    CallAnswer = "call:answer", Fields(&["call_id", "to_id", "data", "to_device_id?"]);
    /// Name a way to connect.
    CallIce = "call:ice", Fields(&["call_id", "to_id", "data", "to_device_id?"]);
    /// Do not take a call.
    CallDecline = "call:decline", Fields(&["call_id", "reason?"]);
    /// End a call.
    CallEnd = "call:end", Fields(&["call_id", "reason?"]);
    /// The client's own positions, right after connecting with `resume=client`.
    Sync = "sync", Fields(&["cursors"]);
}

/// A frame as a client writes it.
#[derive(Clone, Serialize)]
pub struct Outgoing {
    /// The client's id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// What it says.
    #[serde(flatten)]
    pub frame: ClientFrame,
}

/// What a client says.
#[derive(Clone, Serialize)]
#[serde(tag = "type")]
pub enum ClientFrame {
    /// Authenticate, or renew the token.
    #[serde(rename = "auth")]
    Auth(Auth),
    /// Ask for a `pong`.
    #[serde(rename = "ping")]
    Ping,
    /// Send a message.
    #[serde(rename = "message:send")]
    MessageSend(Box<SendMessageRequest>),
    /// Acknowledge.
    #[serde(rename = "ack")]
    Ack(Ack),
    /// Mark delivered.
    #[serde(rename = "message:delivered")]
    MessageDelivered(Mark),
    /// Mark read.
    #[serde(rename = "message:read")]
    MessageRead(Mark),
    /// Started writing.
    #[serde(rename = "typing:started")]
    TypingStarted(Typing),
    /// Stopped writing.
    #[serde(rename = "typing:stopped")]
    TypingStopped(Typing),
    /// Here.
    #[serde(rename = "presence:online")]
    PresenceOnline(Presence),
    /// Not looking.
    #[serde(rename = "presence:away")]
    PresenceAway(Presence),
    /// Not to be disturbed.
    #[serde(rename = "presence:busy")]
    PresenceBusy(Presence),
    /// Offer a connection in a call.
    #[serde(rename = "call:offer")]
    CallOffer(Signal),
    /// Answer an offer; accepts the call.
    #[serde(rename = "call:answer")]
    CallAnswer(Signal),
    /// Name a way to connect.
    #[serde(rename = "call:ice")]
    CallIce(Signal),
    /// Do not take a call.
    #[serde(rename = "call:decline")]
    CallDecline(DeclineCall),
    /// End a call.
    #[serde(rename = "call:end")]
    CallEnd(EndCall),
    /// The client's own positions.
    #[serde(rename = "sync")]
    Sync(Sync),
}
