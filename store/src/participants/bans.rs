//! Who may not take part in a group: neither put in by somebody nor by an invite code.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::bans::Ban;
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{column, sql};

/// Whether somebody may not take part in a group. The caller holds the head's lock.
pub(crate) async fn is_banned(
    tx: &Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
) -> Result<bool, StoreError> {
    let found = find_ban(tx, conversation_id, user_id).await?;
    Ok(found.is_some())
}

/// The ban of somebody, if there is one.
pub(crate) async fn find_ban(
    tx: &Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
) -> Result<Option<Ban>, StoreError> {
    let text = "SELECT created_at FROM conversation_bans \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [conversation_id.0.into(), user_id.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let row = tx.query_one_raw(statement).await?;
    row.map(|row| {
        Ok(Ban {
            user_id,
            banned_at: Timestamp(column(&row, "created_at")?),
        })
    })
    .transpose()
}
