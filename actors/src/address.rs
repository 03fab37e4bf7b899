//! Where a live socket is, and whose it is.

use sentinal_protocol::{DeviceId, LoginSessionId, UserId};

/// Names a live socket: its hub and its place there. Never used again on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// Which worker's hub.
    pub hub: usize,
    /// Which session of it.
    pub slot: u64,
}

/// A live socket, as others know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// Where it is.
    pub key: SessionKey,
    /// Whose device.
    pub device_id: DeviceId,
    /// Under which login.
    pub login_session_id: LoginSessionId,
}

/// A socket as a room knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub key: SessionKey,
    /// The user it belongs to.
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
}
