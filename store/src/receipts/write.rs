//! The transaction of a slice of receipts.
//!
//! Rows are locked in the order of "Order of locks" in ARCHITECTURE.md: users by id, heads by
//! conversation id, then participants and cursors of devices, in the order of their keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sentinal_protocol::{ConversationId, UserId};

use super::cursors::Cursors;
use super::moves::{Move, Participant, Step, Told};
use super::{AckedCursor, MarkAudience, Marked, ReceiptKind};
use crate::StoreError;
use crate::connection::Transaction;
use crate::dialect::{
    column, counter, for_update, placeholders, signed, sql, updated_rows_max, values_rows,
    with_rows,
};
use crate::log::{VARIABLES_MAX, lock_users};
use crate::visible::greatest;

/// Moves the cursors; answers the steps that somebody is told of. `moves` is in the order of
/// participants.
pub(super) async fn write_moves(
    tx: &Transaction,
    moves: Vec<Move>,
) -> Result<Vec<Marked>, StoreError> {
    let account_revisions = raise_account_revisions(tx, &moves).await?;
    lock_heads(tx, &moves).await?;
    let cursors = move_cursors(tx, &moves).await?;
    // What another node has moved further meanwhile is left to that node.
    let arrived = moves.into_iter().flat_map(|it| {
        let (now, to) = (cursors.get(&it.participant).copied(), it.to);
        let steps = it.steps.into_iter().filter(move |step| {
            now.is_some_and(|now| match step.kind {
                ReceiptKind::Delivered => now.delivered == to.delivered,
                ReceiptKind::Read => now.read == to.read,
            })
        });
        steps.map(move |step| (it.participant, step))
    });
    let arrived: Vec<_> = arrived.collect();
    let mut versions = count_steps(tx, &arrived).await?;
    let marked = arrived
        .into_iter()
        .filter_map(|((conversation_id, user_id), step)| {
            let audience = match step.told {
                Told::Conversation {
                    senders,
                    message_id,
                } => {
                    let version = versions.get_mut(&conversation_id)?;
                    *version += 1;
                    MarkAudience::Conversation {
                        receipt_version: *version,
                        senders,
                        message_id,
                    }
                }
                // Absent: the account is gone.
                Told::OwnDevices => MarkAudience::OwnDevices {
                    account_revision: *account_revisions.get(&user_id)?,
                },
            };
            Some(Marked {
                conversation_id,
                user_id,
                kind: step.kind,
                sequence_number: step.to,
                also_delivered: step.also_delivered,
                audience,
            })
        });
    Ok(marked.collect())
}

/// Counts a change of the account for each user whose reading is only told to their own devices.
async fn raise_account_revisions(
    tx: &Transaction,
    moves: &[Move],
) -> Result<HashMap<UserId, u64>, StoreError> {
    let backend = tx.get_database_backend();
    let told_alone = moves.iter().filter(|it| {
        let mut steps = it.steps.iter();
        steps.any(|step| matches!(step.told, Told::OwnDevices))
    });
    let users = told_alone.map(|it| it.participant.1.0).collect();
    let users = lock_users(tx, users).await?;
    let mut revisions = HashMap::with_capacity(users.len());
    for chunk in users.chunks(updated_rows_max(backend)) {
        let text = accounts_text(backend, chunk.len());
        let values = chunk.iter().map(|id| id.0.into());
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            let user_id = UserId(column(&row, "id")?);
            revisions.insert(user_id, counter(&row, "account_revision")?);
        }
    }
    Ok(revisions)
}

/// Counts a change of so many accounts.
fn accounts_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} UPDATE users SET account_revision = users.account_revision + 1 \
         FROM v WHERE users.id = v.id RETURNING users.id, users.account_revision",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

/// Locks the heads whose counters rise. Needed where rows are locked one by one: a transaction that
/// changes members holds the head before it touches a participant.
async fn lock_heads(tx: &Transaction, moves: &[Move]) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite {
        return Ok(());
    }
    let counted = moves.iter().filter(|it| it.steps.iter().any(is_counted));
    let heads: BTreeSet<ConversationId> = counted.map(|it| it.participant.0).collect();
    let heads = Vec::from_iter(heads);
    for chunk in heads.chunks(VARIABLES_MAX) {
        let text = lock_heads_text(backend, chunk.len());
        let values = chunk.iter().map(|id| id.0.into());
        tx.query_all_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

fn lock_heads_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "SELECT conversation_id FROM conversation_heads WHERE conversation_id IN ({}) \
         ORDER BY conversation_id{}",
        placeholders(rows, 1),
        for_update(backend)
    )
}

fn is_counted(step: &Step) -> bool {
    matches!(step.told, Told::Conversation { .. })
}

/// Moves participants' cursors forward; answers the rows that it changed.
fn cursors_text(backend: DbBackend, rows: usize) -> String {
    let most = greatest(backend);
    let columns = [
        ("conversation_id", "uuid"),
        ("user_id", "uuid"),
        ("read_to", "int8"),
        ("delivered_to", "int8"),
        ("read_cap", "int8"),
        ("delivered_cap", "int8"),
    ];
    format!(
        "{} UPDATE participants SET \
         last_read_sequence = {most}(participants.last_read_sequence, v.read_to), \
         last_delivered_sequence = {most}(participants.last_delivered_sequence, v.delivered_to), \
         read_shown_up_to = v.read_cap, delivered_shown_up_to = v.delivered_cap \
         FROM v WHERE participants.conversation_id = v.conversation_id \
         AND participants.user_id = v.user_id AND participants.left_revision IS NULL \
         AND (participants.last_read_sequence < v.read_to \
         OR participants.last_delivered_sequence < v.delivered_to) \
         RETURNING participants.conversation_id, participants.user_id, \
         participants.last_read_sequence, participants.last_delivered_sequence",
        with_rows(backend, &columns, rows, 1)
    )
}

async fn move_cursors(
    tx: &Transaction,
    moves: &[Move],
) -> Result<HashMap<Participant, Cursors>, StoreError> {
    let backend = tx.get_database_backend();
    let mut cursors = HashMap::with_capacity(moves.len());
    for chunk in moves.chunks(updated_rows_max(backend)) {
        let text = cursors_text(backend, chunk.len());
        let values = chunk.iter().flat_map(|it| -> [Value; 6] {
            let (conversation_id, user_id) = it.participant;
            [
                conversation_id.0.into(),
                user_id.0.into(),
                signed(it.to.read).into(),
                signed(it.to.delivered).into(),
                it.caps.read.map(signed).into(),
                it.caps.delivered.map(signed).into(),
            ]
        });
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            let (participant, now) = read_cursors(&row)?;
            cursors.insert(participant, now);
        }
    }
    Ok(cursors)
}

fn read_cursors(row: &QueryResult) -> Result<(Participant, Cursors), StoreError> {
    let participant = (
        ConversationId(column(row, "conversation_id")?),
        UserId(column(row, "user_id")?),
    );
    let cursors = Cursors {
        read: counter(row, "last_read_sequence")?,
        delivered: counter(row, "last_delivered_sequence")?,
    };
    Ok((participant, cursors))
}

/// Raises receipt counters by the steps that were taken.
fn steps_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("conversation_id", "uuid"), ("steps", "int8")];
    format!(
        "{} UPDATE conversation_heads SET \
         receipt_version = conversation_heads.receipt_version + v.steps \
         FROM v WHERE conversation_heads.conversation_id = v.conversation_id \
         RETURNING conversation_heads.conversation_id, conversation_heads.receipt_version",
        with_rows(backend, &columns, rows, 1)
    )
}

/// Raises the receipt counter of each conversation by one per step; answers the counters before.
async fn count_steps(
    tx: &Transaction,
    arrived: &[(Participant, Step)],
) -> Result<HashMap<ConversationId, u64>, StoreError> {
    let backend = tx.get_database_backend();
    let mut steps: BTreeMap<ConversationId, u64> = BTreeMap::new();
    for ((conversation_id, _), step) in arrived {
        if is_counted(step) {
            *steps.entry(*conversation_id).or_default() += 1;
        }
    }
    let rows: Vec<_> = steps.iter().collect();
    let mut versions = HashMap::with_capacity(steps.len());
    for chunk in rows.chunks(updated_rows_max(backend)) {
        let text = steps_text(backend, chunk.len());
        let values = chunk
            .iter()
            .flat_map(|(conversation_id, steps)| -> [Value; 2] {
                [conversation_id.0.into(), signed(**steps).into()]
            });
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            let conversation_id = ConversationId(column(&row, "conversation_id")?);
            let after = counter(&row, "receipt_version")?;
            let taken = steps.get(&conversation_id).copied().unwrap_or(0);
            versions.insert(conversation_id, after.saturating_sub(taken));
        }
    }
    Ok(versions)
}

const ACK_TYPES: [&str; 5] = ["uuid", "uuid", "int8", "int8", "int8"];

/// Moves devices' cursors forward, never back, and notes which receipts a device was told of.
pub(super) async fn write_acked(tx: &Transaction, acks: &[AckedCursor]) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let most = greatest(backend);
    // One statement must not meet a row twice.
    let mut cursors: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for ack in acks {
        let (revision, receipts) = cursors
            .entry((ack.device_id, ack.conversation_id))
            .or_default();
        *revision = (*revision).max(ack.revision);
        *receipts = (*receipts).max(ack.receipt_version);
    }
    let cursors = Vec::from_iter(cursors);
    for chunk in cursors.chunks(VARIABLES_MAX / ACK_TYPES.len()) {
        let text = format!(
            "INSERT INTO device_cursors AS c (device_id, conversation_id, start_revision, \
             acked_revision, receipt_version) VALUES {} \
             ON CONFLICT (device_id, conversation_id) DO UPDATE SET \
             acked_revision = {most}(c.acked_revision, excluded.acked_revision), \
             receipt_version = {most}(c.receipt_version, excluded.receipt_version)",
            values_rows(backend, &ACK_TYPES, chunk.len(), 1)
        );
        let values = chunk.iter().flat_map(
            |((device_id, conversation_id), (revision, receipts))| -> [Value; 5] {
                [
                    device_id.0.into(),
                    conversation_id.0.into(),
                    0_i64.into(),
                    signed(*revision).into(),
                    signed(*receipts).into(),
                ]
            },
        );
        tx.execute_raw(sql(backend, text, values)).await?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let most = updated_rows_max(DbBackend::Sqlite);
    // As many as there are slices of, and more.
    let locked = 300;
    vec![
        Batched::new("receipts: move cursors", most, cursors_text),
        Batched::new("receipts: count steps", most, steps_text),
        Batched::new("receipts: accounts", most, accounts_text),
        Batched::new("receipts: lock heads", locked, lock_heads_text),
    ]
}
