//! Reading calls: those that somebody may know of.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::{CallId, ConversationId, UserId};
use uuid::Uuid;

use super::{CALL, CallRecord, PARTY, call, party};
use crate::dialect::{counter, placeholders, signed, sql};
use crate::{Store, StoreError};

/// Which calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallShelf {
    /// Of a conversation.
    Conversation(ConversationId),
    /// That the user is or was in.
    Own,
    /// That go on in the user's conversations.
    Active,
    /// That the user has missed.
    Missed,
}

/// What user `$1` may know of a call `c`: they are in its conversation (`p`), were in it at the end
/// of the call or in the call itself, and no block hides it.
const VISIBLE: &str = "p.conversation_id = c.conversation_id AND p.user_id = $1 \
     AND p.left_revision IS NULL AND (c.hidden_from IS NULL OR c.hidden_from <> $1) \
     AND (c.ended_at IS NULL OR c.ended_at >= p.joined_at \
         OR EXISTS (SELECT 1 FROM call_participants v WHERE v.call_id = c.id AND v.user_id = $1))";

impl CallShelf {
    fn from(self) -> String {
        match self {
            Self::Conversation(_) => format!(
                "FROM calls c JOIN participants p ON {VISIBLE} WHERE c.conversation_id = $2"
            ),
            Self::Own => format!(
                "FROM call_participants m JOIN calls c ON c.id = m.call_id \
                 JOIN participants p ON {VISIBLE} WHERE m.user_id = $1"
            ),
            Self::Missed => format!(
                "FROM call_participants m JOIN calls c ON c.id = m.call_id \
                 JOIN participants p ON {VISIBLE} WHERE m.user_id = $1 AND m.status = 'MISSED'"
            ),
            Self::Active => format!(
                "FROM participants p JOIN calls c ON {VISIBLE} \
                 WHERE p.user_id = $1 AND c.ended_at IS NULL"
            ),
        }
    }

    /// The order of its index. `Active` is at most one call per conversation.
    fn order(self) -> &'static str {
        match self {
            Self::Conversation(_) | Self::Active => "c.created_at DESC, c.id DESC",
            Self::Own | Self::Missed => "m.invited_at DESC, m.call_id DESC",
        }
    }

    fn values(self, user_id: UserId) -> Vec<Value> {
        let mut values = vec![user_id.0.into()];
        if let Self::Conversation(id) = self {
            values.push(id.0.into());
        }
        values
    }

    fn page(self, first: usize) -> String {
        let (from, order) = (self.from(), self.order());
        format!(
            "SELECT {CALL} {from} ORDER BY {order} LIMIT ${first} OFFSET ${}",
            first + 1
        )
    }
}

impl Store {
    /// A call that a user may know of.
    pub async fn find_visible_call(
        &self,
        user_id: UserId,
        id: CallId,
    ) -> Result<Option<CallRecord>, StoreError> {
        let text =
            format!("SELECT {CALL} FROM calls c JOIN participants p ON {VISIBLE} WHERE c.id = $2");
        self.one_call(text, vec![user_id.0.into(), id.0.into()])
            .await
    }

    /// A call.
    pub async fn find_call(&self, id: CallId) -> Result<Option<CallRecord>, StoreError> {
        let text = format!("SELECT {CALL} FROM calls c WHERE c.id = $1");
        self.one_call(text, vec![id.0.into()]).await
    }

    async fn one_call(
        &self,
        text: String,
        values: Vec<Value>,
    ) -> Result<Option<CallRecord>, StoreError> {
        let snapshot = self.snapshot().await?;
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        let mut calls = match row {
            Some(row) => vec![call(&row)?],
            None => Vec::new(),
        };
        fill(&snapshot, self.backend(), &mut calls).await?;
        snapshot.commit().await?;
        Ok(calls.pop())
    }

    /// A page of calls that a user may know of, newest first, and how many there are.
    pub async fn list_calls(
        &self,
        user_id: UserId,
        which: CallShelf,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<CallRecord>, u64), StoreError> {
        let backend = self.backend();
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT COUNT(*) AS total {}", which.from());
        let row = snapshot
            .query_one_raw(sql(backend, text, which.values(user_id)))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let mut values = which.values(user_id);
        let text = which.page(values.len() + 1);
        values.extend([signed(limit).into(), signed(offset).into()]);
        let rows = snapshot.query_all_raw(sql(backend, text, values)).await?;
        let mut calls = rows.iter().map(call).collect::<Result<Vec<_>, _>>()?;
        fill(&snapshot, backend, &mut calls).await?;
        snapshot.commit().await?;
        Ok((calls, total))
    }
}

/// Who is in so many calls.
fn parties_text(calls: usize) -> String {
    format!(
        "SELECT {PARTY} WHERE o.call_id IN ({}) ORDER BY o.call_id, o.invited_at, o.user_id",
        placeholders(calls, 1)
    )
}

/// Reads who is in these calls: at most a page of them.
pub(super) async fn fill(
    reader: &impl ConnectionTrait,
    backend: DbBackend,
    calls: &mut [CallRecord],
) -> Result<(), StoreError> {
    // An empty page asks too, with an id that no call has: a list is as many statements as ever.
    let mut ids: Vec<Uuid> = calls.iter().map(|call| call.id.0).collect();
    if ids.is_empty() {
        ids.push(Uuid::nil());
    }
    let text = parties_text(ids.len());
    let values = ids.iter().map(|id| Value::from(*id));
    let mut found: HashMap<CallId, Vec<_>> = HashMap::new();
    for row in reader.query_all_raw(sql(backend, text, values)).await? {
        let (id, party) = party(&row)?;
        found.entry(id).or_default().push(party);
    }
    for call in calls {
        call.parties = found.remove(&call.id).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // Calls that a process looks at after a start.
    const RECENT_MAX: usize = 1_000;
    vec![Batched::new("calls: parties", RECENT_MAX, |_, rows| {
        parties_text(rows)
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn no_list_of_calls_walks_through_a_table() {
        let shelves = [
            CallShelf::Conversation(ConversationId(Uuid::nil())),
            CallShelf::Own,
            CallShelf::Active,
            CallShelf::Missed,
        ];
        for shelf in shelves {
            let mut values = shelf.values(UserId(Uuid::nil()));
            let text = shelf.page(values.len() + 1);
            values.extend([20_i64.into(), 0_i64.into()]);
            let scans = table_scans(&text, values, &[]).await;
            assert_eq!(scans, Vec::<String>::new(), "{shelf:?}");
        }
    }
}
