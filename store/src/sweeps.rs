//! What a node compares with what it keeps in memory, for many rows at once and by primary key: it may
//! not have heard of what other nodes have changed. Heads of conversations are in [`crate::heads`].

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sentinal_protocol::{ConversationId, LoginSessionId, Timestamp, UserId};
use uuid::Uuid;

use crate::dialect::{READ_ROWS_MAX, column, counter, sql, with_rows};
use crate::{Store, StoreError};

impl Store {
    /// How often what belongs to these accounts and to no conversation has changed.
    pub async fn list_account_revisions(
        &self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, u64)>, StoreError> {
        let rows = self.rows_of(users.iter().map(|id| id.0), accounts_text, &[]);
        let numbered = rows.await?.into_iter().map(|row| {
            let id = UserId(column(&row, "id")?);
            Ok((id, counter(&row, "account_revision")?))
        });
        numbered.collect()
    }

    /// How often who may do what has changed in these conversations.
    pub async fn list_access_versions(
        &self,
        ids: &[ConversationId],
    ) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let rows = self.rows_of(ids.iter().map(|id| id.0), access_text, &[]);
        let numbered = rows.await?.into_iter().map(|row| {
            let id = ConversationId(column(&row, "conversation_id")?);
            Ok((id, counter(&row, "access_version")?))
        });
        numbered.collect()
    }

    /// Those of these conversations that have so many participants or more.
    pub async fn list_large(
        &self,
        ids: &[ConversationId],
        at_least: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let passed: [Value; 1] = [i64::from(at_least.saturating_sub(1)).into()];
        let rows = self.rows_of(ids.iter().map(|id| id.0), large_text, &passed);
        let large = rows.await?.into_iter();
        large
            .map(|row| Ok(ConversationId(column(&row, "id")?)))
            .collect()
    }

    /// Those of these login sessions that have ended.
    pub async fn list_ended_logins(
        &self,
        ids: &[LoginSessionId],
        now: Timestamp,
    ) -> Result<Vec<LoginSessionId>, StoreError> {
        let now: [Value; 1] = [now.0.into()];
        let rows = self.rows_of(ids.iter().map(|id| id.0), logins_text, &now);
        let mut alive = HashSet::new();
        for row in rows.await? {
            alive.insert(column::<Uuid>(&row, "id")?);
        }
        let ended = ids.iter().filter(|id| !alive.contains(&id.0));
        Ok(ended.copied().collect())
    }

    /// What a statement over a batch of ids answers, with more values behind them.
    async fn rows_of(
        &self,
        ids: impl Iterator<Item = Uuid>,
        text: fn(DbBackend, usize) -> String,
        more: &[Value],
    ) -> Result<Vec<QueryResult>, StoreError> {
        let ids: Vec<Uuid> = ids.collect();
        let mut rows = Vec::new();
        for chunk in ids.chunks(READ_ROWS_MAX) {
            let values = chunk.iter().map(|id| Value::from(*id));
            let values = values.chain(more.iter().cloned());
            let statement = sql(self.backend(), text(self.backend(), chunk.len()), values);
            rows.extend(self.read().query_all_raw(statement).await?);
        }
        Ok(rows)
    }
}

fn accounts_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT u.id, u.account_revision FROM v CROSS JOIN users u WHERE u.id = v.id",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

fn access_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT h.conversation_id, h.access_version \
         FROM v CROSS JOIN conversation_heads h WHERE h.conversation_id = v.id",
        with_rows(backend, &[("id", "uuid")], rows, 1)
    )
}

/// Walks over as many participants of each as make a large one, and no further.
fn large_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT v.id FROM v WHERE EXISTS (SELECT 1 FROM participants p \
         WHERE p.conversation_id = v.id AND p.left_revision IS NULL LIMIT 1 OFFSET ${})",
        with_rows(backend, &[("id", "uuid")], rows, 1),
        rows + 1
    )
}

fn logins_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT s.id FROM v CROSS JOIN login_sessions s JOIN devices d ON d.id = s.device_id \
         WHERE s.id = v.id AND s.revoked_at IS NULL AND s.expires_at > ${} \
         AND d.removed_at IS NULL AND NOT d.dormant",
        with_rows(backend, &[("id", "uuid")], rows, 1),
        rows + 1
    )
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![
        Batched::new("sweeps: accounts", READ_ROWS_MAX, accounts_text),
        Batched::new("sweeps: who may do what", READ_ROWS_MAX, access_text),
        Batched::new("sweeps: large conversations", READ_ROWS_MAX, large_text),
        Batched::new("sweeps: logins", READ_ROWS_MAX, logins_text),
    ]
}
