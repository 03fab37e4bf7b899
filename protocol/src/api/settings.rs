//! An account's settings.

#![allow(
    clippy::option_option,
    reason = "absent, `null` and given are three cases"
)]

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::merge;
use crate::{Theme, Timestamp, Visibility, text};

/// Length of a language tag, bytes: what RFC 5646 §4.4.1 asks programs to have room for.
const LANGUAGE_BYTES_MAX: usize = 35;

/// A language tag has the form of BCP 47: parts of 1 to 8 letters and digits joined by `-`, the
/// first of 2 to 8 letters (or `x` or `i`, which must be followed by another part).
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let first_is_fine = first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && match first.len() {
            1 => matches!(first, "x" | "X" | "i" | "I") && !rest.is_empty(),
            length => (2..=8).contains(&length),
        };
    let rest_is_fine = rest.iter().all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    // A part of one character announces what follows it.
    let ends_well = rest
        .last()
        .is_none_or(|last| last.len() > 1 || first.len() == 1);
    text.len() <= LANGUAGE_BYTES_MAX && first_is_fine && rest_is_fine && ends_well
}

fn check_language<C>(field: &Option<Option<String>>, _: &C) -> garde::Result {
    match field {
        Some(Some(text)) if !is_language_tag(text) => Err(garde::Error::new(
            "must be a BCP 47 language tag, such as en or pt-BR",
        )),
        Some(_) | None => Ok(()),
    }
}

fn check_sound<C>(field: &Option<Option<String>>, _: &C) -> garde::Result {
    match field {
        Some(Some(name)) => text::check_line(name, 64),
        Some(None) | None => Ok(()),
    }
}

/// `GET /v1/users/me/settings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own on the wire"
)]
pub struct UserSettings {
    /// Whether the user wants to be notified.
    pub notifications_enabled: bool,
    /// How clients look.
    pub theme: Theme,
    /// A BCP 47 language tag.
    pub language: String,
    /// Whether a call in a muted conversation wakes devices that are not connected.
    pub calls_ring_muted: bool,
    /// Whether others learn what the user has read; who does not tell is not told.
    pub read_receipts: bool,
    /// Who sees when the user was there.
    pub privacy_last_seen: Visibility,
    /// Who sees the user's picture.
    pub privacy_profile_photo: Visibility,
    /// Who sees the user's bio and status.
    pub privacy_about: Visibility,
    /// Who may put the user into a group.
    pub privacy_groups: Visibility,
    /// Who finds the user by e-mail address or phone number.
    pub privacy_discoverable: Visibility,
    /// What notifications sound like, in the client's own words; at most 64 characters.
    pub notification_sound: String,
    /// Whether notifications make a device vibrate.
    pub notification_vibrate: bool,
    /// Whether the Enter key sends.
    pub enter_to_send: bool,
    /// Whether clients fetch files by themselves over Wi-Fi.
    pub media_auto_download_wifi: bool,
    /// Whether clients fetch files by themselves over a mobile network.
    pub media_auto_download_mobile: bool,
    /// When they were last changed; `null` if they never were.
    pub updated_at: Option<Timestamp>,
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            notifications_enabled: true,
            theme: Theme::System,
            language: "en".to_owned(),
            calls_ring_muted: false,
            read_receipts: true,
            privacy_last_seen: Visibility::Everyone,
            privacy_profile_photo: Visibility::Everyone,
            privacy_about: Visibility::Everyone,
            privacy_groups: Visibility::Everyone,
            privacy_discoverable: Visibility::Nobody,
            notification_sound: "default".to_owned(),
            notification_vibrate: true,
            enter_to_send: true,
            media_auto_download_wifi: true,
            media_auto_download_mobile: false,
            updated_at: None,
        }
    }
}

/// `PUT /v1/users/me/settings`: what is absent stays, `null` is the default again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettingsRequest {
    /// See [`UserSettings::notifications_enabled`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub notifications_enabled: Option<Option<bool>>,
    /// See [`UserSettings::theme`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Theme>)]
    pub theme: Option<Option<Theme>>,
    /// See [`UserSettings::language`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(check_language))]
    #[schema(value_type = Option<String>)]
    pub language: Option<Option<String>>,
    /// See [`UserSettings::calls_ring_muted`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub calls_ring_muted: Option<Option<bool>>,
    /// See [`UserSettings::read_receipts`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub read_receipts: Option<Option<bool>>,
    /// See [`UserSettings::privacy_last_seen`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Visibility>)]
    pub privacy_last_seen: Option<Option<Visibility>>,
    /// See [`UserSettings::privacy_profile_photo`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Visibility>)]
    pub privacy_profile_photo: Option<Option<Visibility>>,
    /// See [`UserSettings::privacy_about`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Visibility>)]
    pub privacy_about: Option<Option<Visibility>>,
    /// See [`UserSettings::privacy_groups`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Visibility>)]
    pub privacy_groups: Option<Option<Visibility>>,
    /// See [`UserSettings::privacy_discoverable`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<Visibility>)]
    pub privacy_discoverable: Option<Option<Visibility>>,
    /// See [`UserSettings::notification_sound`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(custom(check_sound))]
    #[schema(value_type = Option<String>)]
    pub notification_sound: Option<Option<String>>,
    /// See [`UserSettings::notification_vibrate`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub notification_vibrate: Option<Option<bool>>,
    /// See [`UserSettings::enter_to_send`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub enter_to_send: Option<Option<bool>>,
    /// See [`UserSettings::media_auto_download_wifi`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub media_auto_download_wifi: Option<Option<bool>>,
    /// See [`UserSettings::media_auto_download_mobile`].
    #[serde(
        default,
        deserialize_with = "merge",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    #[schema(value_type = Option<bool>)]
    pub media_auto_download_mobile: Option<Option<bool>>,
}

impl UserSettings {
    /// These settings after a change: what it does not name stays, what it clears is the default.
    pub fn merged(self, change: UpdateSettingsRequest) -> Self {
        fn merged<T>(present: T, change: Option<Option<T>>, default: T) -> T {
            match change {
                None => present,
                Some(None) => default,
                Some(Some(new)) => new,
            }
        }
        let default = Self::default();
        Self {
            notifications_enabled: merged(
                self.notifications_enabled,
                change.notifications_enabled,
                default.notifications_enabled,
            ),
            theme: merged(self.theme, change.theme, default.theme),
            language: merged(self.language, change.language, default.language),
            calls_ring_muted: merged(
                self.calls_ring_muted,
                change.calls_ring_muted,
                default.calls_ring_muted,
            ),
            read_receipts: merged(
                self.read_receipts,
                change.read_receipts,
                default.read_receipts,
            ),
            privacy_last_seen: merged(
                self.privacy_last_seen,
                change.privacy_last_seen,
                default.privacy_last_seen,
            ),
            privacy_profile_photo: merged(
                self.privacy_profile_photo,
                change.privacy_profile_photo,
                default.privacy_profile_photo,
            ),
            privacy_about: merged(
                self.privacy_about,
                change.privacy_about,
                default.privacy_about,
            ),
            privacy_groups: merged(
                self.privacy_groups,
                change.privacy_groups,
                default.privacy_groups,
            ),
            privacy_discoverable: merged(
                self.privacy_discoverable,
                change.privacy_discoverable,
                default.privacy_discoverable,
            ),
            notification_sound: merged(
                self.notification_sound,
                change.notification_sound,
                default.notification_sound,
            ),
            notification_vibrate: merged(
                self.notification_vibrate,
                change.notification_vibrate,
                default.notification_vibrate,
            ),
            enter_to_send: merged(
                self.enter_to_send,
                change.enter_to_send,
                default.enter_to_send,
            ),
            media_auto_download_wifi: merged(
                self.media_auto_download_wifi,
                change.media_auto_download_wifi,
                default.media_auto_download_wifi,
            ),
            media_auto_download_mobile: merged(
                self.media_auto_download_mobile,
                change.media_auto_download_mobile,
                default.media_auto_download_mobile,
            ),
            updated_at: self.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_have_the_form_of_bcp_47() {
        for tag in [
            "en",
            "pt-BR",
            "zh-Hant-TW",
            "de-1996",
            "sl-rozaj-biske",
            "x-klingon",
        ] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for no_tag in [
            "",
            "e",
            "x",
            "en_US",
            "en-",
            "-en",
            "en-x",
            "1x",
            "deutschland",
            "en us",
        ] {
            assert!(!is_language_tag(no_tag), "{no_tag}");
        }
    }

    #[test]
    fn a_change_keeps_sets_and_clears() {
        let present = UserSettings {
            theme: Theme::Dark,
            language: "de".to_owned(),
            ..UserSettings::default()
        };
        let change = UpdateSettingsRequest {
            theme: Some(None),
            read_receipts: Some(Some(false)),
            ..UpdateSettingsRequest::default()
        };
        let merged = present.merged(change);
        assert_eq!(merged.theme, Theme::System);
        assert_eq!(merged.language, "de");
        assert!(!merged.read_receipts);
    }
}
