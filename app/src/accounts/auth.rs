//! Signing in: register, login, refresh.

use std::net::IpAddr;
use std::time::Duration;

use sentinal_actors::publish::Revocation;
use sentinal_actors::push::PushError;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::{LoginRequest, RefreshRequest, RegisterRequest, Tokens};
use sentinal_protocol::event::SessionNew;
use sentinal_protocol::{DeviceId, ErrorCode, LoginSessionId, Timestamp, UserId};
use sentinal_store::{
    DeviceRefusal, NewAccount, NewDevice, NewLogin, Presentation, Refreshed, SignInRefusal,
    SignedIn, Taken,
};

use super::AccountService;
use crate::accounts::logins::Logins;
use crate::accounts::mail::{MailError, Mailer};
use crate::accounts::mail_queue::MailQueue;
use crate::accounts::passwords::{Passwords, PasswordsError};
use crate::accounts::tokens;
use crate::accounts::turns::Asker;
use crate::rate_limits::Bucket;
use crate::uploads::files::FilesError;
use crate::{ApiError, Caller, RegistrationEmail, Settings};

/// Why the use cases cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The way to send mail is malformed.
    #[error("mail cannot be set up: check SMTP_URL and MAIL_FROM")]
    Mail(#[from] MailError),
    /// The cost of passwords is out of range, or there are no threads.
    #[error("passwords cannot be hashed")]
    Passwords(#[from] PasswordsError),
    /// The place of uploaded files cannot be used.
    #[error("files cannot be stored: check FILES_DIR and S3_*")]
    Files(#[from] FilesError),
    /// The way to send pushes is malformed.
    #[error("pushes cannot be sent: check VAPID_PRIVATE_KEY")]
    Push(#[from] PushError),
    /// The calls of an earlier process could not be ended.
    #[error("calls of an earlier process could not be ended")]
    Calls(#[source] ApiError),
}

/// What signing in needs beside the database.
pub(crate) struct Auth {
    pub tokens: tokens::Tokens,
    pub passwords: Passwords,
    pub mailer: Mailer,
    pub mails: MailQueue,
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
            passwords: Passwords::new(settings.bcrypt_cost)?,
            mails: MailQueue::start(store.clone(), clock.clone(), mailer.clone()),
            mailer,
            logins: Logins::new(),
        })
    }
}

impl AccountService {
    /// Makes an account and signs its first device in.
    pub async fn register(
        &self,
        request: RegisterRequest,
        address: IpAddr,
    ) -> Result<Tokens, ApiError> {
        let limits = &self.context.limits;
        limits.check(Bucket::Auth, address)?;
        let made = limits.charge(Bucket::Registrations, address)?;
        // Not the key that a password reset is counted by: trying to register somebody's address
        // must not keep them from their mail.
        let subject = limits.subject(&format!("register {}", request.email));
        let registered = match limits.check_identity(subject, address) {
            Ok(()) => self.make_account(request, address).await,
            Err(refused) => Err(refused),
        };
        // Only accounts that were made are counted.
        if registered.is_err() {
            made.give_back();
        }
        registered
    }

    async fn make_account(
        &self,
        request: RegisterRequest,
        address: IpAddr,
    ) -> Result<Tokens, ApiError> {
        let now = self.context.clock.now();
        let id = UserId::new(now);
        let mails_code = self.context.settings.registration_email != RegistrationEmail::Off
            && self.auth.mailer.is_configured();
        let (email_code, letter) = mails_code
            // An address that gets no mail now, because it got many, asks for a code later.
            .then(|| self.code_for(id, &request.email, address).ok())
            .flatten()
            .unzip();
        let passwords = &self.auth.passwords;
        let password_hash = passwords
            .hash(Asker::at(address), &request.password)
            .await?;
        let account = NewAccount {
            id,
            display_name: request
                .display_name
                .unwrap_or_else(|| request.username.clone()),
            email: request.email,
            username: request.username,
            phone_number: request.phone_number,
            password_hash: password_hash.clone(),
            email_code,
        };
        let device = NewDevice {
            id: DeviceId::new(now),
            device_id: request.device_id,
            name: request.device_name,
            kind: request.device_type,
        };
        let login = self.new_login(device, address, now);
        let user_id = account.id;
        let outcome = self
            .context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { store.register(&account, &login, now).await })
            })
            .await?;
        let signed_in = outcome.map_err(refusal)?;
        if let Some(letter) = letter {
            letter.send();
        }
        self.signed_in(signed_in, &password_hash, now)
    }

    /// Signs a device in. An unknown identity and a wrong password are the same answer in the same
    /// time.
    pub async fn login(&self, request: LoginRequest, address: IpAddr) -> Result<Tokens, ApiError> {
        let (user_id, password_hash) = self.check_login(&request, address).await?;
        let known = self
            .context
            .store
            .find_device(user_id, &request.device_id)
            .await?;
        if known.is_none() {
            self.context.limits.check(Bucket::Keys, user_id)?;
        }
        let now = self.context.clock.now();
        let device = NewDevice {
            id: DeviceId::new(now),
            device_id: request.device_id,
            name: request.device_name,
            kind: request.device_type,
        };
        let login = self.new_login(device, address, now);
        let hash = password_hash.clone();
        let (outcome, rosters) = self
            .context
            .journal
            .change_device(user_id, move |store| {
                Box::pin(async move { store.sign_in(user_id, &hash, &login, now).await })
            })
            .await?;
        let signed_in = outcome.map_err(refusal)?;
        for session_id in &signed_in.replaced {
            self.revoked(user_id, &Revocation::LoginSession(*session_id));
        }
        let event = SessionNew {
            user_id,
            session: signed_in.session.clone(),
        };
        self.context.node.account_event(user_id, &event);
        rosters.finished().await;
        self.signed_in(signed_in, &password_hash, now)
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
            .read_refresh(session_id, &request.refresh_token);
        let limits = &self.context.limits;
        let Some(presented) = presented else {
            // Counted by where it comes from: it is nobody's.
            limits.check(Bucket::Auth, address)?;
            return Err(not_a_refresh_token());
        };
        limits.check_refresh(session_id)?;
        let now = self.context.clock.now();
        let presentation = Presentation {
            id: session_id,
            generation: presented,
            ip_address: &address.to_string(),
            expires_at: now.plus(self.context.settings.refresh_lifetime),
            at: now,
        };
        let refreshed = self.context.store.refresh_login(presentation).await?;
        match refreshed {
            Refreshed::Token {
                me,
                login,
                generation,
                password_hash,
            } => {
                let session = Session {
                    id: session_id,
                    device: login.device_id,
                    device_id: login.device_name,
                    generation,
                };
                self.tokens(*me, session, &password_hash, now)
            }
            Refreshed::Reused(user_id) => {
                tracing::warn!(%user_id, %session_id, %address, "an old refresh token came back");
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
        let me = self.context.store.find_me(caller.user_id).await?;
        me.ok_or_else(ApiError::unauthorized)
    }

    fn new_login(&self, device: NewDevice, address: IpAddr, now: Timestamp) -> NewLogin {
        NewLogin {
            id: LoginSessionId::new(now),
            device,
            ip_address: Some(address.to_string()),
            expires_at: now.plus(self.context.settings.refresh_lifetime),
        }
    }

    fn signed_in(
        &self,
        signed_in: SignedIn,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Tokens, ApiError> {
        let SignedIn {
            me,
            device_id,
            session,
            replaced: _,
        } = signed_in;
        let session = Session {
            id: session.id,
            device: device_id,
            device_id: session.device_id,
            generation: 0,
        };
        self.tokens(me, session, password_hash, now)
    }

    fn tokens(
        &self,
        me: Me,
        session: Session,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Tokens, ApiError> {
        let tokens = &self.auth.tokens;
        let (access_token, expires_at) =
            tokens.make_access(me.id, session.id, session.device, session.generation, now)?;
        Ok(Tokens {
            user_id: me.id,
            device_token: tokens.make_device(me.id, session.device, password_hash),
            user: me,
            access_token,
            refresh_token: tokens.make_refresh(session.id, session.generation),
            session_id: session.id,
            device_id: session.device_id,
            expires_at,
            expires_in: expires_at.since(now).max(Duration::ZERO).as_secs(),
        })
    }
}

/// A login session that gets tokens.
struct Session {
    id: LoginSessionId,
    device: DeviceId,
    /// The client's own string for the device.
    device_id: String,
    generation: u64,
}

pub(super) fn invalid_credentials() -> ApiError {
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
pub(crate) fn taken(what: Taken) -> ApiError {
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
