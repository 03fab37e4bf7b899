//! Address books.

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::accounts::{Contact, ContactProfile, Contacts};
use sentinal_protocol::{Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::dialect::{column, counter, signed, sql};
use crate::log::lock_users;
use crate::{Store, StoreError};

/// What came of changing a user's relation to another one.
#[derive(Clone, Debug)]
pub struct ContactChange {
    /// The other one, as the user sees them now.
    pub contact: Contact,
    /// Whether a contact was added.
    pub created: bool,
    /// The user's new `account_revision`; `None` if nothing changed.
    pub account_revision: Option<u64>,
}

/// What a contact answer is made of; `$1` is the user who asks. Picture and status are shown as far
/// as the contact's own settings allow.
const SELECT: &str = "SELECT u.id, u.username, u.display_name, u.created_at, c.nickname, \
     b.user_id IS NOT NULL AS is_blocked, \
     CASE WHEN COALESCE(s.privacy_profile_photo, 'everyone') = 'everyone' \
          OR (s.privacy_profile_photo = 'contacts' AND back.user_id IS NOT NULL) \
          THEN u.avatar_url END AS avatar_url, \
     CASE WHEN COALESCE(s.privacy_about, 'everyone') = 'everyone' \
          OR (s.privacy_about = 'contacts' AND back.user_id IS NOT NULL) \
          THEN u.status END AS status";

const JOIN_CONTACTS: &str = "LEFT JOIN contacts c ON c.user_id = $1 AND c.contact_user_id = u.id";

const JOIN_BLOCKS: &str = "LEFT JOIN blocks b ON b.user_id = $1 AND b.blocked_user_id = u.id";

const JOIN_PRIVACY: &str = "LEFT JOIN user_settings s ON s.user_id = u.id \
     LEFT JOIN contacts back ON back.user_id = u.id AND back.contact_user_id = $1";

fn contact_from_row(row: &QueryResult) -> Result<Contact, StoreError> {
    let contact = ContactProfile {
        id: UserId(column(row, "id")?),
        username: column(row, "username")?,
        display_name: column(row, "display_name")?,
        avatar_url: column(row, "avatar_url")?,
        status: column(row, "status")?,
        created_at: Timestamp(column(row, "created_at")?),
    };
    Ok(Contact {
        id: contact.id,
        contact_user_id: contact.id,
        username: contact.username.clone(),
        display_name: contact.display_name.clone(),
        avatar_url: contact.avatar_url.clone(),
        status: contact.status.clone(),
        nickname: column(row, "nickname")?,
        is_blocked: column(row, "is_blocked")?,
        created_at: contact.created_at,
        contact,
    })
}

/// Another user as `user_id` sees them, contact or not.
pub(crate) async fn find_contact<C: ConnectionTrait>(
    connection: &C,
    user_id: UserId,
    other: UserId,
) -> Result<Option<Contact>, StoreError> {
    let text = format!(
        "{SELECT} FROM users u {JOIN_CONTACTS} {JOIN_BLOCKS} {JOIN_PRIVACY} \
         WHERE u.id = $2 AND u.deleted_at IS NULL"
    );
    let values = [user_id.0.into(), other.0.into()];
    let row = connection
        .query_one_raw(sql(connection.get_database_backend(), text, values))
        .await?;
    row.as_ref().map(contact_from_row).transpose()
}

impl Store {
    /// A page of a user's contacts, in the order in which they were added.
    pub async fn list_contacts(
        &self,
        user_id: UserId,
        offset: u64,
        limit: u64,
    ) -> Result<Contacts, StoreError> {
        let from = format!(
            "FROM contacts c JOIN users u ON u.id = c.contact_user_id {JOIN_BLOCKS} \
             {JOIN_PRIVACY} WHERE c.user_id = $1 AND u.deleted_at IS NULL"
        );
        self.contacts_page(&from, "c.created_at, u.id", user_id, offset, limit)
            .await
    }

    /// A user's contacts whose ids are above this one, by id, at most so many.
    pub async fn list_contacts_after(
        &self,
        user_id: UserId,
        after: UserId,
        limit: u64,
    ) -> Result<Vec<Contact>, StoreError> {
        let text = format!(
            "{SELECT} FROM contacts c JOIN users u ON u.id = c.contact_user_id {JOIN_BLOCKS} \
             {JOIN_PRIVACY} WHERE c.user_id = $1 AND c.contact_user_id > $2 \
             AND u.deleted_at IS NULL ORDER BY c.contact_user_id LIMIT $3"
        );
        let values = [user_id.0.into(), after.0.into(), signed(limit).into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter().map(contact_from_row).collect()
    }

    /// A page of those whom a user has blocked, in the order in which that happened.
    pub async fn list_blocked(
        &self,
        user_id: UserId,
        offset: u64,
        limit: u64,
    ) -> Result<Contacts, StoreError> {
        let from = format!(
            "FROM blocks b JOIN users u ON u.id = b.blocked_user_id {JOIN_CONTACTS} \
             {JOIN_PRIVACY} WHERE b.user_id = $1 AND u.deleted_at IS NULL"
        );
        self.contacts_page(&from, "b.created_at, u.id", user_id, offset, limit)
            .await
    }

    async fn contacts_page(
        &self,
        from: &str,
        order: &str,
        user_id: UserId,
        offset: u64,
        limit: u64,
    ) -> Result<Contacts, StoreError> {
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT COUNT(*) AS total {from}");
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let text = format!("{SELECT} {from} ORDER BY {order} LIMIT $2 OFFSET $3");
        let values = [
            user_id.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let rows = snapshot
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        snapshot.commit().await?;
        let contacts = rows
            .iter()
            .map(contact_from_row)
            .collect::<Result<Vec<_>, _>>()?;
        let has_more = offset.saturating_add(contacts.len() as u64) < total;
        Ok(Contacts {
            contacts,
            total,
            has_more,
        })
    }

    /// Adds someone to a user's contacts; one who is there already gets the new nickname, if there
    /// is one. A block does not show here: they become a contact like anybody. `None`: there is no such
    /// user.
    pub async fn put_contact(
        &self,
        user_id: UserId,
        other: UserId,
        nickname: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<ContactChange>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let text = "UPDATE contacts SET nickname = COALESCE($3, nickname) \
                    WHERE user_id = $1 AND contact_user_id = $2";
        let values = [user_id.0.into(), other.0.into(), nickname.into()];
        let known = tx
            .execute_raw(sql(self.backend(), text, values))
            .await?
            .rows_affected()
            > 0;
        if !known {
            let text = "INSERT INTO contacts (user_id, contact_user_id, nickname, created_at) \
                        SELECT $1, u.id, $3, $4 FROM users u \
                        WHERE u.id = $2 AND u.deleted_at IS NULL";
            let values = [
                user_id.0.into(),
                other.0.into(),
                nickname.into(),
                now.0.into(),
            ];
            let added = tx.execute_raw(sql(self.backend(), text, values)).await?;
            if added.rows_affected() == 0 {
                return Ok(None);
            }
        }
        let Some(contact) = find_contact(&tx, user_id, other).await? else {
            return Ok(None);
        };
        let account_revision = if !known || nickname.is_some() {
            Some(raise_account_revision(&tx, user_id).await?)
        } else {
            None
        };
        tx.commit().await?;
        Ok(Some(ContactChange {
            contact,
            created: !known,
            account_revision,
        }))
    }

    /// Takes someone out of a user's contacts; a block stays. Answers the user's new
    /// `account_revision`, `None` if they were no contact.
    pub async fn delete_contact(
        &self,
        user_id: UserId,
        other: UserId,
    ) -> Result<Option<u64>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let text = "DELETE FROM contacts WHERE user_id = $1 AND contact_user_id = $2";
        let values = [user_id.0.into(), other.0.into()];
        let deleted = tx.execute_raw(sql(self.backend(), text, values)).await?;
        if deleted.rows_affected() == 0 {
            return Ok(None);
        }
        let account_revision = raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(Some(account_revision))
    }
}
