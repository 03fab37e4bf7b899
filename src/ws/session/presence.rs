//! What a client says of the one who uses it.

use sentinal_app::ApiError;
use sentinal_app::Duplicate;
use sentinal_protocol::Availability;
use sentinal_protocol::frame::{FrameId, Presence};

use super::Session;

impl Session {
    /// `usual` is what the frame's type says; its `status` wins.
    pub(super) fn presence(
        &mut self,
        presence: Presence,
        usual: Availability,
        id: Option<FrameId>,
    ) -> Result<(), ApiError> {
        if let (Some(key), Some(caller)) = (self.key, &self.caller) {
            let availability = presence.status.unwrap_or(usual);
            let told = &self.app().live.presence;
            told.set(caller.user_id, key, availability)?;
        }
        self.done(id, None, Duplicate::No);
        Ok(())
    }
}
