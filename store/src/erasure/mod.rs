//! Deleting accounts.
//!
//! What must be gone at once goes in one short transaction: the account's row, so that its names are
//! free and nothing can be done in its name any more, its devices, logins and settings. A row of
//! `erasures` says that the rest is still to erase, and makes readers see tombstones in place of the
//! account's messages from that moment on. Then its memberships end, one after the other, and what
//! it wrote and what was kept about it goes in rounds of bounded size (see [`rounds`]), for as long
//! as the row is there: a server that dies goes on where it was.
//!
//! What stays: the account's id, as the author of its tombstones and in the one
//! `participant:removed` of each conversation. Nothing tells any more who that was.

mod rounds;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use sentinal_protocol::{ConversationId, ConversationType, Timestamp, UploadId, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, counter, placeholders, sql};
use crate::log::{lock_head, lock_users};
use crate::participants::{end_erased_membership, find_present};
use crate::{Committed, Store, StoreError};

/// When an account is swept for the last time: longer after it went than any node believes in a login
/// that has ended, and any request takes.
const SETTLED_AFTER: Duration = Duration::from_secs(6);

/// What goes at once, for the account in `$1`.
const AT_ONCE: [&str; 11] = [
    "INSERT INTO erased_devices (user_id, device_id) \
     SELECT user_id, id FROM devices WHERE user_id = $1",
    "INSERT INTO erased_conversations (user_id, conversation_id) \
     SELECT user_id, conversation_id FROM participants WHERE user_id = $1",
    "DELETE FROM ws_tickets WHERE login_session_id IN \
     (SELECT id FROM login_sessions WHERE user_id = $1)",
    "DELETE FROM login_sessions WHERE user_id = $1",
    "DELETE FROM password_reset_tokens WHERE user_id = $1",
    "DELETE FROM email_undos WHERE user_id = $1",
    "DELETE FROM push_tokens WHERE user_id = $1",
    "DELETE FROM key_backups WHERE user_id = $1",
    "DELETE FROM user_settings WHERE user_id = $1",
    "DELETE FROM devices WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
];

impl Store {
    /// Makes an account gone: its names are free, its logins and devices have ended, its messages
    /// show as tombstones. [`Store::end_erased_memberships`] and [`Store::erase_more`] must follow,
    /// now or later. Answers whether it was there.
    pub async fn begin_erasure(&self, user_id: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if lock_users(&tx, vec![user_id.0]).await?.is_empty() {
            return Ok(false);
        }
        let text = "INSERT INTO erasures (user_id, erased_at) VALUES ($1, $2)";
        let values = [user_id.0.into(), now.0.into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        for text in AT_ONCE {
            tx.execute_raw(sql(self.backend(), text, [user_id.0.into()]))
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// An account that is gone and of which something is to erase now: the one after `last`, so that
    /// whoever asks again and again goes round all of them.
    pub async fn find_erasure(
        &self,
        last: Option<UserId>,
        now: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        let text = "SELECT user_id FROM erasures WHERE NOT swept OR erased_at <= $1 \
                    ORDER BY CASE WHEN user_id > $2 THEN 0 ELSE 1 END, user_id LIMIT 1";
        let last = last.map_or(uuid::Uuid::nil(), |last| last.0);
        let values = [now.minus(SETTLED_AFTER).0.into(), last.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| Ok(UserId(column(&row, "user_id")?)))
            .transpose()
    }

    /// Ends up to `limit` memberships of an account that is gone; a group that it owned gets another
    /// owner. Answers where they ended, each with the number of the account's last message there, 0 if
    /// there is none; fewer than `limit` are the last.
    pub async fn end_erased_memberships(
        &self,
        user_id: UserId,
        limit: u64,
        now: Timestamp,
    ) -> Result<(Vec<(ConversationId, u64)>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        let text = format!(
            "SELECT p.conversation_id, c.type, COALESCE((SELECT MAX(m.sequence_number) \
                 FROM messages m WHERE m.sender_id = p.user_id \
                 AND m.conversation_id = p.conversation_id), 0) AS last_own FROM participants p \
             JOIN conversations c ON c.id = p.conversation_id \
             WHERE p.user_id = $1 AND p.left_revision IS NULL \
             AND EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = $1) \
             ORDER BY p.conversation_id LIMIT {limit}"
        );
        let values = [user_id.0.into()];
        let rows = tx.query_all_raw(sql(self.backend(), text, values)).await?;
        let mut committed = Vec::new();
        let mut ended = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = ConversationId(column(row, "conversation_id")?);
            let kind = ConversationType::parse(&column::<String>(row, "type")?)
                .ok_or(StoreError::Corrupt("conversation type"))?;
            committed.extend(end_one(&tx, id, kind, user_id, now).await?);
            ended.push((id, counter(row, "last_own")?));
        }
        tx.commit().await?;
        Ok((ended, committed))
    }

    /// Uploads of an account that is gone, whose files must go before [`Store::delete_uploads`].
    pub async fn list_erased_uploads(
        &self,
        user_id: UserId,
        limit: u64,
    ) -> Result<Vec<UploadId>, StoreError> {
        let text = format!(
            "SELECT u.id FROM uploads u JOIN erasures e ON e.user_id = u.uploader_id \
             WHERE u.uploader_id = $1 LIMIT {limit}"
        );
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        rows.iter()
            .map(|row| Ok(UploadId(column(row, "id")?)))
            .collect()
    }

    /// Deletes the rows of these uploads.
    pub async fn delete_uploads(&self, uploads: &[UploadId]) -> Result<(), StoreError> {
        if uploads.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        for (table, column) in [("upload_blocks", "upload_id"), ("uploads", "id")] {
            let text = delete_text(table, column, uploads.len());
            let values = uploads.iter().map(|id| id.0.into());
            tx.execute_raw(sql(self.backend(), text, values)).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn delete_text(table: &str, column: &str, rows: usize) -> String {
    format!(
        "DELETE FROM {table} WHERE {column} IN ({})",
        placeholders(rows, 1)
    )
}

async fn end_one(
    tx: &Transaction,
    id: ConversationId,
    kind: ConversationType,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<Committed>, StoreError> {
    let Some(mut head) = lock_head(tx, id).await? else {
        return Ok(Vec::new());
    };
    // Somebody may have removed them before the lock.
    let Some(present) = find_present(tx, id, user_id).await? else {
        return Ok(Vec::new());
    };
    end_erased_membership(tx, &mut head, kind, &present, now).await
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Uploads whose files go in one round.
    const UPLOADS: usize = 50;
    let mut all = rounds::batched();
    all.extend([
        Batched::new("erasure: blocks", UPLOADS, |_, rows| {
            delete_text("upload_blocks", "upload_id", rows)
        }),
        Batched::new("erasure: uploads", UPLOADS, |_, rows| {
            delete_text("uploads", "id", rows)
        }),
    ]);
    all
}
