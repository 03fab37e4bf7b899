//! Profiles: changing one's own, seeing and finding those of others.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{check_email, check_phone, check_username};
use super::{merge, named};
use crate::{Timestamp, UserId, text};

/// Applies a rule to a field that is there and not `null`.
fn given<T, C>(
    rule: impl Fn(&str, &C) -> garde::Result,
) -> impl FnOnce(&Option<Option<T>>, &C) -> garde::Result
where
    T: AsRef<str>,
{
    move |field, context| match field {
        Some(Some(text)) => rule(text.as_ref(), context),
        Some(None) | None => Ok(()),
    }
}

/// Applies a rule to a field that may be absent but not `null`.
fn never_null<T, C>(
    rule: impl Fn(&str, &C) -> garde::Result,
) -> impl FnOnce(&Option<Option<T>>, &C) -> garde::Result
where
    T: AsRef<str>,
{
    move |field, context| match field {
        Some(Some(text)) => rule(text.as_ref(), context),
        Some(None) => Err(garde::Error::new("cannot be cleared")),
        None => Ok(()),
    }
}

pub(super) fn check_avatar_url<C>(url: &str, _: &C) -> garde::Result {
    text::check_picture_url(url)
}

fn check_bio<C>(bio: &str, _: &C) -> garde::Result {
    text::check_length(bio, 1_024)
}

fn check_status<C>(status: &str, _: &C) -> garde::Result {
    text::check_line(status, 256)
}

/// `PUT /v1/users/me`: what is absent stays, `null` clears.
#[derive(Clone, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct UpdateProfileRequest {
    /// Unique without regard to case; cannot be cleared.
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(never_null(check_email)))]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Unique without regard to case; cannot be cleared.
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(never_null(check_username)))]
    #[schema(value_type = Option<String>)]
    pub username: Option<Option<String>>,
    /// No two accounts have the same. As at registration.
    #[serde(
        default,
        deserialize_with = "text::merged_phone",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(given(check_phone)))]
    #[schema(value_type = Option<String>)]
    pub phone_number: Option<Option<String>>,
    /// At most 64 characters; cleared, it is the username again.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(given(named(64))))]
    #[schema(value_type = Option<String>)]
    pub display_name: Option<Option<String>>,
    /// A picture: `https:`, or the address of a file of this server; at most 2,048 bytes.
    #[serde(
        default,
        deserialize_with = "text::merged_picture",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(given(check_avatar_url)))]
    #[schema(value_type = Option<String>)]
    pub avatar_url: Option<Option<String>>,
    /// A few words about oneself; at most 1,024 characters.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(given(check_bio)))]
    #[schema(value_type = Option<String>)]
    pub bio: Option<Option<String>>,
    /// A line of text; at most 256 characters.
    #[serde(
        default,
        deserialize_with = "text::merged_name",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(given(check_status)))]
    #[schema(value_type = Option<String>)]
    pub status: Option<Option<String>>,
    /// The account's password. To change e-mail address, username or phone number it is needed, unless
    /// the login session is younger than 10 minutes, or the password was given in it within them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, min = 1, max = 1024)))]
    #[schema(min_length = 1, max_length = 1024)]
    pub password: Option<String>,
}

/// Somebody as the caller may see them: no e-mail address, no phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// The account.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// What they call themselves.
    pub display_name: String,
    /// A picture, if their `privacy_profile_photo` allows.
    pub avatar_url: Option<String>,
    /// A few words about themselves, if their `privacy_about` allows.
    pub bio: Option<String>,
    /// A line of text, if their `privacy_about` allows.
    pub status: Option<String>,
    /// Whether the caller has them as a contact.
    pub is_contact: bool,
    /// Whether the caller has blocked them.
    pub is_blocked: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A page of `GET /v1/users` and `GET /v1/users/search`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Profiles {
    /// By username; those asked for by their ids in the order of these.
    pub users: Vec<Profile>,
    /// How many were found; a search finds so many and no more, see [`SEARCH_FOUND_MAX`].
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// Names of each kind that a search finds, at most: whoever looks for somebody types on.
pub const SEARCH_FOUND_MAX: u64 = 500;

/// Characters of a search, at least.
pub const SEARCH_CHARS_MIN: usize = 2;

/// Query of `GET /v1/users`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct SearchUsersQuery {
    /// Beginning of a username or display name, or a whole e-mail address or phone number.
    #[serde(default, alias = "query", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub search: Option<String>,
    /// A comma list of user ids, 100 at most, instead of a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub ids: Option<String>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Query of `GET /v1/users/search`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct FindUsersQuery {
    /// Beginning of a username or display name, or a whole e-mail address or phone number.
    #[serde(default, alias = "search", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub query: Option<String>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

impl From<FindUsersQuery> for SearchUsersQuery {
    fn from(query: FindUsersQuery) -> Self {
        Self {
            search: query.query,
            ids: None,
            page: query.page,
            limit: query.limit,
        }
    }
}
