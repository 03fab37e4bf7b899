//! What an account may do whose e-mail address is still to be proved, where `REGISTRATION_EMAIL` is
//! `required`. Both doors ask here whenever they find out whose a token is; what asks for nothing
//! special lets only proved accounts in.

use sentinal_protocol::ErrorCode;

use super::AccountService;
use crate::{ApiError, RegistrationEmail};

/// Whom a door lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Whoever may do what accounts do. Where it is required, that takes a proved e-mail address.
    Full,
    /// Also who has yet to prove it: for what that takes, and for what an account may do to itself.
    Unproved,
}

impl AccountService {
    /// Refuses an account whose address is not proved where that is required, unless the door lets it in.
    pub(crate) fn admit(&self, email_proved: bool, admission: Admission) -> Result<(), ApiError> {
        let is_required = match self.context.settings.registration_email {
            RegistrationEmail::Off | RegistrationEmail::Optional => false,
            RegistrationEmail::Required => true,
        };
        if email_proved || !is_required || admission == Admission::Unproved {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::EmailUnverified,
            "Prove your e-mail address first, by the code that was mailed to it.",
        ))
    }
}
