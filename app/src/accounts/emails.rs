//! E-mail addresses: proving them by mailed codes, changing them, and undoing that.
//!
//! Another address takes effect when the caller proves that its mail is theirs. Until then nothing looks
//! whether an account has it, so neither an answer nor the time that it takes tells; who proves it and
//! finds it taken has only learnt something about a mailbox of their own. Where no mail can be sent,
//! nothing can be proved: another address takes effect at once and shows as unproved.

use std::net::IpAddr;
use std::time::Duration;

use sentinal_actors::revocation::Revocation;
use sentinal_protocol::api::accounts::{Me, UndoEmailRequest, VerifyEmailRequest};
use sentinal_protocol::{ErrorCode, UserId};
use sentinal_store::{EmailCode, EmailProof, NewEmail, Taken, Undone};

use super::AccountService;
use crate::accounts::auth::taken;
use crate::accounts::mail::Mail;
use crate::accounts::mail_queue::{Job, Slot, UNDO_LIFETIME};
use crate::accounts::one_time::OneTimeSecret;
use crate::accounts::reauthentication::wrong_password;
use crate::accounts::tokens::email_code;
use crate::accounts::turns::Asker;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// Life of a mailed code.
const CODE_LIFETIME: Duration = Duration::from_mins(30);

/// A mail that leaves once what it is about is stored.
#[must_use]
pub(crate) struct Letter {
    slot: Slot,
    mail: Mail,
}

impl Letter {
    pub(crate) fn send(self) {
        self.slot.send(Job::Mail(self.mail));
    }
}

impl AccountService {
    /// What a wish for an e-mail address comes to, and the mail that goes with it.
    pub(crate) fn new_email(
        &self,
        me: &Me,
        email: String,
        from: IpAddr,
    ) -> Result<(NewEmail, Option<Letter>), ApiError> {
        if email == me.email {
            return Ok((NewEmail::Present, None));
        }
        if !self.auth.mailer.is_configured() {
            return Ok((NewEmail::AtOnce(email), None));
        }
        let (code, letter) = self.code_for(me.id, &email, from)?;
        Ok((NewEmail::Pending(email, code), Some(letter)))
    }

    /// A new code for an address, and the mail that brings it. Mails are counted by account and by
    /// address, whether an account has it or not.
    pub(crate) fn code_for(
        &self,
        user_id: UserId,
        email: &str,
        from: IpAddr,
    ) -> Result<(EmailCode, Letter), ApiError> {
        let slot = self.auth.mails.reserve()?;
        self.context.limits.check_mail(user_id, email, from)?;
        let code = email_code();
        let stored = EmailCode {
            hash: self.auth.tokens.hash_email_code(user_id, email, &code),
            expires_at: self.context.clock.now().plus(CODE_LIFETIME),
        };
        let mail = Mail {
            to: email.to_owned(),
            subject: "Confirm your e-mail address",
            text: format!(
                "Someone, probably you, wants to use this address for an account.\n\n\
                 Your code, good once within {} minutes:\n\n{code}\n\n\
                 If it was not you, ignore this mail, and tell the code to nobody.\n",
                CODE_LIFETIME.as_secs() / 60,
            ),
        };
        Ok((stored, Letter { slot, mail }))
    }

    /// Mails a new code for the address that waits to be proved, else for the present one.
    pub async fn request_email_code(
        &self,
        caller: &Caller,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        if !self.auth.mailer.is_configured() {
            return Err(ApiError::new(
                ErrorCode::MailNotConfigured,
                "This server has no way to send mail.",
            ));
        }
        let me = self.me(caller).await?;
        let proved = || ApiError::new(ErrorCode::Conflict, "No address waits to be proved.");
        if me.pending_email.is_none() && me.email_verified {
            return Err(proved());
        }
        let email = me.pending_email.unwrap_or(me.email);
        let (code, letter) = self.code_for(caller.user_id, &email, address)?;
        let stored = self
            .context
            .store
            .put_email_code(caller.user_id, &email, code);
        if !stored.await? {
            return Err(proved());
        }
        letter.send();
        Ok(())
    }

    /// Proves an address by its mailed code; another one becomes the account's.
    pub async fn verify_email(
        &self,
        caller: &Caller,
        request: VerifyEmailRequest,
    ) -> Result<Me, ApiError> {
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        let tokens = &self.auth.tokens;
        let hashes = |email: &str| tokens.email_code_hashes(user_id, email, &request.code);
        let undo_until = now.plus(UNDO_LIFETIME);
        let proving = self
            .context
            .store
            .prove_email(user_id, hashes, undo_until, now);
        let change = match proving.await? {
            EmailProof::Proved(change) => change,
            EmailProof::Invalid => {
                return Err(ApiError::new(
                    ErrorCode::EmailCodeInvalid,
                    "The code is wrong, used up or too old.",
                ));
            }
            EmailProof::Taken => return Err(taken(Taken::Email)),
            EmailProof::TooManyChanges(at) => {
                return Err(ApiError::new(
                    ErrorCode::RateLimitExceeded,
                    "The address was changed too often; the last changes can still be undone.",
                )
                .with_retry_after(at.since(now)));
            }
        };
        // What an unproved account may not do, this one may from now on.
        self.auth.logins.forget(user_id);
        self.mail_undos();
        if let Some(account_revision) = change.account_revision {
            self.context.tell_account_changed(caller, account_revision);
        }
        Ok(change.now)
    }

    /// Has it looked whether owners of addresses are to be told of changes. A full queue is served anyway,
    /// and the janitor asks again.
    pub(crate) fn mail_undos(&self) {
        if self.auth.mailer.is_configured()
            && let Err(error) = self.auth.mails.request(Job::Undos)
        {
            tracing::debug!(%error, "mails about changed addresses wait");
        }
    }

    /// Undoes a change of an account's address, by the token that was mailed to the one from before and
    /// the password from before; all login sessions end.
    pub async fn undo_email(
        &self,
        request: UndoEmailRequest,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        // Not by account: a token of 256 bits is not guessed.
        self.context.limits.check(Bucket::Auth, address)?;
        let gone = || {
            ApiError::new(
                ErrorCode::EmailUndoInvalid,
                "The token is unknown, used or too old.",
            )
        };
        let token_hash = OneTimeSecret::hash(&request.token);
        let now = self.context.clock.now();
        let undo = self.context.store.find_email_undo(&token_hash, now).await?;
        let undo = undo.ok_or_else(gone)?;
        let user_id = undo.user_id;
        let attempt = self.begin_guess(user_id, address)?;
        let asker = Asker::at(address).about(self.context.limits.subject_of(user_id));
        let hash = Some(undo.password_hash);
        let passwords = &self.auth.passwords;
        let verified = passwords.verify(asker, &request.password, hash).await;
        if !matches!(verified, Ok(false)) {
            attempt.withdraw();
        }
        if !verified? {
            return Err(wrong_password());
        }
        let now = self.context.clock.now();
        let undoing = self.context.store.undo_email(user_id, &token_hash, now);
        match undoing.await? {
            Undone::Done => {}
            Undone::Gone => return Err(gone()),
            Undone::Taken => return Err(taken(Taken::Email)),
        }
        let except = None;
        self.revoked(user_id, &Revocation::User { user_id, except });
        Ok(())
    }
}
