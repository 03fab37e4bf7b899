//! What can happen to a call, what is told of it, and why something is refused.

use std::collections::BTreeSet;

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{
    CallDecline, CallEndReason, CallId, CallType, ConversationId, ConversationType, DeviceId,
    UserId,
};
use sentinal_store::PersonName;
use uuid::Uuid;

/// A call to make.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Its id.
    pub id: CallId,
    /// The conversation that it belongs to.
    pub conversation_id: ConversationId,
    /// What that is.
    pub conversation: ConversationType,
    /// With sound or with picture.
    pub kind: CallType,
    /// Who makes it, already in it.
    pub initiator: UserId,
    /// With which device.
    pub device: DeviceName,
    /// In a DM the other side.
    pub other: Option<UserId>,
    /// What these two are called.
    pub names: Vec<(UserId, PersonName)>,
    /// Whether the other side has blocked the one who calls: they must not notice.
    pub hidden: Hidden,
    /// The process that keeps its time.
    pub node_id: Uuid,
}

/// Whether a block hides a new call from the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// It rings.
    No,
    /// To the one who calls everything looks as if nobody were there.
    FromOther,
}

/// Something that happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Somebody in it asks somebody to it.
    Invite {
        /// Who asks.
        by: UserId,
        /// Whom they ask.
        user: UserId,
    },
    /// Somebody accepts, or joins without being asked.
    Join {
        /// Who comes in.
        user: UserId,
        /// With which device.
        device: DeviceName,
        /// Their devices that have a socket.
        online: BTreeSet<DeviceId>,
    },
    /// Somebody does not want to.
    Decline {
        /// Who declines.
        user: UserId,
        /// With which device.
        device: DeviceName,
        /// Whether they decline or are busy.
        why: CallDecline,
    },
    /// Somebody leaves; who is still asked declines.
    Leave {
        /// Who leaves.
        user: UserId,
        /// With which device.
        device: DeviceName,
    },
    /// Somebody is taken out by the one who made the call.
    Remove {
        /// By whom.
        by: UserId,
        /// Who is taken out.
        user: UserId,
    },
    /// Somebody is heard or seen, or no more.
    Mute {
        /// By whom.
        by: UserId,
        /// Who is muted, or not any more.
        user: UserId,
        /// Whether they are not heard.
        audio: Option<bool>,
        /// Whether they are not seen.
        video: Option<bool>,
    },
    /// A device says that it rings.
    Ringing {
        /// Whose device it is.
        user: UserId,
    },
    /// A device says that media flow; of somebody who is asked, this accepts.
    Connected {
        /// Whose device it is.
        by: UserId,
        /// Which one.
        device: DeviceName,
        /// Their devices that have a socket.
        online: BTreeSet<DeviceId>,
    },
    /// Somebody ends the call for everybody.
    End {
        /// Who ends it.
        by: UserId,
        /// The reason they give, if any.
        reason: Option<CallEndReason>,
    },
    /// Somebody's devices with a socket are these now.
    Sockets {
        /// Whose devices they are.
        user: UserId,
        /// The devices that have a socket.
        online: BTreeSet<DeviceId>,
    },
    /// A device is not its user's any more.
    DeviceRemoved {
        /// Whose it was.
        user: UserId,
        /// The device that was removed.
        device: DeviceId,
    },
    /// Login sessions of somebody have ended.
    LoggedOut {
        /// Whose login sessions they were.
        user: UserId,
        /// The devices that are logged in still.
        live: BTreeSet<DeviceId>,
    },
    /// Somebody is not in the conversation any more, or shuts the other side off.
    Depart {
        /// Who has gone.
        user: UserId,
    },
    /// The conversation or the process goes away.
    Abandon {
        /// As what it ends.
        reason: CallEndReason,
    },
    /// Time has passed.
    Deadline,
}

/// Why an input changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Who does it is not in the call.
    NotInCall,
    /// Whom it is done to is not in the call.
    NoParticipant,
    /// Only the one who made the call may.
    NotInitiator,
    /// Nobody may make others heard or seen.
    NotToUnmute,
    /// Another device has answered or declined.
    AlreadyAnswered,
    /// The call is over.
    Ended,
    /// There is no place.
    Full,
    /// Two must have joined.
    TooFew,
    /// Somebody is past what they are to be set to.
    Backwards,
}

/// To which devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All of a user's.
    All(UserId),
    /// One of them.
    Only(UserId, DeviceId),
    /// All but one of them.
    AllBut(UserId, DeviceId),
}

/// What to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// `call:incoming`: ring.
    Incoming {
        /// Who asks.
        by: UserId,
    },
    /// `call:accepted`.
    Accepted(UserId),
    /// `call:answered_elsewhere`: stop ringing.
    AnsweredElsewhere,
    /// `call:declined`.
    Declined(UserId),
    /// `call:participant`: how somebody is now. Told to themselves: stop ringing, unless they are
    /// still asked.
    Participant(UserId),
    /// `call:ended`: stop ringing.
    Ended,
}

/// Something to announce once the step is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// To whom.
    pub whom: Whom,
    /// What they are told.
    pub tell: Tell,
}

impl Input {
    /// Who does it; `None` where it happens by itself.
    pub fn actor(&self) -> Option<UserId> {
        match self {
            Self::Invite { by, .. }
            | Self::Remove { by, .. }
            | Self::Mute { by, .. }
            | Self::Connected { by, .. }
            | Self::End { by, .. } => Some(*by),
            Self::Join { user, .. }
            | Self::Decline { user, .. }
            | Self::Leave { user, .. }
            | Self::Ringing { user } => Some(*user),
            Self::Sockets { .. }
            | Self::DeviceRemoved { .. }
            | Self::LoggedOut { .. }
            | Self::Depart { .. }
            | Self::Abandon { .. }
            | Self::Deadline => None,
        }
    }
}
