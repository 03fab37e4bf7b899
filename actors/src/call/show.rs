//! Calls, and why something is refused in them, as the wire shows them.

use sentinal_protocol::api::calls::{Call, CallParticipant};
use sentinal_protocol::{CallId, ErrorCode, Timestamp};
use sentinal_store::{CallParty, CallRecord};

use super::machine::Refusal;
use crate::error::ApiError;
use crate::messages::CallFailure;

/// A call as the wire shows it.
pub fn call_resource(record: &CallRecord, now: Timestamp) -> Call {
    Call {
        id: record.id,
        conversation_id: record.conversation_id,
        kind: record.kind,
        status: record.status,
        initiator_id: record.initiator_id,
        created_at: record.created_at,
        started_at: record.started_at,
        ended_at: record.ended_at,
        duration: duration(record, now),
        reason: record.reason,
        ended_by: record.ended_by,
        participants: participant_resources(record),
    }
}

/// Everybody in a call as the wire shows them.
pub fn participant_resources(record: &CallRecord) -> Vec<CallParticipant> {
    let parties = record.parties.iter();
    parties
        .map(|party| participant_resource(record.id, party))
        .collect()
}

/// Somebody in a call as the wire shows them.
pub fn participant_resource(call_id: CallId, party: &CallParty) -> CallParticipant {
    CallParticipant {
        call_id,
        user_id: party.user_id,
        username: party.name.as_ref().map(|name| name.username.clone()),
        display_name: party.name.as_ref().map(|name| name.display_name.clone()),
        status: party.status,
        device_id: party.device.as_ref().map(|device| device.device_id.clone()),
        device_uuid: party.device.as_ref().map(|device| device.id),
        audio_muted: party.audio_muted,
        video_muted: party.video_muted,
        invited_at: party.invited_at,
        joined_at: party.joined_at,
        left_at: party.left_at,
    }
}

/// Seconds that a call was connected.
pub fn duration(record: &CallRecord, now: Timestamp) -> u64 {
    let started = record.started_at;
    started.map_or(0, |at| record.ended_at.unwrap_or(now).since(at).as_secs())
}

impl From<CallFailure> for ApiError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Refused(refusal) => refusal.into(),
            CallFailure::Error(error) => error,
        }
    }
}

/// The error that a request with a broken rule gets.
impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::NotInCall => (ErrorCode::Forbidden, "You are not in this call."),
            Refusal::NoParticipant => (ErrorCode::NotFound, "No such participant in this call."),
            Refusal::NotInitiator => (
                ErrorCode::Forbidden,
                "Only the one who made the call may do this.",
            ),
            Refusal::NotToUnmute => (ErrorCode::Forbidden, "Only they themselves may unmute."),
            Refusal::AlreadyAnswered => (
                ErrorCode::AlreadyAnswered,
                "Another device has answered this call.",
            ),
            Refusal::Ended => (ErrorCode::CallEnded, "The call is over."),
            Refusal::Full => (ErrorCode::CallFull, "No place is left in this call."),
            Refusal::TooFew => (ErrorCode::Conflict, "Two must have joined first."),
            Refusal::Backwards => (ErrorCode::Conflict, "The call does not ring any more."),
        };
        Self::new(code, message)
    }
}
