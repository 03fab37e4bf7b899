//! Ciphertexts for the sending device itself. Some clients make one, which nobody needs: it is taken
//! out before anything counts, compares or stores it.

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::messages::Ciphertext;
use sentinal_store::Roster;
use serde_json::json;
use uuid::Uuid;

use crate::{ApiError, Caller};

/// What was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnEntry {
    /// Whether the device was named by its string alone, which may fit somebody else's device as well.
    by_string_alone: bool,
}

/// Takes the entries for the calling device out.
pub(crate) fn without_own(caller: &Caller, ciphertexts: &mut Vec<Ciphertext>) -> OwnEntry {
    let mut own = OwnEntry {
        by_string_alone: false,
    };
    ciphertexts.retain(|entry| {
        if entry
            .recipient_user_id
            .is_some_and(|user| user != caller.user_id)
        {
            return true;
        }
        let name = entry.recipient_device_id.as_str();
        if Uuid::parse_str(name).is_ok_and(|id| id == caller.device_id.0) {
            return false;
        }
        if name != &*caller.device_name {
            return true;
        }
        own.by_string_alone |= entry.recipient_user_id.is_none();
        false
    });
    own
}

impl OwnEntry {
    /// Whether the device was named by its string alone.
    pub(crate) fn is_by_string_alone(self) -> bool {
        self.by_string_alone
    }

    /// Refuses a string that fits the device of another participant, too.
    pub(crate) fn check(self, caller: &Caller, roster: &Roster) -> Result<(), ApiError> {
        if !self.by_string_alone {
            return Ok(());
        }
        let mut others = roster
            .members
            .iter()
            .filter(|member| member.user_id != caller.user_id);
        let is_own_string = |name: &str| name == &*caller.device_name;
        let fits = others.any(|member| {
            let mut devices = member.devices.iter();
            devices.any(|device| is_own_string(&device.name.device_id))
        });
        if fits {
            return Err(ambiguous(&caller.device_name));
        }
        Ok(())
    }
}

/// The refusal of a string that names devices of two participants.
pub(crate) fn ambiguous(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::AmbiguousDevice,
        "This device string fits two participants: name recipient_user_id.",
    )
    .with_details(json!({ "device_id": name }))
}
