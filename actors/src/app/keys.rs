//! (draft)
use super::{ApiError, App};
use sentinal_protocol::{DeviceId, UserId};
impl App {
    /// draft
    pub async fn prekeys_low(&self, _: UserId, _: DeviceId) -> Result<Option<u64>, ApiError> {
        Ok(None)
    }
}
