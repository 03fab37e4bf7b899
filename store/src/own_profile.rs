//! Changing one's own profile and settings.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, Iterable, Set};
use sentinal_entity::{user_settings, users};
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::people::UpdateProfileRequest;
use sentinal_protocol::api::settings::{UpdateSettingsRequest, UserSettings};
use sentinal_protocol::{ConversationId, Theme, Timestamp, UserId, Visibility};

use crate::account_row::{AccountChange, lock_row, save};
use crate::accounts::{IdentityKeys, find_taken, is_reserved, me_from, raise_account_revision};
use crate::connection::Transaction;
use crate::dialect::{column, sql};
use crate::email_codes::{NewEmail, merge_email};
use crate::log::lock_users;
use crate::{Store, StoreError, Taken, fold, fold_phone};

/// Why a profile was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileRefusal {
    /// There is no such account any more.
    NoUser,
    /// Another account has this identity.
    Taken(Taken),
}

/// Puts the change into a row of `users`, folded columns included, but for the e-mail address, which needs
/// more than a wish.
fn merge(row: &mut users::Model, change: UpdateProfileRequest) {
    // `null` is refused before it comes here.
    if let Some(Some(username)) = change.username {
        row.username_key = fold(&username);
        row.username = username;
    }
    if let Some(phone) = change.phone_number {
        row.phone_key = phone.as_deref().map(fold_phone);
        row.phone_number = phone;
    }
    if let Some(name) = change.display_name {
        row.display_name = name.unwrap_or_else(|| row.username.clone());
        row.display_name_key = fold(&row.display_name);
    }
    if let Some(avatar_url) = change.avatar_url {
        row.avatar_url = avatar_url;
    }
    if let Some(bio) = change.bio {
        row.bio = bio;
    }
    if let Some(status) = change.status {
        row.status = status;
    }
}

impl Store {
    /// Changes an account's profile; its e-mail address as `email` says. With another address, reset
    /// tokens that were mailed to the old one are good no more.
    pub async fn update_profile(
        &self,
        user_id: UserId,
        change: UpdateProfileRequest,
        email: Option<NewEmail>,
        now: Timestamp,
    ) -> Result<Result<AccountChange<Me>, ProfileRefusal>, StoreError> {
        let tx = self.begin().await?;
        let Some(before) = lock_row(&tx, user_id).await? else {
            return Ok(Err(ProfileRefusal::NoUser));
        };
        let mut row = before.clone();
        merge(&mut row, change);
        if let Some(email) = email {
            merge_email(&mut row, email);
        }
        if row == before {
            return Ok(Ok(AccountChange {
                now: me_from(row),
                before: me_from(before),
                account_revision: None,
            }));
        }
        let keys = IdentityKeys {
            email: &row.email_key,
            username: &row.username_key,
            phone: row.phone_key.as_deref(),
        };
        if let Some(taken) = find_taken(&tx, keys, user_id).await? {
            return Ok(Err(ProfileRefusal::Taken(taken)));
        }
        row.updated_at = now.0;
        if let Err(taken) = save(&tx, &row).await? {
            return Ok(Err(ProfileRefusal::Taken(taken)));
        }
        if row.email_key != before.email_key {
            if is_reserved(&tx, &row.email_key, user_id, now).await? {
                return Ok(Err(ProfileRefusal::Taken(Taken::Email)));
            }
            let text = "DELETE FROM password_reset_tokens WHERE user_id = $1";
            tx.execute_raw(sql(self.backend(), text, [user_id.0.into()]))
                .await?;
        }
        let account_revision = raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(Ok(AccountChange {
            now: me_from(row),
            before: me_from(before),
            account_revision: Some(account_revision),
        }))
    }

    /// An account's settings; the defaults where there are none.
    pub async fn find_settings(&self, user_id: UserId) -> Result<UserSettings, StoreError> {
        let row = user_settings::Entity::find_by_id(user_id.0)
            .one(self.read())
            .await?;
        row.map_or_else(|| Ok(UserSettings::default()), settings_from)
    }

    /// Changes an account's settings. `None`: there is no such account any more.
    pub async fn update_settings(
        &self,
        user_id: UserId,
        change: UpdateSettingsRequest,
        at: Timestamp,
    ) -> Result<Option<AccountChange<UserSettings>>, StoreError> {
        let tx = self.begin().await?;
        if lock_users(&tx, vec![user_id.0]).await?.is_empty() {
            return Ok(None);
        }
        let row = user_settings::Entity::find_by_id(user_id.0)
            .one(&tx)
            .await?;
        let before = row.map_or_else(|| Ok(UserSettings::default()), settings_from)?;
        let mut now = before.clone().merged(change);
        let mut account_revision = None;
        if now != before {
            now.updated_at = Some(at);
            save_settings(&tx, user_id, &now).await?;
            account_revision = Some(raise_account_revision(&tx, user_id).await?);
            tx.commit().await?;
        }
        Ok(Some(AccountChange {
            now,
            before,
            account_revision,
        }))
    }

    /// The conversations in which a user takes part.
    pub async fn list_conversation_ids(
        &self,
        user_id: UserId,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let text = "SELECT conversation_id FROM participants \
                    WHERE user_id = $1 AND left_revision IS NULL";
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        rows.iter()
            .map(|row| Ok(ConversationId(column(row, "conversation_id")?)))
            .collect()
    }
}

async fn save_settings(
    tx: &Transaction,
    user_id: UserId,
    settings: &UserSettings,
) -> Result<(), StoreError> {
    let row = user_settings::ActiveModel {
        user_id: Set(user_id.0),
        notifications_enabled: Set(settings.notifications_enabled),
        theme: Set(settings.theme.as_str().to_owned()),
        language: Set(settings.language.clone()),
        calls_ring_muted: Set(settings.calls_ring_muted),
        notification_sound: Set(settings.notification_sound.clone()),
        notification_vibrate: Set(settings.notification_vibrate),
        enter_to_send: Set(settings.enter_to_send),
        media_auto_download_wifi: Set(settings.media_auto_download_wifi),
        media_auto_download_mobile: Set(settings.media_auto_download_mobile),
        updated_at: Set(settings.updated_at.map(|at| at.0)),
        read_receipts: Set(settings.read_receipts),
        privacy_last_seen: Set(settings.privacy_last_seen.as_str().to_owned()),
        privacy_profile_photo: Set(settings.privacy_profile_photo.as_str().to_owned()),
        privacy_about: Set(settings.privacy_about.as_str().to_owned()),
        privacy_groups: Set(settings.privacy_groups.as_str().to_owned()),
        privacy_discoverable: Set(settings.privacy_discoverable.as_str().to_owned()),
    };
    let replaced = user_settings::Column::iter()
        .filter(|column| !matches!(column, user_settings::Column::UserId));
    let mut present = OnConflict::column(user_settings::Column::UserId);
    present.update_columns(replaced);
    user_settings::Entity::insert(row)
        .on_conflict(present)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn settings_from(row: user_settings::Model) -> Result<UserSettings, StoreError> {
    let visibility =
        |text: &str| Visibility::parse(text).ok_or(StoreError::Corrupt("a privacy setting"));
    Ok(UserSettings {
        notifications_enabled: row.notifications_enabled,
        theme: Theme::parse(&row.theme).ok_or(StoreError::Corrupt("theme"))?,
        language: row.language,
        calls_ring_muted: row.calls_ring_muted,
        notification_sound: row.notification_sound,
        notification_vibrate: row.notification_vibrate,
        enter_to_send: row.enter_to_send,
        media_auto_download_wifi: row.media_auto_download_wifi,
        media_auto_download_mobile: row.media_auto_download_mobile,
        updated_at: row.updated_at.map(Timestamp),
        read_receipts: row.read_receipts,
        privacy_last_seen: visibility(&row.privacy_last_seen)?,
        privacy_profile_photo: visibility(&row.privacy_profile_photo)?,
        privacy_about: visibility(&row.privacy_about)?,
        privacy_groups: visibility(&row.privacy_groups)?,
        privacy_discoverable: visibility(&row.privacy_discoverable)?,
    })
}
