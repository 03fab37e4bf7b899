//! The end of a membership, for whatever reason.

use sea_orm::ConnectionTrait;
use sentinal_protocol::event::ParticipantRemoved;
use sentinal_protocol::limits::CHATTY_GROUP_MAX;
use sentinal_protocol::{ConversationType, Role, Timestamp, UserId};

use super::{Present, role, write_role};
use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::entry::Change;
use crate::log::{Head, append, save_head};
use crate::{Committed, StoreError};

/// Who ends a membership, and when.
pub(crate) struct Ending {
    /// Who does it: the one who leaves, or who removes them.
    pub(crate) actor: UserId,
    /// The time of the end.
    pub(crate) at: Timestamp,
}

/// Ends the membership of `leaving` and writes the head. A group whose only owner goes is handed
/// over before (oldest admin, else oldest member), so that it has an owner at every revision; one
/// whose last member goes is deleted.
///
/// The caller holds the head's lock and has found `leaving` to be present.
pub(crate) async fn end_membership(
    tx: &Transaction,
    head: &mut Head,
    kind: ConversationType,
    leaving: &Present,
    ending: Ending,
) -> Result<Vec<Committed>, StoreError> {
    let entry = ParticipantRemoved {
        participant: leaving.shown(),
        erased: false,
    };
    let removed = leaving.change(&entry, ending.actor, ending.at);
    end_with(tx, head, kind, leaving, removed).await
}

/// Ends the membership of someone whose account is gone, like [`end_membership`]. A DM whose other
/// side is gone already is deleted.
pub(crate) async fn end_erased_membership(
    tx: &Transaction,
    head: &mut Head,
    kind: ConversationType,
    erased: &Present,
    now: Timestamp,
) -> Result<Vec<Committed>, StoreError> {
    let entry = ParticipantRemoved {
        participant: erased.shown(),
        erased: true,
    };
    let removed = erased.change(&entry, erased.user_id, now);
    end_with(tx, head, kind, erased, removed).await
}

/// Ends a membership with the change that tells of it.
async fn end_with(
    tx: &Transaction,
    head: &mut Head,
    kind: ConversationType,
    leaving: &Present,
    removed: Change,
) -> Result<Vec<Committed>, StoreError> {
    let now = removed.at;
    let actor = removed.actor.unwrap_or(leaving.user_id);
    let user_id = leaving.user_id;
    let mut committed = Vec::with_capacity(2);
    let senior = find_senior(tx, head, user_id).await?;
    let last = senior.is_none();
    let owned = kind == ConversationType::Group && leaving.role == Role::Owner;
    if let Some(heir) = senior.filter(|heir| owned && heir.role != Role::Owner) {
        let heir = Present {
            role: Role::Owner,
            ..heir
        };
        write_role(tx, head.conversation_id, heir.user_id, heir.role).await?;
        let change = heir.ranked(actor, now);
        committed.push(append(tx, head, change).await?);
    }
    committed.push(append(tx, head, removed).await?);
    let backend = tx.get_database_backend();
    let text = "UPDATE participants SET left_revision = $3, left_sequence = $4, left_at = $5 \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [
        head.conversation_id.0.into(),
        user_id.0.into(),
        signed(head.revision).into(),
        signed(head.last_sequence).into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    if last {
        let text = "UPDATE conversations SET deleted_at = $2, updated_at = $2 WHERE id = $1";
        let values = [head.conversation_id.0.into(), now.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    if kind == ConversationType::Group && is_just_small_enough(tx, head).await? {
        // Receipts are told again: what moved while they were not is found by the counter's jump.
        head.receipt_version += 1;
    }
    head.roster_version += 1;
    head.access_version += 1;
    save_head(tx, head).await?;
    Ok(committed)
}

/// Whether one more participant would make the group too large for receipts.
async fn is_just_small_enough(tx: &Transaction, head: &Head) -> Result<bool, StoreError> {
    let text = "SELECT COUNT(*) AS present FROM (SELECT 1 AS one FROM participants \
                WHERE conversation_id = $1 AND left_revision IS NULL LIMIT $2) p";
    let enough = CHATTY_GROUP_MAX as u64;
    let values = [head.conversation_id.0.into(), signed(enough + 1).into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let row = tx.query_one_raw(statement).await?;
    let present = row.map(|row| counter(&row, "present")).transpose()?;
    Ok(present == Some(enough))
}

/// Who of the others has the highest rank, and among equals has been there longest.
async fn find_senior(
    tx: &Transaction,
    head: &Head,
    leaving: UserId,
) -> Result<Option<Present>, StoreError> {
    let text = "SELECT user_id, role, joined_at FROM participants \
                WHERE conversation_id = $1 AND left_revision IS NULL AND user_id <> $2 \
                ORDER BY CASE role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, \
                joined_revision, user_id LIMIT 1";
    let values = [head.conversation_id.0.into(), leaving.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let Some(row) = tx.query_one_raw(statement).await? else {
        return Ok(None);
    };
    Ok(Some(Present {
        user_id: UserId(column(&row, "user_id")?),
        role: role(&column::<String>(&row, "role")?)?,
        joined_at: Timestamp(column(&row, "joined_at")?),
    }))
}
