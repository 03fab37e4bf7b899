//! The closed sets of words on the wire: read in any letter case, written in one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// Defines an enum whose values are read in any letter case and written as given here.
macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(| $alias:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[schema(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in order of definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word in any letter case.
            pub fn parse(text: &str) -> Option<Self> {
                $(if text.eq_ignore_ascii_case($text) $(|| text.eq_ignore_ascii_case($alias))* {
                    return Some(Self::$variant);
                })+
                None
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    serde::de::Error::custom(concat!("rule: must be one of", $(" ", $text),+))
                })
            }
        }
    };
}

word_enum!(
    /// What a conversation is.
    ConversationType {
        /// Exactly two people, fixed; at most one per pair.
        Dm = "DM",
        /// Up to [`crate::limits::GROUP_MEMBERS_MAX`] people with roles.
        Group = "GROUP",
    }
);

word_enum!(
    /// A participant's rank; later values outrank earlier ones.
    Role {
        /// Reads and writes.
        Member = "member",
        /// Also edits the group and manages members.
        Admin = "admin",
        /// Also manages admins, deletes and hands over the group; there is always at least one.
        Owner = "owner",
    }
);

word_enum!(
    /// What kind of content a message announces (its content stays encrypted).
    MessageType {
        /// Written text.
        Text = "text",
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// A recording, or other sound.
        Audio = "audio",
        /// Any file.
        File = "file",
        /// A place.
        Location = "location",
        /// A contact card.
        Contact = "contact",
        /// A poll.
        Poll = "poll",
    }
);

word_enum!(
    /// How clients look.
    Theme {
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
        /// As the system does.
        System = "system",
    }
);

word_enum!(
    /// Who may see or do something that concerns a user.
    Visibility {
        /// Anybody who is signed in.
        Everyone = "everyone",
        /// Whom the user has as a contact.
        Contacts = "contacts",
        /// Only the user.
        Nobody = "nobody",
    }
);

word_enum!(
    /// Whose service wakes a device.
    PushPlatform {
        /// Apple's.
        Apns = "apns",
        /// Google's.
        Fcm = "fcm",
        /// The browser's, by Web Push.
        WebPush = "webpush",
    }
);

word_enum!(
    /// How far an upload has come.
    UploadStatus {
        /// Announced; no byte has come.
        Pending = "PENDING",
        /// Bytes come or have come.
        InProgress = "IN_PROGRESS",
        /// All of it is there, and others may fetch it.
        Completed = "COMPLETED",
        /// Its owner gave up on it; its bytes are gone.
        Failed = "FAILED",
        /// Deleted while it was under way; its bytes are gone.
        Cancelled = "CANCELLED",
    }
);

word_enum!(
    /// Why a user was left out of something that was done for others.
    SkipReason {
        /// There is no such user, or none that the caller may reach.
        UnknownUser = "UNKNOWN_USER",
        /// The caller has blocked the user.
        Blocked = "BLOCKED",
        /// Named twice, or there already.
        Duplicate = "DUPLICATE",
        /// The list has as many recipients as are allowed.
        ListFull = "LIST_FULL",
        /// Not a recipient of the list.
        NotFound = "NOT_FOUND",
    }
);

word_enum!(
    /// Who may do something in a group.
    Permission {
        /// Every participant.
        Everyone = "everyone",
        /// Admins and the owner.
        Admins = "admins",
    }
);

word_enum!(
    /// For whom a message is deleted.
    DeleteFor {
        /// For everybody: its content is erased, a tombstone stays.
        Everyone = "everyone",
        /// For the caller alone, who does not see it any more.
        Me = "me",
    }
);

word_enum!(
    /// What a client says of the one who uses it; later values win over earlier ones.
    Availability {
        /// Not looking.
        Away = "away",
        /// Here, and not to be disturbed.
        Busy = "busy",
        /// Looking at the client.
        Online = "online",
    }
);

word_enum!(
    /// What others see of a user.
    PresenceStatus {
        /// Connected and looking.
        Online = "online",
        /// Connected and not looking.
        Away = "away",
        /// Here, and not to be disturbed.
        Busy = "busy",
        /// Not connected, or not for this viewer to know.
        Offline = "offline",
    }
);

impl From<Option<Availability>> for PresenceStatus {
    fn from(availability: Option<Availability>) -> Self {
        match availability {
            Some(Availability::Online) => Self::Online,
            Some(Availability::Busy) => Self::Busy,
            Some(Availability::Away) => Self::Away,
            None => Self::Offline,
        }
    }
}

word_enum!(
    /// What a call begins with.
    CallType {
        /// Sound alone.
        Audio = "AUDIO",
        /// Sound and picture.
        Video = "VIDEO",
    }
);

word_enum!(
    /// How far a call has come; it only moves forward.
    CallStatus {
        /// Made; no device of somebody invited has been reached.
        Initiated = "INITIATED",
        /// At least one of them was.
        Ringing = "RINGING",
        /// Two talk.
        Connected = "CONNECTED" | "ACTIVE",
        /// It is over, answered or not.
        Ended = "ENDED",
    }
);

word_enum!(
    /// What a call is to one of those in it.
    CallParticipantStatus {
        /// Asked; none of their devices has been reached.
        Invited = "INVITED",
        /// At least one of their devices was.
        Ringing = "RINGING",
        /// In it, with one device.
        Joined = "JOINED",
        /// Did not want to.
        Declined = "DECLINED",
        /// Was in another call.
        Busy = "BUSY",
        /// Did not answer in time.
        Missed = "MISSED",
        /// Was in it.
        Left = "LEFT",
    }
);

impl CallParticipantStatus {
    /// Asked, and still to answer.
    pub const fn is_ringing(self) -> bool {
        matches!(self, Self::Invited | Self::Ringing)
    }

    /// Asked or in it: not over yet.
    pub const fn is_live(self) -> bool {
        self.is_ringing() || matches!(self, Self::Joined)
    }
}

word_enum!(
    /// Why somebody does not take a call.
    CallDecline {
        /// They do not want to.
        Declined = "DECLINED",
        /// They are in another call.
        Busy = "BUSY",
    }
);

word_enum!(
    /// Why a call is over. `call:ended` says it in lower case.
    CallEndReason {
        /// They talked, and somebody hung up.
        Completed = "COMPLETED",
        /// Somebody hung up before anybody answered.
        Missed = "MISSED",
        /// Nobody wanted to.
        Declined = "DECLINED",
        /// Answered, and never connected.
        Failed = "FAILED",
        /// Nobody answered in time, or it went on for as long as any may.
        Timeout = "TIMEOUT",
        /// Devices, or the server, were gone.
        NetworkError = "NETWORK_ERROR",
    }
);
