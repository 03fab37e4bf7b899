//! What a database needs that was put back from a backup, before anybody is served from it.
//!
//! Clients have seen numbers, keys and tokens that were given after the backup. None of them may be
//! given again to something else: counters jump ahead by a margin, one-time prekeys go and count as
//! taken, logins end. In rounds, each a transaction of bounded size; a run that was interrupted is
//! resumed, because a round notes in the row of the run what it has reached.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Set};
use sentinal_entity::taken_prekeys;
use sentinal_protocol::Timestamp;
use uuid::Uuid;

use crate::dialect::{column, counter, signed, sql};
use crate::keys::canonical;
use crate::{Store, StoreError};

/// Rows that one round changes in a table, at most: some milliseconds of work.
const ROUND: i64 = 1_000;

/// How far the counters jump unless the operator says otherwise. A conversation with thirty changes
/// in each second takes a year for as many; numbers stay exact in JavaScript (2^53) for nine million
/// restores.
pub const RESTORE_MARGIN: u64 = 1_000_000_000;

/// Logins, and what only they may use; requests whose outcome nobody knows. Each with its key and a
/// condition.
const ENDED: [(Restored, &str, &str, &str); 4] = [
    (Restored::Logins, "login_sessions", "id", "TRUE"),
    (Restored::Tickets, "ws_tickets", "ticket_hash", "TRUE"),
    (
        Restored::ResetTokens,
        "password_reset_tokens",
        "token_hash",
        "TRUE",
    ),
    (
        Restored::Claims,
        "idempotency_keys",
        "user_id, idempotency_key",
        "status = 0",
    ),
];

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Which one.
    pub id: Uuid,
    /// How far counters jump.
    pub margin: u64,
    /// When it began.
    pub started_at: Timestamp,
    reached_conversation: Uuid,
    reached_user: Uuid,
}

/// What a round has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Restored {
    /// Login sessions ended.
    Logins,
    /// Tickets for sockets taken away.
    Tickets,
    /// Mailed tokens to reset a password taken away.
    ResetTokens,
    /// Claims of idempotency keys given up.
    Claims,
    /// One-time prekeys dropped.
    Prekeys,
    /// Post-quantum one-time prekeys dropped.
    PqPrekeys,
    /// Conversations whose counters jumped.
    Conversations,
    /// Accounts whose counter jumped.
    Accounts,
}

impl Store {
    /// The run that was begun and has not ended.
    pub async fn find_restore(&self) -> Result<Option<Restore>, StoreError> {
        let text = "SELECT id, margin, started_at, reached_conversation, reached_user \
                    FROM restores WHERE finished_at IS NULL ORDER BY id LIMIT 1";
        let statement = sql(self.backend(), text, []);
        let row = self.read().query_one_raw(statement).await?;
        row.as_ref().map(restore).transpose()
    }

    /// Begins a run.
    pub async fn insert_restore(
        &self,
        id: Uuid,
        margin: u64,
        now: Timestamp,
    ) -> Result<Restore, StoreError> {
        let tx = self.begin().await?;
        let text = "INSERT INTO restores \
                    (id, margin, started_at, reached_conversation, reached_user) \
                    VALUES ($1, $2, $3, $4, $4)";
        let values = [
            id.into(),
            signed(margin).into(),
            now.0.into(),
            Uuid::nil().into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(Restore {
            id,
            margin,
            started_at: now,
            reached_conversation: Uuid::nil(),
            reached_user: Uuid::nil(),
        })
    }

    /// Does one round of a run: what it has changed and how many of it; `None` once nothing is left,
    /// with which the run has ended.
    pub async fn restore_some(
        &self,
        run: &mut Restore,
        now: Timestamp,
    ) -> Result<Option<(Restored, u64)>, StoreError> {
        let tx = self.begin().await?;
        let done = round(&tx, run, now).await?;
        if done.is_none() {
            let text = "UPDATE restores SET finished_at = $2 WHERE id = $1";
            let values = [run.id.into(), now.0.into()];
            tx.execute_raw(sql(self.backend(), text, values)).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// When a process of the server was last known to live.
    pub async fn find_last_node(&self) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MAX(seen_at) AS seen_at FROM nodes";
        let statement = sql(self.backend(), text, []);
        let row = self.read().query_one_raw(statement).await?;
        let row = row.ok_or(StoreError::Corrupt("no answer to MAX"))?;
        Ok(column::<Option<i64>>(&row, "seen_at")?.map(Timestamp))
    }
}

fn restore(row: &QueryResult) -> Result<Restore, StoreError> {
    Ok(Restore {
        id: column(row, "id")?,
        margin: counter(row, "margin")?,
        started_at: Timestamp(column(row, "started_at")?),
        reached_conversation: column(row, "reached_conversation")?,
        reached_user: column(row, "reached_user")?,
    })
}

/// The first kind of which something is left, in this order.
async fn round<C: ConnectionTrait>(
    tx: &C,
    run: &mut Restore,
    now: Timestamp,
) -> Result<Option<(Restored, u64)>, StoreError> {
    for (kind, table, key, condition) in ENDED {
        let text = format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {ROUND})"
        );
        let statement = sql(tx.get_database_backend(), text, []);
        let deleted = tx.execute_raw(statement).await?.rows_affected();
        if deleted > 0 {
            return Ok(Some((kind, deleted)));
        }
    }
    for (kind, drop) in [
        (Restored::Prekeys, Prekeys::ONE_TIME),
        (Restored::PqPrekeys, Prekeys::POST_QUANTUM),
    ] {
        let dropped = drop.some(tx, now).await?;
        if dropped > 0 {
            return Ok(Some((kind, dropped)));
        }
    }
    let jumped = jump_conversations(tx, run).await?;
    if jumped > 0 {
        return Ok(Some((Restored::Conversations, jumped)));
    }
    let jumped = jump_accounts(tx, run).await?;
    Ok((jumped > 0).then_some((Restored::Accounts, jumped)))
}

/// Prekeys that may have been handed out since the backup.
struct Prekeys {
    table: &'static str,
    /// By what a key that was taken is known.
    known_by: &'static str,
    condition: &'static str,
}

impl Prekeys {
    const ONE_TIME: Self = Self {
        table: "one_time_prekeys",
        known_by: "public_key",
        condition: "TRUE",
    };
    /// The last-resort key stays: it is handed out many times anyway.
    const POST_QUANTUM: Self = Self {
        table: "pq_prekeys",
        known_by: "fingerprint",
        condition: "NOT last_resort",
    };

    /// Drops some, and notes them as taken, so that an upload that is repeated does not bring one
    /// back.
    async fn some<C: ConnectionTrait>(&self, tx: &C, now: Timestamp) -> Result<u64, StoreError> {
        let backend = tx.get_database_backend();
        let (table, known_by) = (self.table, self.known_by);
        let text = format!(
            "DELETE FROM {table} WHERE (device_id, position) IN (SELECT device_id, position \
             FROM {table} WHERE {} LIMIT {ROUND}) RETURNING device_id, {known_by} AS known_by",
            self.condition
        );
        let rows = tx.query_all_raw(sql(backend, text, [])).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            let known_by: Vec<u8> = column(row, "known_by")?;
            taken.push(taken_prekeys::ActiveModel {
                device_id: Set(column(row, "device_id")?),
                // A fingerprint has another length than a key with its type: it stays as it is.
                public_key: Set(canonical(&known_by).to_vec()),
                taken_at: Set(now.0),
            });
        }
        taken_prekeys::Entity::insert_many(taken)
            .on_conflict(
                OnConflict::columns([
                    taken_prekeys::Column::DeviceId,
                    taken_prekeys::Column::PublicKey,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
        Ok(rows.len() as u64)
    }
}

/// The counters of some conversations jump; the log tells the range that they leave as compacted,
/// history as reserved.
async fn jump_conversations<C: ConnectionTrait>(
    tx: &C,
    run: &mut Restore,
) -> Result<u64, StoreError> {
    let backend = tx.get_database_backend();
    let table = ("conversation_heads", "conversation_id");
    let Some((last, count)) = next_ids(tx, table, run.reached_conversation).await? else {
        return Ok(0);
    };
    let values = || {
        [
            run.reached_conversation.into(),
            last.into(),
            signed(run.margin).into(),
        ]
    };
    let text = "INSERT INTO skipped_sequences (conversation_id, first_sequence, last_sequence) \
                SELECT conversation_id, last_sequence + 1, last_sequence + $3 \
                FROM conversation_heads WHERE conversation_id > $1 AND conversation_id <= $2";
    tx.execute_raw(sql(backend, text, values())).await?;
    let text = "UPDATE conversation_heads SET last_sequence = last_sequence + $3, \
                revision = revision + $3, roster_version = roster_version + $3, \
                access_version = access_version + $3, receipt_version = receipt_version + $3 \
                WHERE conversation_id > $1 AND conversation_id <= $2";
    tx.execute_raw(sql(backend, text, values())).await?;
    run.reached_conversation = last;
    note_reached(tx, run).await?;
    Ok(count)
}

/// The counters of some accounts jump.
async fn jump_accounts<C: ConnectionTrait>(tx: &C, run: &mut Restore) -> Result<u64, StoreError> {
    let backend = tx.get_database_backend();
    let Some((last, count)) = next_ids(tx, ("users", "id"), run.reached_user).await? else {
        return Ok(0);
    };
    let text = "UPDATE users SET account_revision = account_revision + $3 \
                WHERE id > $1 AND id <= $2";
    let values = [
        run.reached_user.into(),
        last.into(),
        signed(run.margin).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    run.reached_user = last;
    note_reached(tx, run).await?;
    Ok(count)
}

/// The last of the next ids of a table, and how many these are.
async fn next_ids<C: ConnectionTrait>(
    tx: &C,
    (table, key): (&str, &str),
    after: Uuid,
) -> Result<Option<(Uuid, u64)>, StoreError> {
    let text =
        format!("SELECT {key} AS id FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT {ROUND}");
    let statement = sql(tx.get_database_backend(), text, [after.into()]);
    let rows = tx.query_all_raw(statement).await?;
    let last = rows.last().map(|row| column(row, "id")).transpose()?;
    Ok(last.map(|last| (last, rows.len() as u64)))
}

async fn note_reached<C: ConnectionTrait>(tx: &C, run: &Restore) -> Result<(), StoreError> {
    let text = "UPDATE restores SET reached_conversation = $2, reached_user = $3 WHERE id = $1";
    let values = [
        run.id.into(),
        run.reached_conversation.into(),
        run.reached_user.into(),
    ];
    let statement = sql(tx.get_database_backend(), text, values);
    tx.execute_raw(statement).await?;
    Ok(())
}
