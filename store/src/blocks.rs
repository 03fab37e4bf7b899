//! Who has blocked whom.
//!
//! A block takes no revision: nobody may notice it. It raises the private `access_version` of the
//! pair's DM, under the locks of both users' rows, so that a message which was checked before the
//! block is checked again when it is written, and a DM that is made beside it sees it. It keeps the
//! blocker's receipt cursors of that moment, at which they stand still for the blocked one.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::contacts::{ContactChange, find_contact};
use crate::conversations::dm_key;
use crate::dialect::sql;
use crate::entry::Committed;
use crate::log::lock_users;
use crate::{Store, StoreError};

impl Store {
    /// Blocks a user for another one; again: nothing changes. `None`: there is no such user.
    pub async fn block_user(
        &self,
        user_id: UserId,
        other: UserId,
        now: Timestamp,
    ) -> Result<(Option<ContactChange>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0, other.0]).await?;
        let text = "INSERT INTO blocks (user_id, blocked_user_id, created_at, read_sequence, \
                    delivered_sequence) SELECT $1, u.id, $3, COALESCE(p.last_read_sequence, 0), \
                    COALESCE(p.last_delivered_sequence, 0) FROM users u \
                    LEFT JOIN conversations c ON c.dm_key = $4 \
                    LEFT JOIN participants p ON p.conversation_id = c.id AND p.user_id = $1 \
                    WHERE u.id = $2 AND u.deleted_at IS NULL \
                    ON CONFLICT (user_id, blocked_user_id) DO NOTHING";
        let values = [
            user_id.0.into(),
            other.0.into(),
            now.0.into(),
            dm_key(user_id, other).into(),
        ];
        let changed = tx.execute_raw(sql(self.backend(), text, values)).await?;
        let change = finish(&tx, user_id, other, changed.rows_affected()).await?;
        tx.commit().await?;
        Ok((change, Vec::new()))
    }

    /// Ends a block; again: nothing changes. `None`: there is no such user.
    pub async fn unblock_user(
        &self,
        user_id: UserId,
        other: UserId,
    ) -> Result<(Option<ContactChange>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0, other.0]).await?;
        let text = "DELETE FROM blocks WHERE user_id = $1 AND blocked_user_id = $2";
        let values = [user_id.0.into(), other.0.into()];
        let changed = tx.execute_raw(sql(self.backend(), text, values)).await?;
        let change = finish(&tx, user_id, other, changed.rows_affected()).await?;
        tx.commit().await?;
        Ok((change, Vec::new()))
    }
}

/// Raises what a changed block raises, and answers how the user sees the other one now.
async fn finish(
    tx: &Transaction,
    user_id: UserId,
    other: UserId,
    changed_rows: u64,
) -> Result<Option<ContactChange>, StoreError> {
    let mut account_revision = None;
    if changed_rows > 0 {
        account_revision = Some(raise_account_revision(tx, user_id).await?);
        let text = "UPDATE conversation_heads SET access_version = access_version + 1 \
                    WHERE conversation_id = (SELECT id FROM conversations WHERE dm_key = $1)";
        let values = [dm_key(user_id, other).into()];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
    }
    let contact = find_contact(tx, user_id, other).await?;
    Ok(contact.map(|contact| ContactChange {
        contact,
        created: false,
        account_revision,
    }))
}
