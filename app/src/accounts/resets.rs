//! Passwords that are replaced: by mail, or knowing the present one.
//!
//! `forgot` only queues the identity; looking it up, making a token and mailing it happen behind, so the
//! answer takes the same time whether the account exists or not.

use std::net::IpAddr;

use sentinal_actors::revocation::Revocation;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::auth::{
    ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest,
};

use super::AccountService;
use crate::accounts::mail::Mail;
use crate::accounts::mail_queue::Job;
use crate::accounts::one_time::OneTimeSecret;
use crate::accounts::reauthentication::wrong_password;
use crate::accounts::turns::Asker;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

impl AccountService {
    /// Has a token mailed to the account, if there is one.
    pub fn forgot_password(
        &self,
        request: ForgotPasswordRequest,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        if !self.auth.mailer.is_configured() {
            return Err(ApiError::new(
                ErrorCode::MailNotConfigured,
                "This server has no way to send mail.",
            ));
        }
        self.context.limits.check(Bucket::Auth, address)?;
        // Whoever uses this up for somebody else has had the mails sent to them.
        let limits = &self.context.limits;
        limits.check_identity(limits.subject(&request.identity), address)?;
        self.auth.mails.request(Job::Reset(request.identity))
    }

    /// Replaces a password by means of a mailed token; all login sessions end.
    pub async fn reset_password(
        &self,
        request: ResetPasswordRequest,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        // Not by identity: a token of 256 bits is not guessed, and the owner of a good one must not
        // be kept from using it.
        self.context.limits.check(Bucket::Auth, address)?;
        let invalid = || {
            ApiError::new(
                ErrorCode::ResetTokenInvalid,
                "The token is unknown, used or too old.",
            )
        };
        let token_hash = OneTimeSecret::hash(request.token.as_deref().ok_or_else(invalid)?);
        let now = self.context.clock.now();
        let user_id = self
            .context
            .store
            .find_reset_token(&request.identity, &token_hash, now)
            .await?
            .ok_or_else(invalid)?;
        // Who holds a mailed token is known, as one whose device was signed in.
        let asker = Asker::known(user_id);
        let passwords = &self.auth.passwords;
        let password_hash = passwords.hash(asker, &request.new_password).await?;
        let now = self.context.clock.now();
        if !self
            .context
            .store
            .claim_reset_token(user_id, &token_hash, &password_hash, now)
            .await?
        {
            return Err(invalid());
        }
        let except = None;
        self.revoked(user_id, &Revocation::User { user_id, except });
        Ok(())
    }

    /// Replaces the caller's password; all other login sessions end.
    pub async fn change_password(
        &self,
        caller: &Caller,
        request: ChangePasswordRequest,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        self.context.limits.check(Bucket::Auth, caller.user_id)?;
        let user_id = caller.user_id;
        let old_hash = self
            .check_own_password(caller, &request.current_password, address)
            .await?;
        let asker = Asker::known(user_id);
        let passwords = &self.auth.passwords;
        let new_hash = passwords.hash(asker, &request.new_password).await?;
        let now = self.context.clock.now();
        let session_id = caller.session_id;
        if !self
            .context
            .store
            .change_password(user_id, &old_hash, &new_hash, session_id, now)
            .await?
        {
            return Err(wrong_password());
        }
        let except = Some(session_id);
        self.revoked(user_id, &Revocation::User { user_id, except });
        Ok(())
    }

    /// Mail that would have been sent, oldest first: only in test mode is there any.
    pub fn outbox(&self) -> Vec<Mail> {
        self.auth.mailer.outbox()
    }
}
