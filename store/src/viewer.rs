//! Who reads messages back.

use sentinal_protocol::{DeviceId, Timestamp, UserId};

/// Who reads, with which device.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    /// The reader.
    pub user_id: UserId,
    /// The device whose ciphertexts are shown.
    pub device_id: DeviceId,
    /// The client's own string for that device.
    pub device_name: &'a str,
    /// When: what has expired by now shows no content.
    pub now: Timestamp,
}
