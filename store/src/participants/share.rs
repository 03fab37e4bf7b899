//! How many conversations a user takes part in.
//!
//! What is done for all of a user's conversations (telling them of a device, above all) costs as much as
//! there are, and others put the user into them: so there is a most. A DM that somebody else opened counts
//! once the user has written in it, so that strangers cannot use the places up.

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::UserId;

use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{READ_ROWS_MAX, column, counter, signed, sql, with_rows};

/// Those of so many users who take part in at least as many conversations as the last placeholder says.
fn many_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT v.id FROM v WHERE (SELECT COUNT(*) FROM participants p \
         WHERE p.user_id = v.id AND p.left_revision IS NULL) >= ${}",
        with_rows(backend, &[("id", "uuid")], rows, 1),
        rows + 1
    )
}

/// Those of `users` who take part in as many conversations as they may. The caller has locked their
/// rows.
pub(crate) async fn list_full(
    tx: &Transaction,
    users: &[UserId],
    conversations_max: u64,
) -> Result<Vec<UserId>, StoreError> {
    let backend = tx.get_database_backend();
    let mut full = Vec::new();
    for chunk in users.chunks(READ_ROWS_MAX) {
        let text = many_text(backend, chunk.len());
        let ids = chunk.iter().map(|user| user.0.into());
        let values = ids.chain([signed(conversations_max).into()]);
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            let user_id = UserId(column(&row, "id")?);
            if count_own(tx, user_id).await? >= conversations_max {
                full.push(user_id);
            }
        }
    }
    Ok(full)
}

/// Whether a user takes part in as many conversations as one may.
pub(crate) async fn is_full(
    tx: &Transaction,
    user_id: UserId,
    conversations_max: u64,
) -> Result<bool, StoreError> {
    let full = list_full(tx, &[user_id], conversations_max).await?;
    Ok(!full.is_empty())
}

/// Conversations of a user without the DMs that others opened and in which the user never wrote.
async fn count_own(tx: &Transaction, user_id: UserId) -> Result<u64, StoreError> {
    let text = "SELECT COUNT(*) AS own FROM participants p \
                JOIN conversations c ON c.id = p.conversation_id \
                WHERE p.user_id = $1 AND p.left_revision IS NULL \
                AND (c.type <> 'DM' OR c.creator_id = $1 OR EXISTS (SELECT 1 FROM messages m \
                    WHERE m.conversation_id = c.id AND m.sender_id = $1))";
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, [user_id.0.into()]))
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    counter(&row, "own")
}

#[cfg(test)]
pub(super) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new("participants: many", READ_ROWS_MAX, many_text)]
}
