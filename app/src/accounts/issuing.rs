//! Access tokens for logins that are in the database already: for a command that fills it, without a
//! running server and without passwords.

use std::time::Duration;

use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};

use super::tokens::Tokens;
use crate::{ApiError, Secret};

/// Signs access tokens with the server's own secret.
pub struct AccessTokens(Tokens);

impl AccessTokens {
    /// The first of the secrets signs.
    pub fn new(secrets: &[Secret], lifetime: Duration) -> Self {
        Self(Tokens::new(secrets, lifetime))
    }

    /// The access token of a login session whose refresh token was never used, and its end.
    pub fn issue(
        &self,
        user_id: UserId,
        session_id: LoginSessionId,
        device_id: DeviceId,
        now: Timestamp,
    ) -> Result<(String, Timestamp), ApiError> {
        self.0.make_access(user_id, session_id, device_id, 0, now)
    }
}
