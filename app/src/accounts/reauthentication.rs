//! Sensitive things need more than a token: the password again, or a login that is recent.
//!
//! Whoever has got hold of an access token can read, but cannot take the account over, end it or shut
//! its owner out. Every use case that could do so asks [`AccountService::confirm`] before it does
//! anything; `docs/protocol.md` lists them. A wrong password is counted as a failed login.

use std::net::IpAddr;
use std::time::Duration;

use sentinal_protocol::api::auth::{ReauthenticateRequest, Reauthenticated};
use sentinal_protocol::{ErrorCode, Timestamp, UserId};

use super::AccountService;
use super::turns::Asker;
use crate::rate_limits::LoginAttempt;
use crate::{ApiError, Caller};

/// How long a login session may do sensitive things after the password was given in it.
const RECENT: Duration = Duration::from_mins(10);

/// What a request for something sensitive brings with it, beside its token.
#[derive(Clone)]
pub struct Confirmation {
    /// The account's password, if it was given.
    pub password: Option<String>,
    /// Where the request comes from: wrong passwords are counted per address.
    pub address: IpAddr,
}

impl AccountService {
    /// Notes that the caller knows the password: what is sensitive is allowed to this login session
    /// for the next 10 minutes.
    pub async fn reauthenticate(
        &self,
        caller: &Caller,
        request: ReauthenticateRequest,
        address: IpAddr,
    ) -> Result<Reauthenticated, ApiError> {
        self.check_own_password(caller, &request.password, address)
            .await?;
        let now = self.context.clock.now();
        self.context
            .store
            .mark_authenticated(caller.session_id, now)
            .await?;
        Ok(Reauthenticated {
            expires_at: now.plus(RECENT),
        })
    }

    /// Refuses what is sensitive unless the password comes with it or was given in this login session
    /// lately. The one check of all use cases that need it.
    pub(crate) async fn confirm(
        &self,
        caller: &Caller,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        if let Some(password) = confirmation.password {
            let checking = self.check_own_password(caller, &password, confirmation.address);
            return checking.await.map(drop);
        }
        let now = self.context.clock.now();
        let authenticated_at = self
            .context
            .store
            .find_authentication(caller.user_id, caller.session_id, now)
            .await?
            .ok_or_else(ApiError::unauthorized)?;
        if is_recent(authenticated_at, now) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::ReauthenticationRequired,
            "Give the password again: this needs a login within the last 10 minutes.",
        ))
    }

    /// Checks the caller's password and answers the hash that it matches; 403 `WRONG_PASSWORD` otherwise.
    pub(crate) async fn check_own_password(
        &self,
        caller: &Caller,
        password: &str,
        address: IpAddr,
    ) -> Result<String, ApiError> {
        let attempt = self.begin_guess(caller.user_id, address)?;
        let checked = self.matching_hash(caller.user_id, password).await;
        // Only a wrong password is a failure; that this server is too busy is not the caller's.
        if !matches!(&checked, Err(error) if error.code == ErrorCode::WrongPassword) {
            attempt.withdraw();
        }
        checked
    }

    /// Counts a password that is given for an account as a failed login until it is withdrawn.
    pub(super) fn begin_guess(
        &self,
        user_id: UserId,
        address: IpAddr,
    ) -> Result<LoginAttempt<'_>, ApiError> {
        let limits = &self.context.limits;
        let mut attempt = limits.begin_login(address)?;
        match attempt.guess_at(limits.subject_of(user_id)) {
            Ok(()) => Ok(attempt),
            Err(refused) => {
                attempt.withdraw();
                Err(refused)
            }
        }
    }

    async fn matching_hash(&self, user_id: UserId, password: &str) -> Result<String, ApiError> {
        let credentials = self.context.store.find_credentials(user_id).await?;
        let hash = credentials
            .ok_or_else(ApiError::unauthorized)?
            .password_hash;
        let passwords = &self.auth.passwords;
        let verified = passwords.verify(Asker::known(user_id), password, Some(hash.clone()));
        if verified.await? {
            Ok(hash)
        } else {
            Err(wrong_password())
        }
    }
}

/// The given password is not the account's.
pub(crate) fn wrong_password() -> ApiError {
    ApiError::new(ErrorCode::WrongPassword, "The password is wrong.")
}

/// Whether the password was given within [`RECENT`]. A time ahead of this clock is as good only if it
/// is as near: another node's clock may go a little before, but one that was set back opens nothing.
fn is_recent(authenticated_at: Timestamp, now: Timestamp) -> bool {
    now.since(authenticated_at) <= RECENT && authenticated_at.since(now) <= RECENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_recent_for_ten_minutes_whichever_way_the_clock_is_set() {
        let now = Timestamp(1_800_000_000_000);
        let over = RECENT + Duration::from_millis(1);
        assert!(is_recent(now, now) && is_recent(now.minus(RECENT), now));
        assert!(is_recent(now.plus(RECENT), now));
        assert!(!is_recent(now.minus(over), now) && !is_recent(now.plus(over), now));
    }
}
