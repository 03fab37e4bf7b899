//! Writing calls: making them, and one step after the other.

use sea_orm::ConnectionTrait;
use sentinal_protocol::CallId;

use super::{CallParty, CallRecord};
use crate::connection::Transaction;
use crate::dialect::{column, signed, sql, values_rows};
use crate::{Store, StoreError};

/// Something to write of a call.
#[derive(Clone, Debug)]
pub enum CallWrite {
    /// A new one.
    Create(CallRecord),
    /// A step of one that is there.
    Step {
        /// The call after it; its version is one above that of the call which it was made from.
        call: CallRecord,
        /// Those in it who have changed.
        changed: Vec<CallParty>,
    },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallSaved {
    /// It is in the database.
    Done,
    /// Nothing is written: the conversation has this live call.
    Busy(CallId),
    /// Nothing is written: somebody else has gone on from there, or the call is gone.
    Stale,
}

const PARTY_COLUMNS: [&str; 9] = [
    "uuid", "uuid", "text", "uuid", "bool", "bool", "bigint", "bigint", "bigint",
];

impl Store {
    /// Writes these in one transaction, each by itself: what one of them is refused does not
    /// concern the others.
    pub async fn save_calls(&self, writes: &[CallWrite]) -> Result<Vec<CallSaved>, StoreError> {
        let tx = self.begin().await?;
        let mut saved = Vec::with_capacity(writes.len());
        for write in writes {
            saved.push(match write {
                CallWrite::Create(call) => create(&tx, call).await?,
                CallWrite::Step { call, changed } => step(&tx, call, changed).await?,
            });
        }
        tx.commit().await?;
        Ok(saved)
    }
}

async fn create(tx: &Transaction, call: &CallRecord) -> Result<CallSaved, StoreError> {
    let backend = tx.get_database_backend();
    let text = "INSERT INTO calls (id, conversation_id, type, status, initiator_id, node_id, \
                hidden_from, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                ON CONFLICT (conversation_id) WHERE ended_at IS NULL DO NOTHING";
    let values = [
        call.id.0.into(),
        call.conversation_id.0.into(),
        call.kind.as_str().into(),
        call.status.as_str().into(),
        call.initiator_id.map(|id| id.0).into(),
        call.node_id.into(),
        call.hidden_from.map(|id| id.0).into(),
        signed(call.version).into(),
        call.created_at.0.into(),
    ];
    let inserted = tx.execute_raw(sql(backend, text, values)).await?;
    if inserted.rows_affected() == 0 {
        let text = "SELECT id FROM calls WHERE conversation_id = $1 AND ended_at IS NULL";
        let values = [call.conversation_id.0.into()];
        let row = tx.query_one_raw(sql(backend, text, values)).await?;
        // `Stale`: it has ended between the two statements.
        return Ok(match row {
            Some(row) => CallSaved::Busy(CallId(column(&row, "id")?)),
            None => CallSaved::Stale,
        });
    }
    write_parties(tx, call.id, &call.parties).await?;
    Ok(CallSaved::Done)
}

async fn step(
    tx: &Transaction,
    call: &CallRecord,
    changed: &[CallParty],
) -> Result<CallSaved, StoreError> {
    let text = "UPDATE calls SET status = $3, reason = $4, ended_by = $5, started_at = $6, \
                ended_at = $7, version = $2 WHERE id = $1 AND version = $2 - 1";
    let values = [
        call.id.0.into(),
        signed(call.version).into(),
        call.status.as_str().into(),
        call.reason
            .map(sentinal_protocol::CallEndReason::as_str)
            .into(),
        call.ended_by.map(|id| id.0).into(),
        call.started_at.map(|at| at.0).into(),
        call.ended_at.map(|at| at.0).into(),
    ];
    let statement = sql(tx.get_database_backend(), text, values);
    if tx.execute_raw(statement).await?.rows_affected() == 0 {
        return Ok(CallSaved::Stale);
    }
    write_parties(tx, call.id, changed).await?;
    Ok(CallSaved::Done)
}

async fn write_parties(
    tx: &Transaction,
    call_id: CallId,
    parties: &[CallParty],
) -> Result<(), StoreError> {
    if parties.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let rows = values_rows(backend, &PARTY_COLUMNS, parties.len(), 1);
    let text = format!(
        "INSERT INTO call_participants (call_id, user_id, status, device_id, audio_muted, \
         video_muted, invited_at, joined_at, left_at) VALUES {rows} \
         ON CONFLICT (call_id, user_id) DO UPDATE SET status = excluded.status, \
         device_id = excluded.device_id, audio_muted = excluded.audio_muted, \
         video_muted = excluded.video_muted, invited_at = excluded.invited_at, \
         joined_at = excluded.joined_at, left_at = excluded.left_at"
    );
    let values = parties.iter().flat_map(|party| {
        [
            call_id.0.into(),
            party.user_id.0.into(),
            party.status.as_str().into(),
            party.device.as_ref().map(|device| device.id.0).into(),
            party.audio_muted.into(),
            party.video_muted.into(),
            party.invited_at.0.into(),
            party.joined_at.map(|at| at.0).into(),
            party.left_at.map(|at| at.0).into(),
        ]
    });
    tx.execute_raw(sql(backend, text, values)).await?;
    Ok(())
}
