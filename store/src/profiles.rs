//! People as others see them, and finding them by name, e-mail address or phone number.
//!
//! Beginnings are found by ranges of the folded columns, which sort by bytes on both databases, so
//! that an index answers them. A search finds a bounded number of names, and no more.

use sea_orm::{ConnectionTrait, QueryResult, Value};
use sentinal_protocol::api::people::{Profile, Profiles, SEARCH_FOUND_MAX};
use sentinal_protocol::{Timestamp, UserId};

use crate::dialect::{column, counter, placeholders, signed, sql};
use crate::{Store, StoreError, fold, fold_phone};

/// What a profile is made of, for user `u` and the viewer in `$1`. Picture, bio and status are shown
/// as far as the user's own settings allow.
const SELECT: &str = "SELECT u.id, u.username, u.display_name, u.created_at, \
     mine.user_id IS NOT NULL AS is_contact, b.user_id IS NOT NULL AS is_blocked, \
     CASE WHEN u.id = $1 OR COALESCE(s.privacy_profile_photo, 'everyone') = 'everyone' \
          OR (s.privacy_profile_photo = 'contacts' AND back.user_id IS NOT NULL) \
          THEN u.avatar_url END AS avatar_url, \
     CASE WHEN u.id = $1 OR COALESCE(s.privacy_about, 'everyone') = 'everyone' \
          OR (s.privacy_about = 'contacts' AND back.user_id IS NOT NULL) \
          THEN u.bio END AS bio, \
     CASE WHEN u.id = $1 OR COALESCE(s.privacy_about, 'everyone') = 'everyone' \
          OR (s.privacy_about = 'contacts' AND back.user_id IS NOT NULL) \
          THEN u.status END AS status";

const JOINS: &str = "LEFT JOIN user_settings s ON s.user_id = u.id \
     LEFT JOIN contacts back ON back.user_id = u.id AND back.contact_user_id = $1 \
     LEFT JOIN contacts mine ON mine.user_id = $1 AND mine.contact_user_id = u.id \
     LEFT JOIN blocks b ON b.user_id = $1 AND b.blocked_user_id = u.id";

fn profile(row: &QueryResult) -> Result<Profile, StoreError> {
    Ok(Profile {
        id: UserId(column(row, "id")?),
        username: column(row, "username")?,
        display_name: column(row, "display_name")?,
        avatar_url: column(row, "avatar_url")?,
        bio: column(row, "bio")?,
        status: column(row, "status")?,
        is_contact: column(row, "is_contact")?,
        is_blocked: column(row, "is_blocked")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

/// Whom a search finds: `$1` is who searches, `$2` and `$3` the ends of the range of names, `$4` and
/// `$5` a whole e-mail address and phone number. The latter only find whom they may
/// (`privacy_discoverable`).
fn found() -> String {
    let names = |key: &str| {
        format!(
            "SELECT id FROM (SELECT u.id FROM users u WHERE u.{key} >= $2 AND u.{key} < $3 \
             AND u.deleted_at IS NULL ORDER BY u.{key} LIMIT {SEARCH_FOUND_MAX}) by_{key}"
        )
    };
    let exact = |key: &str, placeholder: &str| {
        format!(
            "SELECT u.id FROM users u LEFT JOIN user_settings s ON s.user_id = u.id \
             WHERE u.{key} = {placeholder} AND u.deleted_at IS NULL AND (u.id = $1 \
             OR s.privacy_discoverable = 'everyone' \
             OR (s.privacy_discoverable = 'contacts' AND EXISTS (SELECT 1 FROM contacts t \
                 WHERE t.user_id = u.id AND t.contact_user_id = $1)))"
        )
    };
    format!(
        "WITH found AS ({} UNION {} UNION {} UNION {})",
        names("username_key"),
        names("display_name_key"),
        exact("email_key", "$4"),
        exact("phone_key", "$5"),
    )
}

fn total_text() -> String {
    format!("{} SELECT COUNT(*) AS total FROM found", found())
}

fn page_text() -> String {
    format!(
        "{} {SELECT} FROM found f JOIN users u ON u.id = f.id {JOINS} \
         ORDER BY u.username_key LIMIT $6 OFFSET $7",
        found()
    )
}

/// So many users by their ids, as the viewer in `$1` sees them.
fn by_ids_text(rows: usize) -> String {
    format!(
        "{SELECT} FROM users u {JOINS} WHERE u.id IN ({}) AND u.deleted_at IS NULL ORDER BY u.id",
        placeholders(rows, 2)
    )
}

/// The values `$1` to `$5` of a search.
fn search_values(viewer: UserId, search: &str) -> Vec<Value> {
    let folded = fold(search);
    // Every text that begins with `folded` lies below it with the last of all characters behind.
    let end = format!("{folded}{}", char::MAX);
    let phone = fold_phone(&folded);
    vec![
        viewer.0.into(),
        folded.as_str().into(),
        end.into(),
        folded.into(),
        phone.into(),
    ]
}

impl Store {
    /// Somebody as `viewer` may see them.
    pub async fn find_profile(
        &self,
        viewer: UserId,
        user_id: UserId,
    ) -> Result<Option<Profile>, StoreError> {
        let text =
            format!("{SELECT} FROM users u {JOINS} WHERE u.id = $2 AND u.deleted_at IS NULL");
        let values = [viewer.0.into(), user_id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.as_ref().map(profile).transpose()
    }

    /// These users as `viewer` may see them, by id; who does not exist is left out.
    pub async fn list_profiles(
        &self,
        viewer: UserId,
        ids: &[UserId],
    ) -> Result<Vec<Profile>, StoreError> {
        let text = by_ids_text(ids.len());
        let values = std::iter::once(viewer.0.into()).chain(ids.iter().map(|id| id.0.into()));
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter().map(profile).collect()
    }

    /// A page of those whose username or display name begins with `search`, without regard to case,
    /// or whose e-mail address or phone number it is, if they let the viewer find them so.
    pub async fn list_found_profiles(
        &self,
        viewer: UserId,
        search: &str,
        offset: u64,
        limit: u64,
    ) -> Result<Profiles, StoreError> {
        let snapshot = self.snapshot().await?;
        let mut values = search_values(viewer, search);
        let row = snapshot
            .query_one_raw(sql(self.backend(), total_text(), values.clone()))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        values.extend([signed(limit).into(), signed(offset).into()]);
        let rows = snapshot
            .query_all_raw(sql(self.backend(), page_text(), values))
            .await?;
        snapshot.commit().await?;
        let users = rows.iter().map(profile).collect::<Result<Vec<_>, _>>()?;
        let has_more = offset.saturating_add(users.len() as u64) < total && !users.is_empty();
        Ok(Profiles {
            users,
            total,
            has_more,
        })
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = usize::try_from(sentinal_protocol::limits::PAGE_MAX).unwrap();
    vec![Batched::new("profiles: by id", most, |_, rows| {
        by_ids_text(rows)
    })]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn a_search_walks_through_no_table() {
        let mut values = search_values(UserId(Uuid::nil()), "al");
        let derived = ["found", "f", "by_username_key", "by_display_name_key"];
        let scans = table_scans(&total_text(), values.clone(), &derived).await;
        assert_eq!(scans, Vec::<String>::new());
        values.extend([20_i64.into(), 0_i64.into()]);
        let scans = table_scans(&page_text(), values, &derived).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
