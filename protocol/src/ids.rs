//! Ids of the things on the wire, one type each so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// A `UUIDv7` made at `now`; its random part comes from the operating system.
pub fn new_uuid(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.0).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        millis / 1000,
        nanos,
    ))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
        )]
        #[schema(examples("01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41"))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, `UUIDv7`, whose leading bits are `now`.
            pub fn new(now: Timestamp) -> Self {
                Self(new_uuid(now))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// An account.
    UserId
);
id!(
    /// One installation of a client, as the server names it. What the client calls itself is the
    /// string `device_id` on the wire (unique per user only).
    DeviceId
);
id!(
    /// A stored conversation.
    ConversationId
);
id!(
    /// A message.
    MessageId
);
id!(
    /// A signed-in login of a device, carrier of its refresh token.
    LoginSessionId
);
id!(
    /// A file on its way in, or stored.
    UploadId
);
id!(
    /// A broadcast list.
    BroadcastId
);
id!(
    /// A call.
    CallId
);
