//! Calls whose process is gone, and which processes there are.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::{CallEndReason, CallId, Timestamp, UserId};
use uuid::Uuid;

use super::list::fill;
use super::{CALL, CallRecord, call};
use crate::dialect::{for_update, placeholders, signed, sql};
use crate::{Store, StoreError};

/// A process that was not heard of for so long is gone.
pub const NODE_GONE_AFTER: Duration = Duration::from_secs(10);
/// A process that is gone is forgotten after this.
const NODE_FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// Live calls of no process that lives: SQLite has a single one, the asking.
const ORPHANED: &str = "SELECT c.id FROM calls c WHERE c.ended_at IS NULL \
     AND (c.node_id IS NULL OR (c.node_id <> $1 \
     AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = c.node_id AND n.seen_at >= $2)))";

/// Calls that ended since a moment, the latest first.
const ENDED: &str = "FROM calls c WHERE c.ended_at IS NOT NULL AND c.ended_at >= $1 \
     ORDER BY c.ended_at DESC LIMIT $2";

impl Store {
    /// Calls that have ended since a moment, the earliest first; of more than `limit` the latest.
    pub async fn list_ended_calls(
        &self,
        since: Timestamp,
        limit: u64,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT {CALL} {ENDED}");
        let values = [since.0.into(), signed(limit).into()];
        let statement = sql(self.backend(), text, values);
        let rows = snapshot.query_all_raw(statement).await?;
        let mut calls = rows.iter().rev().map(call).collect::<Result<Vec<_>, _>>()?;
        fill(&snapshot, self.backend(), &mut calls).await?;
        snapshot.commit().await?;
        Ok(calls)
    }

    /// Who was in these calls and is not in their conversations any more.
    pub async fn list_departed(
        &self,
        calls: &[CallId],
    ) -> Result<HashSet<(CallId, UserId)>, StoreError> {
        if calls.is_empty() {
            return Ok(HashSet::new());
        }
        let text = format!(
            "SELECT o.call_id, o.user_id FROM call_participants o \
             JOIN calls c ON c.id = o.call_id WHERE o.call_id IN ({}) \
             AND NOT EXISTS (SELECT 1 FROM participants p \
                 WHERE p.conversation_id = c.conversation_id AND p.user_id = o.user_id \
                 AND p.left_revision IS NULL)",
            placeholders(calls.len(), 1)
        );
        let values = calls.iter().map(|id| Value::from(id.0));
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let user_id = UserId(crate::dialect::column(row, "user_id")?);
                Ok((CallId(crate::dialect::column(row, "call_id")?), user_id))
            })
            .collect()
    }

    /// Says that a process lives.
    pub async fn mark_node_seen(&self, node_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "INSERT INTO nodes (id, seen_at) VALUES ($1, $2) \
                    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at";
        let values = [node_id.into(), now.0.into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        let text = "DELETE FROM nodes WHERE seen_at < $1";
        let values = [now.minus(NODE_FORGOTTEN_AFTER).0.into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends up to `limit` live calls whose process is gone; answers them as they are then.
    pub async fn end_orphaned_calls(
        &self,
        node_id: Uuid,
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let alive_since = match self.backend() {
            // Nobody else can have it open.
            DbBackend::Sqlite => Timestamp(i64::MAX),
            _ => now.minus(NODE_GONE_AFTER),
        };
        let text = format!("{ORPHANED} ORDER BY c.id LIMIT $3");
        let values = vec![node_id.into(), alive_since.0.into(), signed(limit).into()];
        self.end_found_calls(text, values, CallEndReason::NetworkError, now)
            .await
    }

    /// Ends a live call that nobody keeps the time of any more; `None` if it has ended already.
    pub async fn end_abandoned_call(
        &self,
        id: CallId,
        now: Timestamp,
    ) -> Result<Option<CallRecord>, StoreError> {
        let text = "SELECT c.id FROM calls c WHERE c.id = $1 AND c.ended_at IS NULL".to_owned();
        let ended = self
            .end_found_calls(text, vec![id.0.into()], CallEndReason::NetworkError, now)
            .await?;
        Ok(ended.into_iter().next())
    }

    /// Live calls that this process keeps the time of, made before a moment.
    pub async fn list_kept_calls(
        &self,
        node_id: Uuid,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<CallId>, StoreError> {
        let text = "SELECT id FROM calls WHERE ended_at IS NULL AND node_id = $1 \
                    AND created_at < $2 ORDER BY created_at LIMIT $3";
        let values = [node_id.into(), before.0.into(), signed(limit).into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| Ok(CallId(crate::dialect::column(row, "id")?)))
            .collect()
    }

    /// Whether a process was heard of lately.
    pub async fn is_node_alive(&self, node_id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(false);
        }
        let text = "SELECT 1 AS one FROM nodes WHERE id = $1 AND seen_at >= $2";
        let values = [node_id.into(), now.minus(NODE_GONE_AFTER).0.into()];
        let statement = sql(self.backend(), text, values);
        Ok(self.read().query_one_raw(statement).await?.is_some())
    }

    async fn end_found_calls(
        &self,
        found: String,
        values: Vec<Value>,
        reason: CallEndReason,
        now: Timestamp,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let backend = self.backend();
        let tx = self.begin().await?;
        let text = format!("{found}{}", for_update(backend));
        let rows = tx.query_all_raw(sql(backend, text, values)).await?;
        let ids: Vec<Uuid> = rows
            .iter()
            .map(|row| crate::dialect::column(row, "id"))
            .collect::<Result<_, _>>()?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list = placeholders(ids.len(), 3);
        let with = |first: Value, second: Value| {
            let ids = ids.iter().map(|id| Value::from(*id));
            [first, second].into_iter().chain(ids).collect::<Vec<_>>()
        };
        let text = format!(
            "UPDATE calls SET status = 'ENDED', reason = $1, ended_at = $2, \
             version = version + 1 WHERE id IN ({list}) AND ended_at IS NULL"
        );
        let values = with(reason.as_str().into(), now.0.into());
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = format!(
            "UPDATE call_participants SET left_at = CASE status WHEN 'JOINED' THEN $1 \
             ELSE left_at END, status = CASE status WHEN 'JOINED' THEN 'LEFT' ELSE $2 END \
             WHERE call_id IN ({list}) AND status IN ('INVITED', 'RINGING', 'JOINED')"
        );
        let values = with(now.0.into(), "MISSED".into());
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = format!(
            "SELECT {CALL} FROM calls c WHERE c.id IN ({})",
            placeholders(ids.len(), 1)
        );
        let values = ids.iter().map(|id| Value::from(*id));
        let rows = tx.query_all_raw(sql(backend, text, values)).await?;
        let mut calls = rows.iter().map(call).collect::<Result<Vec<_>, _>>()?;
        fill(&tx, backend, &mut calls).await?;
        tx.commit().await?;
        Ok(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    /// `SCAN c USING INDEX calls_live` walks through live calls alone, which are what is looked for.
    #[tokio::test]
    async fn calls_of_dead_processes_are_looked_for_among_live_ones() {
        let values = vec![Uuid::nil().into(), 0_i64.into()];
        let scans = table_scans(&format!("{ORPHANED} AND TRUE"), values, &["c"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }

    #[tokio::test]
    async fn calls_that_ended_lately_are_found_by_when_they_did() {
        let values = vec![0_i64.into(), 1_i64.into()];
        let scans = table_scans(&format!("SELECT {CALL} {ENDED}"), values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
