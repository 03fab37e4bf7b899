//! Everything a client says on a socket.
//!
//! One JSON object per text frame. `id` is the client's own and comes back in `ok` or `error`;
//! without it only errors are answered.

mod examples;

use serde::de::{DeserializeSeed, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use crate::api::control::ControlFrame;
use crate::api::messages::SendMessageRequest;
use crate::example::Example;
use crate::opaque::compact;
use crate::schema::Shape;
use crate::{Availability, CallDecline, CallEndReason, CallId, ConversationId, MessageId, UserId};

/// A client's own id for a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FrameId {
    /// A text.
    Text(String),
    /// A number.
    #[schema(value_type = f64)]
    Number(Number),
}

impl FrameId {
    /// The id, if it is a whole number.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Text(_) => None,
            Self::Number(number) => number.as_u64(),
        }
    }
}

/// The part that every frame shares; read first, so that even a frame of an unknown type or with
/// a bad body is answered under its id.
#[derive(Clone, Debug, Deserialize)]
pub struct Preamble {
    /// Which [`ClientFrame`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The client's id, as it stands there: only a [`FrameId`] is one.
    #[serde(default)]
    pub id: Option<Value>,
}

/// `auth`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Auth {
    /// An access token, with or without `Bearer `.
    pub token: String,
    /// `client`: a `sync` frame with the client's own positions follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
}

/// `ack`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ack {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// This device has everything up to here.
    pub revision: u64,
}

/// `message:delivered` and `message:read`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// This message and all before it.
    pub message_id: MessageId,
}

/// `typing:started` and `typing:stopped`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Typing {
    /// The conversation that is written in.
    pub conversation_id: ConversationId,
}

/// `presence:online`, `presence:away` and `presence:busy`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    /// Wins over what the type says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Availability>,
}

/// `sync`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sync {
    /// The client's own positions.
    pub cursors: std::collections::HashMap<ConversationId, u64>,
}

/// `call:offer`, `call:answer` and `call:ice`. An answer of somebody who is asked accepts the call.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "SignalForm")]
pub struct Signal {
    /// The call.
    pub call_id: CallId,
    /// For whom of those in it.
    pub to_id: UserId,
    /// Relayed untouched: a text, or an object. At most 64 KiB of JSON. What is named `sdp` instead is
    /// the same; an object that is named `candidate` is relayed as its JSON text.
    #[schema(value_type = serde_json::Value)]
    pub data: Box<RawValue>,
    /// For which of their devices, while none has answered; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_device_id: Option<String>,
}

/// A [`Signal`] in all the ways in which clients write one.
#[derive(Deserialize)]
struct SignalForm {
    call_id: CallId,
    #[serde(alias = "participant_id")]
    to_id: UserId,
    #[serde(default, alias = "sdp")]
    data: Option<Box<RawValue>>,
    #[serde(default)]
    candidate: Option<Box<RawValue>>,
    #[serde(default)]
    to_device_id: Option<String>,
}

impl TryFrom<SignalForm> for Signal {
    type Error = &'static str;

    fn try_from(form: SignalForm) -> Result<Self, Self::Error> {
        let data = match (form.data, form.candidate) {
            (Some(data), None) => data,
            (None, Some(candidate)) if candidate.get().starts_with('{') => {
                // A text is JSON, and JSON has a text.
                serde_json::value::to_raw_value(&compact(&candidate))
                    .map_err(|_| "`candidate` cannot be written as text")?
            }
            (None, Some(candidate)) => candidate,
            (Some(_), Some(_)) => return Err("`data` and `candidate` exclude each other"),
            (None, None) => return Err("missing field `data`"),
        };
        Ok(Self {
            call_id: form.call_id,
            to_id: form.to_id,
            data,
            to_device_id: form.to_device_id,
        })
    }
}

/// `call:decline`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeclineCall {
    /// The call.
    pub call_id: CallId,
    /// Why; `DECLINED` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallDecline>,
}

/// `call:end`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndCall {
    /// The call.
    pub call_id: CallId,
    /// Why; follows from how far the call has come if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallEndReason>,
}

macro_rules! frames {
    ($($(#[doc = $doc:literal])+ $name:ident $(($body:ty))? = $text:literal $(| $alias:literal)*;)+) => {
        /// What kind of frame a client sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FrameKind { $($(#[doc = $doc])+ $name),+ }

        impl FrameKind {
            /// Every frame, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The kind behind a `type`, aliases included.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text $(| $alias)* => Some(Self::$name),)+ _ => None }
            }

            /// Its `type`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Its `type`, and other words for it.
            pub const fn names(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$text $(, $alias)*]),+ }
            }

            /// What it is for.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+)),+ }
            }

            /// What it looks like.
            pub fn example(self) -> Outgoing {
                let frame = match self { $(Self::$name => body!(example $name $($body)?)),+ };
                Outgoing { id: Some(1), frame }
            }

            /// Its fields beside `type` and `id`.
            pub fn shape(self) -> Shape {
                match self { $(Self::$name => body!(shape $($body)?)),+ }
            }
        }

        /// What a client says.
        #[derive(Clone, Serialize)]
        #[serde(tag = "type")]
        pub enum ClientFrame {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name $(($body))?),+
        }

        /// Reads the fields of a frame of this kind: the `type` is read first, then the struct that
        /// belongs to it, because serde's own tagging cannot carry a [`RawValue`].
        impl<'de> DeserializeSeed<'de> for FrameKind {
            type Value = ClientFrame;

            fn deserialize<D: Deserializer<'de>>(self, frame: D) -> Result<ClientFrame, D::Error> {
                match self { $(Self::$name => body!(read $name frame $($body)?)),+ }
            }
        }
    };
}

/// Some frames say all with their `type`.
macro_rules! body {
    (shape) => {
        Shape::default()
    };
    (shape $body:ty) => {
        Shape::of::<$body>()
    };
    (example $name:ident) => {
        ClientFrame::$name
    };
    (example $name:ident $body:ty) => {
        ClientFrame::$name(<$body>::example())
    };
    (read $name:ident $frame:ident) => {
        IgnoredAny::deserialize($frame).map(|_| ClientFrame::$name)
    };
    (read $name:ident $frame:ident $body:ty) => {
        <$body>::deserialize($frame).map(ClientFrame::$name)
    };
}

frames! {
    /// Authenticate, or renew the token.
    Auth(Auth) = "auth";
    /// Ask for a `pong`.
    Ping = "ping";
    /// Send a message, as `POST /v1/messages` does.
    MessageSend(Box<SendMessageRequest>) = "message:send";
    /// Send ciphertext to some devices, as `POST /v1/conversations/:id/control` does.
    ControlSend(Box<ControlFrame>) = "control:send";
    /// This device has everything of a conversation up to a revision.
    Ack(Ack) = "ack";
    /// Mark a message and all before it delivered.
    MessageDelivered(Mark) = "message:delivered";
    /// Mark a message and all before it read.
    MessageRead(Mark) = "message:read" | "read";
    /// Started writing.
    TypingStarted(Typing) = "typing:started" | "typing:start";
    /// Stopped writing.
    TypingStopped(Typing) = "typing:stopped" | "typing:stop";
    /// Here.
    PresenceOnline(Presence) = "presence:online";
    /// Not looking.
    PresenceAway(Presence) = "presence:away";
    /// Not to be disturbed.
    PresenceBusy(Presence) = "presence:busy";
    /// Offer a connection in a call.
    CallOffer(Signal) = "call:offer";
    /// Answer an offer; accepts the call.
    CallAnswer(Signal) = "call:answer";
    /// Name a way to connect.
    CallIce(Signal) = "call:ice";
    /// Do not take a call.
    CallDecline(DeclineCall) = "call:decline";
    /// End a call.
    CallEnd(EndCall) = "call:end";
    /// The client's own positions, right after connecting with `resume=client`.
    Sync(Sync) = "sync";
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_reads_back_under_each_of_its_names() {
        for kind in FrameKind::ALL {
            let written = serde_json::to_string(&kind.example()).unwrap();
            let first = kind.as_str();
            assert!(
                written.contains(&format!("\"type\":\"{first}\"")),
                "{written}"
            );
            for name in kind.names() {
                assert_eq!(FrameKind::parse(name), Some(*kind));
            }
            let preamble: Preamble = serde_json::from_str(&written).unwrap();
            assert_eq!(FrameKind::parse(&preamble.kind), Some(*kind));
            let mut json = serde_json::Deserializer::from_str(&written);
            let frame = kind.deserialize(&mut json).unwrap();
            let read = Outgoing { id: Some(1), frame };
            assert_eq!(serde_json::to_string(&read).unwrap(), written);
            let fields: serde_json::Map<String, Value> = serde_json::from_str(&written).unwrap();
            for name in &kind.shape().required {
                assert!(fields.contains_key(name), "{written} lacks {name}");
            }
        }
    }
}
