//! Accounts' doors: register, login, refresh, logout, sessions, passwords.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::Me;
use super::{check_plain, named};
use crate::{LoginSessionId, Timestamp, UserId, text};

/// Length of a password in bytes of its NFC form; the upper end is bcrypt's, longer ones would be cut
/// silently.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=72;

/// Passwords that are tried first wherever lists of leaked ones are used, in lower case, sorted. Only
/// those long enough to be allowed otherwise are on it.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

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

/// The rule of new passwords (NIST SP 800-63B §5.1.1.2): composed, so that every keyboard writes the
/// same one; long enough; none of the worst.
fn check_password<C>(password: &str, _: &C) -> garde::Result {
    let password = text::nfc(password);
    if !PASSWORD_BYTES.contains(&password.len()) {
        return Err(garde::Error::new("must be 8 to 72 bytes long"));
    }
    let password = password.to_lowercase();
    if COMMON_PASSWORDS.lines().any(|common| common == password) {
        return Err(garde::Error::new(
            "is one of the passwords that are tried first; choose another",
        ));
    }
    Ok(())
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

pub(super) fn check_phone<C>(number: &str, _: &C) -> garde::Result {
    text::check_phone(number)
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
    /// Optional, unique: an international number (E.164), with or without its `+`. Spaces, dots, dashes
    /// and parentheses are dropped.
    #[serde(
        default,
        deserialize_with = "text::optional_phone",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(check_phone)))]
    #[schema(max_length = 64)]
    pub phone_number: Option<String>,
    /// 8 to 72 bytes in NFC, and none of the most used ones.
    #[garde(custom(check_password))]
    #[schema(min_length = 8, max_length = 72)]
    pub password: String,
    /// The username if absent; at most 64 characters as people count them.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(64))))]
    #[schema(min_length = 1, max_length = 512)]
    pub display_name: Option<String>,
    /// The string by which the client knows this installation, 1 to 128 characters.
    #[garde(length(chars, min = 1, max = 128), custom(check_plain))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: String,
    /// For people, such as "iPhone 15 Pro".
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(128))))]
    #[schema(max_length = 1024)]
    pub device_name: Option<String>,
    /// `mobile`, `desktop`, `web`, `tablet`; free text of at most 32 characters.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(32))))]
    #[schema(max_length = 256)]
    pub device_type: Option<String>,
}

/// `POST /v1/auth/login`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct LoginRequest {
    /// E-mail address, username or phone number.
    #[serde(deserialize_with = "text::name")]
    #[garde(length(chars, min = 1, max = 254), custom(check_plain))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
    /// The account's password.
    #[garde(length(bytes, min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: String,
    /// As at registration; a new string is a new device.
    #[garde(length(chars, min = 1, max = 128), custom(check_plain))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: String,
    /// For people.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(128))))]
    #[schema(max_length = 1024)]
    pub device_name: Option<String>,
    /// As at registration.
    #[serde(
        default,
        deserialize_with = "text::optional_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(inner(custom(named(32))))]
    #[schema(max_length = 256)]
    pub device_type: Option<String>,
    /// What an earlier sign-in on this device answered. With it the login is counted by itself: no one
    /// else's wrong passwords keep it out. One that fits no more does no harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, max = 512)))]
    #[schema(max_length = 512)]
    pub device_token: Option<String>,
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
    /// Proves later that this device was signed in to this account: keep it beyond the logout and
    /// present it at the next login. It ends with the password, and when the device is removed.
    pub device_token: String,
}

/// `POST /v1/auth/reauthenticate`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct ReauthenticateRequest {
    /// The account's password.
    #[garde(length(bytes, min = 1, max = 1024))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: String,
}

/// The answer of `POST /v1/auth/reauthenticate`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reauthenticated {
    /// Until when this login session may do what needs the password without giving it again.
    pub expires_at: Timestamp,
}

/// The body of what needs the password or a recent login, where it takes nothing else.
#[derive(Clone, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct ConfirmRequest {
    /// The account's password; needed unless the login session is younger than 10 minutes, or the
    /// password was given in it within them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, min = 1, max = 1024)))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: Option<String>,
}

/// `POST /v1/auth/logout`.
#[derive(Clone, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct LogoutRequest {
    /// The calling session if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub session_id: Option<LoginSessionId>,
    /// To end another session than the calling one: as in [`ConfirmRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, min = 1, max = 1024)))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: Option<String>,
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
    /// When a refresh token of it was last presented, by whomever; `null` if none was.
    pub presented_at: Option<Timestamp>,
    /// From which address that was.
    pub presented_from: Option<String>,
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
    #[serde(deserialize_with = "text::name")]
    #[garde(length(chars, min = 1, max = 254), custom(check_plain))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
}

/// `POST /v1/auth/password/reset`.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct ResetPasswordRequest {
    /// The account, as in `forgot`.
    #[serde(deserialize_with = "text::name")]
    #[garde(length(chars, min = 1, max = 254), custom(check_plain))]
    #[schema(min_length = 1, max_length = 254)]
    pub identity: String,
    /// The mailed token. Optional in form only: without a good one the answer is 400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, max = 512)))]
    #[schema(max_length = 512)]
    pub token: Option<String>,
    /// 8 to 72 bytes in NFC, and none of the most used ones.
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
    /// 8 to 72 bytes in NFC, and none of the most used ones.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> bool {
        check_password(text, &()).is_ok()
    }

    #[test]
    fn the_worst_passwords_are_refused_in_any_letter_case() {
        for worst in [
            "password",
            "PassWord1",
            "12345678",
            "QWERTYUIOP",
            "contrase\u{f1}a",
        ] {
            assert!(!password(worst), "{worst}");
        }
        // Typed on a keyboard that writes the tilde by itself.
        assert!(!password("contrasen\u{303}a"));
        assert!(password("correct horse battery"));
    }

    #[test]
    fn the_length_of_a_password_is_that_of_its_composed_form() {
        assert!(password(&"e\u{301}".repeat(36)));
        assert!(!password(&"e\u{301}".repeat(37)));
        assert!(!password(&"e\u{301}".repeat(3)));
    }

    #[test]
    fn the_list_of_the_worst_is_of_allowed_length_composed_and_sorted() {
        let list: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        assert!(list.is_sorted());
        for common in list {
            assert!(PASSWORD_BYTES.contains(&common.len()), "{common}");
            assert_eq!(common, text::nfc(common).to_lowercase());
        }
    }
}
