//! Events about calls.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::calls::{Call, CallParticipant};
use crate::{
    CallDecline, CallEndReason, CallId, CallParticipantStatus, ConversationId, DeviceId, UserId,
};

/// Somebody calls. Every device of the one who is asked rings, until one of the following.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallIncoming {
    /// Who asks.
    pub user_id: UserId,
    /// Their username; `null` once their account is gone.
    #[schema(required)]
    pub username: Option<String>,
    /// What they call themselves; `null` once their account is gone.
    #[schema(required)]
    pub display_name: Option<String>,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// How it is now.
    pub call: Call,
}

/// Somebody has joined a call, on one of their devices.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallAccepted {
    /// Who joined.
    pub user_id: UserId,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// The same, with the device that they joined with.
    pub participant: CallParticipant,
    /// How the call is now.
    pub call: Call,
}

/// Another own device has joined the call (`status` is `JOINED`) or declined it: stop ringing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallAnsweredElsewhere {
    /// The user who is told.
    pub user_id: UserId,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// What the call is to oneself now.
    pub status: CallParticipantStatus,
    /// How the call is now.
    pub call: Call,
}

/// Somebody does not take the call; `reason` is `DECLINED` or `BUSY`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallDeclined {
    /// Who declined.
    pub user_id: UserId,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// Why they did.
    pub reason: CallDecline,
    /// The same, as they are now.
    pub participant: CallParticipant,
    /// How the call is now.
    pub call: Call,
}

/// Somebody was asked, is being reached, has left, is muted, or the call is connected: how they and
/// the call are now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallParticipantChanged {
    /// Whose part in the call has changed.
    pub user_id: UserId,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// The same, as they are now.
    pub participant: CallParticipant,
    /// How the call is now.
    pub call: Call,
}

/// A call is over. `reason` is in lower case; who ended it is `null` if nobody did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallEnded {
    /// Who ended it; `null` if nobody did.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// The same under its telling name.
    #[schema(required)]
    pub ended_by: Option<UserId>,
    /// Why, in lower case.
    #[serde(serialize_with = "in_lower_case")]
    #[schema(value_type = String)]
    pub reason: CallEndReason,
    /// Seconds that it was connected.
    pub duration_seconds: u64,
    /// How it is now.
    pub call: Call,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde prescribes the signature"
)]
fn in_lower_case<S: Serializer>(reason: &CallEndReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&reason.as_str().to_lowercase())
}

/// Which of the three signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalType {
    /// `call:offer`.
    Offer,
    /// `call:answer`.
    Answer,
    /// `call:ice`.
    Ice,
}

/// A signal on its way from device to device.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallSignal {
    /// Who sent it.
    pub user_id: UserId,
    /// The call's conversation.
    pub conversation_id: ConversationId,
    /// The call.
    pub call_id: CallId,
    /// The same under its telling name.
    pub from_id: UserId,
    /// The client's string of the device that sent it.
    pub from_device_id: String,
    /// The server's name for the same device.
    pub from_device_uuid: DeviceId,
    /// The user whom it is for.
    pub to_id: UserId,
    /// Which of the three.
    pub signal_type: SignalType,
    /// As sent.
    #[schema(value_type = serde_json::Value)]
    pub data: Box<RawValue>,
}

/// An offer of a connection, relayed untouched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct CallOffer(pub CallSignal);

/// The answer to an offer, relayed untouched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct CallAnswer(pub CallSignal);

/// A way to connect, relayed untouched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct CallIce(pub CallSignal);

#[cfg(test)]
mod tests {
    use crate::event::EventKind;

    #[test]
    fn why_a_call_ended_is_written_in_lower_case() {
        let told = serde_json::to_value(EventKind::CallEnded.example()).unwrap();
        assert_eq!(told["reason"], "missed");
        assert_eq!(told["call"]["reason"], "MISSED");
    }
}
