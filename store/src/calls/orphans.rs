//! Calls whose process is gone, and which processes there are.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::{CallEndReason, CallId, Timestamp, UserId};
use uuid::Uuid;

use super::list::fill;
use super::{CALL, CallRecord, call};
use crate::dialect::{for_update, placeholders, signed, sql, with_rows};
use crate::{Store, StoreError};

/// Processes that are read, those with the newest marks: all that live, and a good many that do not.
const NODES_MAX: u32 = 1_000;
/// Rows of dead processes that are deleted with one statement.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// A process, and its sign of life: it has lived since this was last read if it is another one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeBeat {
    /// The process.
    pub id: Uuid,
    /// Raised each time that the process says it lives. Not to be compared with a clock.
    pub beat: i64,
}

/// Live calls of no process that lives: `alive` names those that do.
fn orphaned(alive: &str) -> String {
    format!(
        "SELECT c.id FROM calls c WHERE c.ended_at IS NULL \
         AND (c.node_id IS NULL OR c.node_id NOT IN ({alive}))"
    )
}

/// Calls that ended since a moment, the latest first.
const ENDED: &str = "FROM calls c WHERE c.ended_at IS NOT NULL AND c.ended_at >= $1 \
     ORDER BY c.ended_at DESC LIMIT $2";

/// Who was in so many calls and is not in their conversations any more.
fn departed_text(backend: DbBackend, calls: usize) -> String {
    format!(
        "{} SELECT o.call_id, o.user_id \
         FROM v CROSS JOIN call_participants o CROSS JOIN calls c \
         WHERE o.call_id = v.id AND c.id = o.call_id \
         AND NOT EXISTS (SELECT 1 FROM participants p \
             WHERE p.conversation_id = c.conversation_id AND p.user_id = o.user_id \
             AND p.left_revision IS NULL)",
        with_rows(backend, &[("id", "uuid")], calls, 1)
    )
}

/// Ends calls for reason `$1` at `$2`.
fn end_calls_text(calls: usize) -> String {
    format!(
        "UPDATE calls SET status = 'ENDED', reason = $1, ended_at = $2, \
         version = version + 1 WHERE id IN ({}) AND ended_at IS NULL",
        placeholders(calls, 3)
    )
}

/// Takes everybody out of calls at `$1`; who was still asked gets status `$2`.
fn end_parties_text(calls: usize) -> String {
    format!(
        "UPDATE call_participants SET left_at = CASE status WHEN 'JOINED' THEN $1 \
         ELSE left_at END, status = CASE status WHEN 'JOINED' THEN 'LEFT' ELSE $2 END \
         WHERE call_id IN ({}) AND status IN ('INVITED', 'RINGING', 'JOINED')",
        placeholders(calls, 3)
    )
}

/// Calls by their ids.
fn calls_text(calls: usize) -> String {
    format!(
        "SELECT {CALL} FROM calls c WHERE c.id IN ({})",
        placeholders(calls, 1)
    )
}

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
        let text = departed_text(self.backend(), calls.len());
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

    /// Says that a process lives. Its mark moves each time, whatever the wall clock does.
    pub async fn mark_node_seen(&self, node_id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "INSERT INTO nodes (id, seen_at) VALUES ($1, $2) \
                    ON CONFLICT (id) DO UPDATE SET seen_at = \
                    CASE WHEN excluded.seen_at > nodes.seen_at THEN excluded.seen_at \
                    ELSE nodes.seen_at + 1 END";
        let values = [node_id.into(), now.0.into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        if self.backend() == DbBackend::Sqlite {
            // Whoever had the file before is gone.
            let text = "DELETE FROM nodes WHERE id <> $1";
            tx.execute_raw(sql(self.backend(), text, [node_id.into()]))
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The other processes that share the database, or did: nobody else can have a file of SQLite
    /// open.
    pub async fn list_other_nodes(&self, node_id: Uuid) -> Result<Vec<NodeBeat>, StoreError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT id, seen_at FROM nodes WHERE id <> $1 ORDER BY seen_at DESC LIMIT {NODES_MAX}"
        );
        let statement = sql(self.backend(), text, [node_id.into()]);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(NodeBeat {
                    id: crate::dialect::column(row, "id")?,
                    beat: crate::dialect::column(row, "seen_at")?,
                })
            })
            .collect()
    }

    /// Deletes the rows of processes that are dead, unless they have said meanwhile that they live.
    pub async fn forget_nodes(&self, dead: &[NodeBeat]) -> Result<(), StoreError> {
        if dead.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        for some in dead.chunks(FORGOTTEN_AT_ONCE) {
            let pairs: Vec<String> = (0..some.len())
                .map(|index| format!("(id = ${} AND seen_at = ${})", 2 * index + 1, 2 * index + 2))
                .collect();
            let text = format!("DELETE FROM nodes WHERE {}", pairs.join(" OR "));
            let values = some
                .iter()
                .flat_map(|node| [Value::from(node.id), node.beat.into()]);
            tx.execute_raw(sql(self.backend(), text, values)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends up to `limit` live calls whose process is not among those that live; answers them as
    /// they are then.
    pub async fn end_orphaned_calls(
        &self,
        alive: &[Uuid],
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let last = alive.len() + 1;
        let found = orphaned(&placeholders(alive.len(), 1));
        let text = format!("{found} ORDER BY c.id LIMIT ${last}");
        let ids = alive.iter().map(|id| Value::from(*id));
        let values = ids.chain([signed(limit).into()]).collect();
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

    /// Live calls that this process keeps the time of.
    pub async fn list_kept_calls(
        &self,
        node_id: Uuid,
        limit: u64,
    ) -> Result<Vec<CallId>, StoreError> {
        let text = "SELECT id FROM calls WHERE ended_at IS NULL AND node_id = $1 \
                    ORDER BY created_at LIMIT $2";
        let values = [node_id.into(), signed(limit).into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| Ok(CallId(crate::dialect::column(row, "id")?)))
            .collect()
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
        let with = |first: Value, second: Value| {
            let ids = ids.iter().map(|id| Value::from(*id));
            [first, second].into_iter().chain(ids).collect::<Vec<_>>()
        };
        let text = end_calls_text(ids.len());
        let values = with(reason.as_str().into(), now.0.into());
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = end_parties_text(ids.len());
        let values = with(now.0.into(), "MISSED".into());
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = calls_text(ids.len());
        let values = ids.iter().map(|id| Value::from(*id));
        let rows = tx.query_all_raw(sql(backend, text, values)).await?;
        let mut calls = rows.iter().map(call).collect::<Result<Vec<_>, _>>()?;
        fill(&tx, backend, &mut calls).await?;
        tx.commit().await?;
        Ok(calls)
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Calls that a process ends in one go, and those that it looks at after a start.
    const ENDED_MAX: usize = 200;
    const RECENT_MAX: usize = 1_000;
    vec![
        Batched::new("calls: departed", RECENT_MAX, departed_text),
        Batched::new("calls: end", ENDED_MAX, |_, rows| end_calls_text(rows)),
        Batched::new("calls: end parties", ENDED_MAX, |_, rows| {
            end_parties_text(rows)
        }),
        Batched::new("calls: by id", ENDED_MAX, |_, rows| calls_text(rows)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    /// `SCAN c USING INDEX calls_live` walks through live calls alone, which are what is looked for.
    #[tokio::test]
    async fn calls_of_dead_processes_are_looked_for_among_live_ones() {
        let values = vec![Uuid::nil().into(), Uuid::nil().into()];
        let scans = table_scans(&orphaned("$1, $2"), values, &["c"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }

    #[tokio::test]
    async fn calls_that_ended_lately_are_found_by_when_they_did() {
        let values = vec![0_i64.into(), 1_i64.into()];
        let scans = table_scans(&format!("SELECT {CALL} {ENDED}"), values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
