//! Passwords that are replaced: by mail, or knowing the present one.
//!
//! `forgot` only notes the identity; looking it up, making a token and mailing it happen behind,
//! so the answer takes the same time whether the account exists or not.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use sentinal_protocol::api::auth::{
    ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest,
};
use sentinal_protocol::{Clock, ErrorCode};
use sentinal_store::{Credentials, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::mail::{Mail, Mailer};
use super::rate_limits::Bucket;
use super::tokens::OneTimeSecret;
use super::{ApiError, App, Caller, Revocation};

/// Life of a mailed token.
const TOKEN_LIFETIME: Duration = Duration::from_mins(30);
/// Identities that may wait for their mail; at one second a mail and [`AT_ONCE`] this is half a
/// minute's work.
const QUEUE_LEN: usize = 256;
/// Mails under way at once.
const AT_ONCE: usize = 8;
/// How long one mail may take in all.
const MAIL_TIMEOUT: Duration = Duration::from_secs(30);

/// The queue of identities that asked for a reset, and the task that serves it.
pub(crate) struct Resets(Mutex<Option<(mpsc::Sender<String>, JoinHandle<()>)>>);

impl Resets {
    /// Starts the task on the present runtime. [`Resets::close`] ends it.
    pub(crate) fn start(store: Store, clock: Clock, mailer: Mailer) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_LEN);
        let queued = stream::unfold(receiver, async |mut receiver| {
            let identity: String = receiver.recv().await?;
            Some((identity, receiver))
        });
        let task = tokio::spawn(async move {
            queued
                .for_each_concurrent(AT_ONCE, async |identity| {
                    serve(&store, &clock, &mailer, &identity).await;
                })
                .await;
        });
        Self(Mutex::new(Some((sender, task))))
    }

    fn request(&self, identity: String) -> Result<(), ApiError> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = inner.as_ref().map(|(sender, _)| sender);
        match sender.map(|sender| sender.try_send(identity)) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(ApiError::overloaded()),
        }
    }

    /// Takes no more, and waits until what was taken is mailed.
    pub(crate) async fn close(&self) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((sender, task)) = inner {
            drop(sender);
            if let Err(error) = task.await {
                tracing::error!(%error, "mailing of password resets failed");
            }
        }
    }
}

/// Mails a token to each account that the identity may mean. Nobody waits for the outcome; the
/// user asks again.
async fn serve(store: &Store, clock: &Clock, mailer: &Mailer, identity: &str) {
    let accounts = match store.list_credentials(identity).await {
        Ok(accounts) => accounts,
        Err(error) => {
            tracing::error!(%error, "a password reset was not looked up");
            return;
        }
    };
    for account in accounts {
        let user_id = account.user_id;
        let sending = tokio::time::timeout(MAIL_TIMEOUT, mail_token(store, clock, mailer, account));
        match sending.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let error = error.source.as_deref().map(ToString::to_string);
                tracing::error!(%user_id, error, "a password reset was not mailed");
            }
            Err(_) => tracing::error!(%user_id, "a password reset was not mailed in time"),
        }
    }
}

async fn mail_token(
    store: &Store,
    clock: &Clock,
    mailer: &Mailer,
    account: Credentials,
) -> Result<(), ApiError> {
    let now = clock.now();
    let token = OneTimeSecret::new(&[]);
    store
        .insert_reset_token(account.user_id, &token.hash, now.plus(TOKEN_LIFETIME), now)
        .await?;
    let mail = Mail {
        to: account.email,
        subject: "Reset your password",
        text: format!(
            "Someone, probably you, asked to reset the password of your account.\n\n\
             Your token, good once within {} minutes:\n\n{}\n\n\
             If it was not you, ignore this mail: nothing has changed.\n",
            TOKEN_LIFETIME.as_secs() / 60,
            token.text
        ),
    };
    mailer.send(mail).await.map_err(ApiError::internal)
}

impl App {
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
        self.limits.check(Bucket::Auth, address)?;
        // Whoever uses this up for somebody else has had the mails sent to them.
        let identity = self.limits.identity(&request.identity);
        self.limits.check(Bucket::Auth, identity)?;
        self.auth.resets.request(request.identity)
    }

    /// Replaces a password by means of a mailed token; all login sessions end.
    pub async fn reset_password(
        &self,
        request: ResetPasswordRequest,
        address: IpAddr,
    ) -> Result<(), ApiError> {
        // Not by identity: a token of 256 bits is not guessed, and the owner of a good one must not
        // be kept from using it.
        self.limits.check(Bucket::Auth, address)?;
        let invalid = || {
            ApiError::new(
                ErrorCode::ResetTokenInvalid,
                "The token is unknown, used or too old.",
            )
        };
        let token_hash = OneTimeSecret::hash(request.token.as_deref().ok_or_else(invalid)?);
        let now = self.clock.now();
        let user_id = self
            .store
            .find_reset_token(&request.identity, &token_hash, now)
            .await?
            .ok_or_else(invalid)?;
        let password_hash = self.auth.passwords.hash(request.new_password).await?;
        let now = self.clock.now();
        if !self
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
    ) -> Result<(), ApiError> {
        self.limits.check(Bucket::Auth, caller.user_id)?;
        let wrong = || ApiError::new(ErrorCode::WrongPassword, "The current password is wrong.");
        let user_id = caller.user_id;
        let credentials = self
            .store
            .find_credentials(user_id)
            .await?
            .ok_or_else(ApiError::unauthorized)?;
        let old_hash = credentials.password_hash;
        let passwords = &self.auth.passwords;
        if !passwords
            .verify(request.current_password, Some(old_hash.clone()))
            .await?
        {
            return Err(wrong());
        }
        let new_hash = passwords.hash(request.new_password).await?;
        let now = self.clock.now();
        let session_id = caller.session_id;
        if !self
            .store
            .change_password(user_id, &old_hash, &new_hash, session_id, now)
            .await?
        {
            return Err(wrong());
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
