//! Calls: who is in one and how far it has come.
//!
//! A call is written step by step by the process that keeps its time (`node_id`). Each step names the
//! version that it was made from and is written over that one or not at all, so nobody who was
//! overtaken can bring an old state back. That a conversation has one live call at most is the
//! unique index `calls_live`: of two that are made at once one finds the other.

mod list;
mod orphans;
mod quality;
mod write;

pub use list::CallShelf;
pub use orphans::NodeBeat;
pub use quality::NewQuality;
pub use write::{CallSaved, CallWrite};

use sea_orm::QueryResult;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus, CallStatus, CallType, ConversationId, DeviceId,
    Timestamp, UserId,
};
use uuid::Uuid;

use crate::StoreError;
use crate::dialect::{column, counter};

/// A call as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub id: CallId,
    /// Where it is.
    pub conversation_id: ConversationId,
    /// With sound or with picture.
    pub kind: CallType,
    /// How far it has come.
    pub status: CallStatus,
    /// Who made it; `None` once their account is gone.
    pub initiator_id: Option<UserId>,
    /// The process that keeps its time.
    pub node_id: Option<Uuid>,
    /// Whom a block hides it from.
    pub hidden_from: Option<UserId>,
    /// Why it ended.
    pub reason: Option<CallEndReason>,
    /// Who ended it.
    pub ended_by: Option<UserId>,
    /// Counts its steps.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was connected.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who is or was in it, in the order in which they were asked.
    pub parties: Vec<CallParty>,
}

/// What people in a call are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// Their username.
    pub username: String,
    /// What others see.
    pub display_name: String,
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallParty {
    /// The user.
    pub user_id: UserId,
    /// What they are called; `None` once their account is gone. Read with the call, never stored.
    pub name: Option<PersonName>,
    /// What the call is to them.
    pub status: CallParticipantStatus,
    /// With which device they joined or declined.
    pub device: Option<DeviceName>,
    /// Whether they are not heard.
    pub audio_muted: bool,
    /// Whether they are not seen.
    pub video_muted: bool,
    /// When they were asked.
    pub invited_at: Timestamp,
    /// When they joined.
    pub joined_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
}

impl CallRecord {
    /// Somebody in it.
    pub fn party(&self, user_id: UserId) -> Option<&CallParty> {
        self.parties.iter().find(|party| party.user_id == user_id)
    }

    /// Whether somebody must not know of it.
    pub fn is_hidden_from(&self, user_id: UserId) -> bool {
        self.hidden_from == Some(user_id)
    }
}

/// The columns of a call, which is `c`.
const CALL: &str = "c.id, c.conversation_id, c.type, c.status, c.initiator_id, c.node_id, \
     c.hidden_from, c.reason, c.ended_by, c.version, c.created_at, c.started_at, c.ended_at";

/// The columns of somebody in a call.
const PARTY: &str = "o.call_id, o.user_id, o.status, o.device_id AS device, d.device_id, \
     o.audio_muted, o.video_muted, o.invited_at, o.joined_at, o.left_at, \
     u.username, u.display_name \
     FROM call_participants o LEFT JOIN devices d ON d.id = o.device_id \
     LEFT JOIN users u ON u.id = o.user_id AND u.deleted_at IS NULL";

fn call(row: &QueryResult) -> Result<CallRecord, StoreError> {
    let user = |name| Ok::<_, StoreError>(column::<Option<Uuid>>(row, name)?.map(UserId));
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let reason = column::<Option<String>>(row, "reason")?;
    let reason = reason
        .map(|text| CallEndReason::parse(&text).ok_or(StoreError::Corrupt("the end of a call")));
    Ok(CallRecord {
        id: CallId(column(row, "id")?),
        conversation_id: ConversationId(column(row, "conversation_id")?),
        kind: CallType::parse(&column::<String>(row, "type")?)
            .ok_or(StoreError::Corrupt("call type"))?,
        status: CallStatus::parse(&column::<String>(row, "status")?)
            .ok_or(StoreError::Corrupt("call status"))?,
        initiator_id: user("initiator_id")?,
        node_id: column(row, "node_id")?,
        hidden_from: user("hidden_from")?,
        reason: reason.transpose()?,
        ended_by: user("ended_by")?,
        version: counter(row, "version")?,
        created_at: Timestamp(column(row, "created_at")?),
        started_at: time("started_at")?,
        ended_at: time("ended_at")?,
        parties: Vec::new(),
    })
}

fn party(row: &QueryResult) -> Result<(CallId, CallParty), StoreError> {
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let device = column::<Option<Uuid>>(row, "device")?;
    // The name of a device that was erased is gone.
    let device = match (device, column::<Option<String>>(row, "device_id")?) {
        (Some(id), Some(device_id)) => Some(DeviceName {
            id: DeviceId(id),
            device_id,
        }),
        (Some(_) | None, _) => None,
    };
    let name = match (column(row, "username")?, column(row, "display_name")?) {
        (Some(username), Some(display_name)) => Some(PersonName {
            username,
            display_name,
        }),
        (Some(_) | None, _) => None,
    };
    let party = CallParty {
        user_id: UserId(column(row, "user_id")?),
        name,
        status: CallParticipantStatus::parse(&column::<String>(row, "status")?)
            .ok_or(StoreError::Corrupt("status in a call"))?,
        device,
        audio_muted: column(row, "audio_muted")?,
        video_muted: column(row, "video_muted")?,
        invited_at: Timestamp(column(row, "invited_at")?),
        joined_at: time("joined_at")?,
        left_at: time("left_at")?,
    };
    Ok((CallId(column(row, "call_id")?), party))
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let mut all: Vec<Batched> = list::batched();
    all.extend(orphans::batched());
    all
}
