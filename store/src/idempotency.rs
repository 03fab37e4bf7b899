//! Idempotency keys: a row per key and user, first a claim, then the answer to whoever asks again.
//!
//! A send writes its row with its message, in one transaction (`send.rs`). Every other request
//! claims its key first, does its work in transactions of its own, and leaves its answer here. A
//! claim names its process: the key is free again once that is dead, or has given the request up.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::{Timestamp, UserId};
use uuid::Uuid;

use crate::dialect::{column, placeholders, signed, sql};
use crate::{Store, StoreError};

/// How long a key is remembered.
pub(crate) const REMEMBERED: Duration = Duration::from_hours(24);

/// How long a claim of another process that lives holds without an answer: longer than any request
/// takes. It has lost the answer then.
const CLAIM_HOLDS: Duration = Duration::from_secs(30);

/// The `status` of a row whose request is still at work.
const AT_WORK: i64 = 0;

/// A request under a key.
#[derive(Clone)]
pub struct KeyedRequest {
    /// Whose key.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// Canonical hash of the request: equal keys with different hashes are a conflict.
    pub request_hash: [u8; 32],
}

/// Who claims a key.
pub struct Claimant {
    /// The process. It must not claim a key for which a request of its own is still at work.
    pub node: Uuid,
    /// The other processes that live.
    pub others: Vec<Uuid>,
}

/// What a key stands for.
pub enum KeyState {
    /// Nothing until now; it is the caller's from this moment on.
    Claimed,
    /// An equal request that has no answer yet.
    AtWork,
    /// An equal request; its answer.
    Answered(String),
    /// Another request.
    Conflict,
}

impl Store {
    /// Claims a key, or tells what it stands for. The claim of an equal request is taken over if no
    /// other process that lives holds it.
    pub async fn claim_key(
        &self,
        request: &KeyedRequest,
        claimant: &Claimant,
        now: Timestamp,
    ) -> Result<KeyState, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let abandoned = if claimant.others.is_empty() {
            "TRUE".to_owned()
        } else {
            let others = placeholders(claimant.others.len(), 9);
            format!("(k.created_at <= $7 OR k.node_id NOT IN ({others}))")
        };
        let text = format!(
            "INSERT INTO idempotency_keys AS k (user_id, idempotency_key, request_hash, status, \
             answer, created_at, node_id, answer_bytes) VALUES ($1, $2, $3, $4, '', $5, $8, 0) \
             ON CONFLICT (user_id, idempotency_key) DO UPDATE SET \
             request_hash = excluded.request_hash, status = excluded.status, \
             answer = excluded.answer, created_at = excluded.created_at, \
             node_id = excluded.node_id, answer_bytes = excluded.answer_bytes \
             WHERE k.created_at <= $6 OR (k.status = $4 \
             AND k.request_hash = excluded.request_hash AND {abandoned}) \
             RETURNING status"
        );
        let values = [
            request.user_id.0.into(),
            request.key.clone().into(),
            request.request_hash.to_vec().into(),
            AT_WORK.into(),
            now.0.into(),
            now.minus(REMEMBERED).0.into(),
            now.minus(CLAIM_HOLDS).0.into(),
            claimant.node.into(),
        ];
        let others = claimant.others.iter().map(|id| Value::from(*id));
        let values: Vec<Value> = values.into_iter().chain(others).collect();
        if tx
            .query_one_raw(sql(backend, text, values))
            .await?
            .is_some()
        {
            tx.commit().await?;
            return Ok(KeyState::Claimed);
        }
        let state = find(&tx, request, now).await?;
        // Not undone: the conflict has locked the row, so this commit, and with it the answer that is
        // given again, is on the standby.
        tx.commit().await?;
        // Given up between the two statements: whoever asks again finds it free.
        Ok(state.unwrap_or(KeyState::AtWork))
    }

    /// What a key stands for, without claiming it.
    pub async fn find_key(
        &self,
        request: &KeyedRequest,
        now: Timestamp,
    ) -> Result<Option<KeyState>, StoreError> {
        let state = find(self.read(), request, now).await?;
        if matches!(state, Some(KeyState::Answered(_))) {
            self.confirm_visible().await?;
        }
        Ok(state)
    }

    /// Keeps the answer to a request that was claimed at `claimed_at`. Without effect if the claim
    /// has lapsed and was taken over.
    pub async fn keep_answer(
        &self,
        request: &KeyedRequest,
        claimed_at: Timestamp,
        status: u16,
        answer: &str,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "UPDATE idempotency_keys SET status = $5, answer = $6, answer_bytes = $7 \
                    WHERE user_id = $1 AND idempotency_key = $2 AND status = $3 AND created_at = $4";
        let values = [
            request.user_id.0.into(),
            request.key.clone().into(),
            AT_WORK.into(),
            claimed_at.0.into(),
            i64::from(status).into(),
            answer.into(),
            signed(answer.len() as u64).into(),
        ];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a claim up: the request was refused, and may be made again.
    pub async fn release_key(
        &self,
        request: &KeyedRequest,
        claimed_at: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM idempotency_keys \
                    WHERE user_id = $1 AND idempotency_key = $2 AND status = $3 AND created_at = $4";
        let values = [
            request.user_id.0.into(),
            request.key.clone().into(),
            AT_WORK.into(),
            claimed_at.0.into(),
        ];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes keys that are no longer remembered, at most `limit`; how many there were.
    pub async fn delete_expired_keys(&self, now: Timestamp, limit: u64) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM idempotency_keys WHERE (user_id, idempotency_key) IN \
                    (SELECT user_id, idempotency_key FROM idempotency_keys \
                    WHERE created_at <= $1 ORDER BY created_at LIMIT $2)";
        let values = [now.minus(REMEMBERED).0.into(), signed(limit).into()];
        let deleted = tx
            .execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        Ok(deleted.rows_affected())
    }
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    request: &KeyedRequest,
    now: Timestamp,
) -> Result<Option<KeyState>, StoreError> {
    let text = "SELECT request_hash, status, answer FROM idempotency_keys \
                WHERE user_id = $1 AND idempotency_key = $2 AND created_at > $3";
    let values = [
        request.user_id.0.into(),
        request.key.clone().into(),
        now.minus(REMEMBERED).0.into(),
    ];
    let backend = connection.get_database_backend();
    let row = connection.query_one_raw(sql(backend, text, values)).await?;
    let Some(row) = row else { return Ok(None) };
    let state = if column::<Vec<u8>>(&row, "request_hash")? != request.request_hash {
        KeyState::Conflict
    } else if column::<i64>(&row, "status")? == AT_WORK {
        KeyState::AtWork
    } else {
        KeyState::Answered(column(&row, "answer")?)
    };
    Ok(Some(state))
}
