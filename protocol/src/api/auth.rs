//! Accounts' doors: register, login, refresh, logout, sessions, passwords.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::Me;
use super::check_name;
use crate::{LoginSessionId, Timestamp, UserId};

/// Length of a password in bytes; the upper end is bcrypt's, longer ones would be cut silently.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=72;

pub(super) fn check_username<C>(text: &str, _: &C) -> garde::Result {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if (3..=32).contains(&text.len()) && text.chars().all(allowed) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be 3 to 32 letters, digits, '_' or '.'",
        ))
    }
}

fn check_password<C>(text: &str, _: &C) -> garde::Result {
    if PASSWORD_BYTES.contains(&text.len()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be 8 to 72 bytes long"))
    }
}

pub(super) fn check_email<C>(text: &str, _: &C) -> garde::Result {
    let well_formed = text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if well_formed {
        Ok(())
    } else {
        Err(garde::Error::new("must be an e-mail address"))
    }
}

pub(super) fn check_phone<C>(text: &str, _: &C) -> garde::Result {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be '+' and 5 to 15 digits"))
    }
}

/// `POST /v1/auth/register`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct RegisterRequest {
    /// Unique without regard to case.
    #[garde(custom(check_email))]
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// Unique without regard to case; 3 to 32 of `A-Za-z0-9_.`.
    #[garde(custom(check_username))]
    #[schema(pattern = "^[A-Za-z0-9_.]{3,32}$")]
    pub username: String,
    /// Optional, unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(check_phone)))]
    #[schema(pattern = r"^\+?[0-9]{5,15}$")]
    pub phone_number: Option<String>,
    /// 8 to 72 bytes.
    #[garde(custom(check_password))]
    #[schema(min_length = 8, max_length = 72)]
    pub password: String,
    /// The username if absent; at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 64), custom(check_name)))]
    #[schema(min_length = 1, max_length = 64)]
    pub display_name: Option<String>,
    /// The string by which the client knows this installation, 1 to 128 characters.
    #[garde(length(chars, min = 1, max = 128), custom(check_name))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: String,
    /// For people, such as "iPhone 15 Pro".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 128), custom(check_name)))]
    #[schema(max_length = 128)]
    pub device_name: Option<String>,
    /// `mobile`, `desktop`, `web`, `tablet`; free text of at most 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 32), custom(check_name)))]
    #[schema(max_length = 32)]
    pub device_type: Option<String>,
}

/// `POST /v1/auth/login`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct LoginRequest {
    /// E-mail address, username or phone number.
    #[garde(length(chars, min = 1, max = 254), custom(check_name))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
    /// The account's password.
    #[garde(length(bytes, min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: String,
    /// As at registration; a new string is a new device.
    #[garde(length(chars, min = 1, max = 128), custom(check_name))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 128), custom(check_name)))]
    #[schema(max_length = 128)]
    pub device_name: Option<String>,
    /// As at registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, max = 32), custom(check_name)))]
    #[schema(max_length = 32)]
    pub device_type: Option<String>,
}

/// `POST /v1/auth/refresh`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct RefreshRequest {
    /// The login session.
    #[garde(skip)]
    pub session_id: LoginSessionId,
    /// The newest refresh token that the client has.
    #[garde(length(bytes, min = 1, max = 512))]
    #[schema(min_length = 1, max_length = 512)]
    pub refresh_token: String,
}

/// The answer to register, login and refresh.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Who signed in.
    pub user_id: UserId,
    /// The account.
    pub user: Me,
    /// A JWT, good until `expires_at`.
    pub access_token: String,
    /// Opaque, good for one use.
    pub refresh_token: String,
    /// The login session that both tokens belong to.
    pub session_id: LoginSessionId,
    /// The client's own string for the device.
    pub device_id: String,
    /// End of the access token.
    pub expires_at: Timestamp,
    /// The same in seconds from now.
    pub expires_in: u64,
}

/// `POST /v1/auth/logout`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct LogoutRequest {
    /// The calling session if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub session_id: Option<LoginSessionId>,
}

/// One entry of `GET /v1/auth/sessions`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LoginSession {
    /// The session.
    pub id: LoginSessionId,
    /// The client's own string for the device.
    pub device_id: String,
    /// For people.
    pub device_name: Option<String>,
    /// As at registration.
    pub device_type: Option<String>,
    /// Where it was last used from.
    pub ip_address: Option<String>,
    /// When it was last used.
    pub last_active: Timestamp,
    /// When it signed in.
    pub created_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The answer of `GET /v1/auth/sessions`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LoginSessions {
    /// All live ones, newest first.
    pub sessions: Vec<LoginSession>,
}

/// `POST /v1/auth/password/forgot`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct ForgotPasswordRequest {
    /// E-mail address, username or phone number.
    #[garde(length(chars, min = 1, max = 254), custom(check_name))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
}

/// `POST /v1/auth/password/reset`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct ResetPasswordRequest {
    /// The account, as in `forgot`.
    #[garde(length(chars, min = 1, max = 254), custom(check_name))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
    /// The mailed token. Optional in form only: without a good one the answer is 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, max = 512)))]
    #[schema(max_length = 512)]
    pub token: Option<String>,
    /// 8 to 72 bytes.
    #[garde(custom(check_password))]
    #[schema(min_length = 8, max_length = 72)]
    pub new_password: String,
}

/// `POST /v1/auth/password/change`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct ChangePasswordRequest {
    /// The present password.
    #[garde(length(bytes, min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024)]
    pub current_password: String,
    /// 8 to 72 bytes.
    #[garde(custom(check_password))]
    #[schema(min_length = 8, max_length = 72)]
    pub new_password: String,
}

/// The answer of `POST /v1/ws/ticket`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// Opens one WebSocket as `?ticket=`.
    pub ticket: String,
    /// Seconds that it is good for.
    pub expires_in: u64,
}
