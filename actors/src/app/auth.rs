//! Signing in: register, login, refresh.

use std::net::IpAddr;
use std::time::Duration;

use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::{LoginRequest, RefreshRequest, RegisterRequest, Tokens};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{DeviceId, ErrorCode, LoginSessionId, Timestamp, UserId};
use sentinal_store::{
    DeviceRefusal, NewAccount, NewDevice, NewLogin, Refreshed, SignInRefusal, SignedIn, Taken,
};
use serde_json::{Map, json};

use super::logins::Logins;
use super::mail::{MailError, Mailer};
use super::passwords::Passwords;
use super::rate_limits::Bucket;
use super::resets::Resets;
use super::{ApiError, App, Caller, Revocation, Settings, tokens};
use crate::files::FilesError;
use crate::push::PushError;

/// Why the use cases cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The way to send mail is malformed.
    #[error("mail cannot be set up: check SMTP_URL and MAIL_FROM")]
    Mail(#[from] MailError),
    /// The cost of passwords is out of range.
    #[error("passwords cannot be hashed: BCRYPT_COST must be 4 to 31")]
    Passwords(#[source] bcrypt::BcryptError),
    /// The place of uploaded files cannot be used.
    #[error("files cannot be stored: check FILES_DIR and S3_*")]
    Files(#[from] FilesError),
    /// The way to send pushes is malformed.
    #[error("pushes cannot be sent: check VAPID_PRIVATE_KEY")]
    Push(#[from] PushError),
    /// The calls of an earlier process could not be ended.
    #[error("calls of an earlier process could not be ended")]
    Calls(#[source] ApiError),
    /// The journal's thread could not be started.
    #[error("the journal could not be started")]
    Journal,
}

/// What signing in needs beside the database.
pub(crate) struct Auth {
    pub tokens: tokens::Tokens,
    pub passwords: Passwords,
    pub mailer: Mailer,
    pub resets: Resets,
    pub logins: Logins,
}

impl Auth {
    /// Must be called within a tokio runtime, on which mail will be sent.
    pub(crate) fn new(
        settings: &Settings,
        store: &sentinal_store::Store,
        clock: &sentinal_protocol::Clock,
    ) -> Result<Self, SetupError> {
        let mailer = Mailer::new(settings)?;
        Ok(Self {
            tokens: tokens::Tokens::new(&settings.jwt_secrets, settings.access_lifetime),
            passwords: Passwords::new(settings.bcrypt_cost).map_err(SetupError::Passwords)?,
            resets: Resets::start(store.clone(), clock.clone(), mailer.clone()),
            mailer,
            logins: Logins::new(),
        })
    }
}

impl App {
    /// Makes an account and signs its first device in.
    pub async fn register(
        &self,
        request: RegisterRequest,
        address: IpAddr,
    ) -> Result<Tokens, ApiError> {
        self.limits.check(Bucket::Auth, address)?;
        // Not the key that a password reset is counted by: trying to register somebody's address
        // must not keep them from their mail.
        let identity = self.limits.identity(&format!("register {}", request.email));
        self.limits.check(Bucket::Auth, identity)?;
        let now = self.clock.now();
        let account = NewAccount {
            id: UserId::new(now),
            display_name: request
                .display_name
                .unwrap_or_else(|| request.username.clone()),
            email: request.email,
            username: request.username,
            phone_number: request.phone_number,
            password_hash: self.auth.passwords.hash(request.password).await?,
        };
        let device = NewDevice {
            id: DeviceId::new(now),
            device_id: request.device_id,
            name: request.device_name,
            kind: request.device_type,
        };
        let login = self.new_login(device, address, now);
        let outcome = self
            .journal
            .change(move |store| {
                Box::pin(async move { store.register(&account, &login, now).await })
            })
            .await?;
        self.signed_in(outcome.map_err(refusal)?, now)
    }

    /// Signs a device in. An unknown identity and a wrong password are the same answer in the same
    /// time.
    pub async fn login(&self, request: LoginRequest, address: IpAddr) -> Result<Tokens, ApiError> {
        let attempt = self.limits.begin_login(&request.identity, address)?;
        let checked = self
            .check_password(&request.identity, request.password)
            .await;
        // Only a wrong password is a failure; that this server is too busy is not the caller's.
        if !matches!(&checked, Err(error) if error.code == ErrorCode::InvalidCredentials) {
            attempt.succeeded();
        }
        let (user_id, password_hash) = checked?;
        let now = self.clock.now();
        let device = NewDevice {
            id: DeviceId::new(now),
            device_id: request.device_id,
            name: request.device_name,
            kind: request.device_type,
        };
        let login = self.new_login(device, address, now);
        let outcome = self
            .journal
            .change(move |store| {
                Box::pin(async move { store.sign_in(user_id, &password_hash, &login, now).await })
            })
            .await?;
        let signed_in = outcome.map_err(refusal)?;
        for session_id in &signed_in.replaced {
            self.revoked(user_id, &Revocation::LoginSession(*session_id));
        }
        let mut fields = Map::new();
        fields.insert("user_id".into(), json!(user_id));
        fields.insert("session".into(), json!(signed_in.session));
        self.account_event(user_id, EventKind::SessionNew, fields);
        self.signed_in(signed_in, now)
    }

    /// Exchanges a refresh token for new tokens.
    pub async fn refresh(
        &self,
        request: RefreshRequest,
        address: IpAddr,
    ) -> Result<Tokens, ApiError> {
        let session_id = request.session_id;
        let presented = self
            .auth
            .tokens
            .read_refresh(session_id, &request.refresh_token)
            .ok_or_else(not_a_refresh_token)?;
        self.limits.check(Bucket::Auth, session_id)?;
        let now = self.clock.now();
        let expires_at = now.plus(self.settings.refresh_lifetime);
        let ip_address = address.to_string();
        let refreshed = self
            .store
            .refresh_login(session_id, presented, Some(&ip_address), expires_at, now)
            .await?;
        match refreshed {
            Refreshed::Token {
                me,
                login,
                generation,
            } => self.tokens(
                *me,
                session_id,
                login.device_id,
                login.device_name,
                generation,
                now,
            ),
            Refreshed::Reused(user_id) => {
                tracing::warn!(%user_id, %session_id, "an old refresh token came back");
                self.revoked(user_id, &Revocation::LoginSession(session_id));
                Err(ApiError::new(
                    ErrorCode::RefreshReused,
                    "This refresh token was used before; sign in again.",
                ))
            }
            Refreshed::Gone => Err(not_a_refresh_token()),
        }
    }

    /// The caller's own account.
    pub async fn me(&self, caller: &Caller) -> Result<Me, ApiError> {
        let me = self.store.find_me(caller.user_id).await?;
        me.ok_or_else(ApiError::unauthorized)
    }

    /// Whose password this is, and the hash that it matches.
    async fn check_password(
        &self,
        identity: &str,
        password: String,
    ) -> Result<(UserId, String), ApiError> {
        let candidates = self.store.list_credentials(identity).await?;
        if candidates.is_empty() {
            self.auth.passwords.verify(password, None).await?;
            return Err(invalid_credentials());
        }
        for candidate in candidates {
            let hash = candidate.password_hash;
            let verified = self
                .auth
                .passwords
                .verify(password.clone(), Some(hash.clone()));
            if verified.await? {
                return Ok((candidate.user_id, hash));
            }
        }
        Err(invalid_credentials())
    }

    fn new_login(&self, device: NewDevice, address: IpAddr, now: Timestamp) -> NewLogin {
        NewLogin {
            id: LoginSessionId::new(now),
            device,
            ip_address: Some(address.to_string()),
            expires_at: now.plus(self.settings.refresh_lifetime),
        }
    }

    fn signed_in(&self, signed_in: SignedIn, now: Timestamp) -> Result<Tokens, ApiError> {
        let SignedIn {
            me,
            device_id,
            session,
            replaced: _,
        } = signed_in;
        self.tokens(me, session.id, device_id, session.device_id, 0, now)
    }

    fn tokens(
        &self,
        me: Me,
        session_id: LoginSessionId,
        device: DeviceId,
        device_id: String,
        generation: u64,
        now: Timestamp,
    ) -> Result<Tokens, ApiError> {
        let tokens = &self.auth.tokens;
        let (access_token, expires_at) = tokens.make_access(me.id, session_id, device, now)?;
        Ok(Tokens {
            user_id: me.id,
            user: me,
            access_token,
            refresh_token: tokens.make_refresh(session_id, generation),
            session_id,
            device_id,
            expires_at,
            expires_in: expires_at.since(now).max(Duration::ZERO).as_secs(),
        })
    }
}

fn invalid_credentials() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidCredentials,
        "Unknown identity or wrong password.",
    )
}

fn not_a_refresh_token() -> ApiError {
    ApiError::new(
        ErrorCode::Unauthorized,
        "This refresh token cannot be used; sign in again.",
    )
}

/// Another account has the identity.
pub(super) fn taken(what: Taken) -> ApiError {
    let (code, message) = match what {
        Taken::Email => (
            ErrorCode::EmailTaken,
            "This e-mail address belongs to another account.",
        ),
        Taken::Username => (
            ErrorCode::UsernameTaken,
            "This username belongs to another account.",
        ),
        Taken::Phone => (
            ErrorCode::PhoneTaken,
            "This phone number belongs to another account.",
        ),
    };
    ApiError::new(code, message)
}

fn refusal(refusal: SignInRefusal) -> ApiError {
    let (code, message) = match refusal {
        SignInRefusal::Taken(what) => return taken(what),
        SignInRefusal::CredentialsChanged => return invalid_credentials(),
        SignInRefusal::Device(DeviceRefusal::TooMany) => (
            ErrorCode::TooManyDevices,
            "As many devices as are allowed are signed in; remove one first.",
        ),
        SignInRefusal::Device(DeviceRefusal::NameIsAnId) => (
            ErrorCode::Conflict,
            "This device_id is the server's id of another device; choose one of your own.",
        ),
    };
    ApiError::new(code, message)
}
