//! Who calls.

use std::sync::Arc;

use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};

/// A signed-in device, checked: its token verifies and its login session lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user_id: UserId,
    /// The server's name of the device.
    pub device_id: DeviceId,
    /// The client's own string for the device.
    pub device_name: Arc<str>,
    /// The login session.
    pub session_id: LoginSessionId,
    /// End of the access token.
    pub expires_at: Timestamp,
}
