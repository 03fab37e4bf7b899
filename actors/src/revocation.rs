//! What ends when somebody is logged out.

use sentinal_protocol::{DeviceId, LoginSessionId, UserId};
use serde::{Deserialize, Serialize};

/// What has ended; whoever hears of it closes the sockets concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// One login session: 4401.
    LoginSession(LoginSessionId),
    /// A device was removed, and its login session with it: 4404.
    Device(DeviceId),
    /// All login sessions of the user but one: 4401.
    User {
        /// The user whose sessions end.
        user_id: UserId,
        /// The one that goes on.
        except: Option<LoginSessionId>,
    },
}
