//! Push tokens: at most one for each device and platform.
//!
//! A token names one installation of an app. Whoever registers it has that installation, so it is
//! taken from every other device, else one account's wake-ups would go on reaching another's phone.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use sentinal_protocol::api::push::PushToken;
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{ConversationId, DeviceId, PushPlatform, Timestamp, UserId};
use uuid::Uuid;

use crate::dialect::{column, placeholders, signed, sql, with_rows};
use crate::log::lock_users;
use crate::{Store, StoreError, Stored};

const SELECT: &str = "SELECT t.id, d.device_id, t.platform, t.token, t.created_at \
     FROM push_tokens t JOIN devices d ON d.id = t.device_id";

/// Where a device can be woken.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// The stored token.
    pub token_id: Uuid,
    /// Whose device.
    pub user_id: UserId,
    /// The device.
    pub device_id: DeviceId,
    /// Whose service wakes it.
    pub platform: PushPlatform,
    /// What that service knows it by.
    pub token: String,
}

impl std::fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTarget")
            .field("device_id", &self.device_id)
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}

const TARGET: &str = "t.id, t.user_id, t.device_id, t.platform, t.token";

/// Whether token `t` may be used: its user wants to be notified, and somebody is signed in on its
/// device. `{now}` is the placeholder of the present.
fn usable(now: &str) -> String {
    format!(
        "COALESCE((SELECT s.notifications_enabled FROM user_settings s \
             WHERE s.user_id = t.user_id), TRUE) \
         AND EXISTS (SELECT 1 FROM devices d WHERE d.id = t.device_id AND d.removed_at IS NULL) \
         AND EXISTS (SELECT 1 FROM login_sessions l WHERE l.device_id = t.device_id \
             AND l.revoked_at IS NULL AND l.expires_at > {now})"
    )
}

/// Tokens of the participants of `count` conversations who have not muted them: `$1` to `$n`, the
/// present, the pair that the page comes after, its length.
///
/// They are gathered before they are sorted: PostgreSQL would else walk through all tokens there are
/// in the order of their ids.
fn targets_in_text(backend: DbBackend, count: usize) -> String {
    let rows = with_rows(backend, &[("id", "uuid")], count, 1);
    let (now, limit) = (format!("${}", count + 1), count + 4);
    let (after, usable) = (placeholders(2, count + 2), usable(&now));
    format!(
        "{rows}, found AS MATERIALIZED (SELECT p.conversation_id, k.id, k.user_id, k.device_id, \
             k.platform, k.token FROM v CROSS JOIN participants p CROSS JOIN push_tokens k \
             WHERE p.conversation_id = v.id AND p.left_revision IS NULL \
             AND (p.muted_until IS NULL OR p.muted_until <= {now}) AND k.user_id = p.user_id) \
         SELECT t.conversation_id, {TARGET} FROM found t \
         WHERE (t.id, t.conversation_id) > ({after}) AND {usable} \
         ORDER BY t.id, t.conversation_id LIMIT ${limit}"
    )
}

/// Tokens of so many users: `$1` to `$n`, then the present.
fn targets_text(users: usize) -> String {
    let whom = placeholders(users, 1);
    let usable = usable(&format!("${}", users + 1));
    format!(
        "SELECT {TARGET} FROM push_tokens t WHERE t.user_id IN ({whom}) AND {usable} \
         ORDER BY t.id"
    )
}

/// Those of so many users and calls whose users have muted the call's conversation, and do not want to
/// be woken for it; the present is `$1`.
fn silent_calls_text(backend: DbBackend, rows: usize) -> String {
    let columns = [("user_id", "uuid"), ("call_id", "uuid")];
    format!(
        "{} SELECT v.user_id, v.call_id FROM v CROSS JOIN calls c CROSS JOIN participants p \
         WHERE c.id = v.call_id AND p.conversation_id = c.conversation_id \
         AND p.user_id = v.user_id AND p.muted_until > $1 \
         AND NOT COALESCE((SELECT s.calls_ring_muted FROM user_settings s \
             WHERE s.user_id = v.user_id), FALSE)",
        with_rows(backend, &columns, rows, 2)
    )
}

fn targets_in_values(
    conversations: &[ConversationId],
    after: Option<(Uuid, ConversationId)>,
    limit: u64,
    now: Timestamp,
) -> Vec<Value> {
    let mut values: Vec<Value> = conversations.iter().map(|id| id.0.into()).collect();
    let (token, conversation) = after.map_or((Uuid::nil(), Uuid::nil()), |(id, it)| (id, it.0));
    values.extend([
        now.0.into(),
        token.into(),
        conversation.into(),
        signed(limit).into(),
    ]);
    values
}

fn push_target(row: &QueryResult) -> Result<PushTarget, StoreError> {
    Ok(PushTarget {
        token_id: column(row, "id")?,
        user_id: UserId(column(row, "user_id")?),
        device_id: DeviceId(column(row, "device_id")?),
        platform: PushPlatform::parse(&column::<String>(row, "platform")?)
            .ok_or(StoreError::Corrupt("push platform"))?,
        token: column(row, "token")?,
    })
}

fn push_token(row: &QueryResult) -> Result<PushToken, StoreError> {
    Ok(PushToken {
        id: column(row, "id")?,
        device_id: column(row, "device_id")?,
        platform: PushPlatform::parse(&column::<String>(row, "platform")?)
            .ok_or(StoreError::Corrupt("push platform"))?,
        token: column(row, "token")?,
        created_at: Timestamp(column(row, "created_at")?),
    })
}

impl Store {
    /// Stores a push token of a user's device in place of its other one of that platform. `None`:
    /// the user has no such device.
    pub async fn put_push_token(
        &self,
        user_id: UserId,
        device: DeviceId,
        platform: PushPlatform,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Stored<PushToken>>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let backend = self.backend();
        let text = format!("{SELECT} WHERE t.device_id = $1 AND t.platform = $2 AND t.token = $3");
        let values = [device.0.into(), platform.as_str().into(), token.into()];
        if let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? {
            return Ok(Some(Stored::Unchanged(push_token(&row)?)));
        }
        let text = "DELETE FROM push_tokens WHERE (token = $1 AND platform = $2) \
                    OR (device_id = $3 AND platform = $2)";
        let values = [token.into(), platform.as_str().into(), device.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let id = new_uuid(now);
        let text = "INSERT INTO push_tokens (id, user_id, device_id, platform, token, created_at) \
                    SELECT $1, d.user_id, d.id, $4, $5, $6 FROM devices d \
                    WHERE d.id = $2 AND d.user_id = $3 AND d.removed_at IS NULL";
        let values = [
            id.into(),
            device.0.into(),
            user_id.0.into(),
            platform.as_str().into(),
            token.into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = format!("{SELECT} WHERE t.id = $1");
        let row = tx.query_one_raw(sql(backend, text, [id.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let stored = push_token(&row)?;
        tx.commit().await?;
        Ok(Some(Stored::Created(stored)))
    }

    /// The push tokens of all of a user's devices, oldest first: as many as devices and platforms
    /// allow.
    pub async fn list_push_tokens(&self, user_id: UserId) -> Result<Vec<PushToken>, StoreError> {
        let text = format!("{SELECT} WHERE t.user_id = $1 ORDER BY t.created_at, t.id");
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        rows.iter().map(push_token).collect()
    }

    /// Deletes one of a user's push tokens; false if they have no such one.
    pub async fn delete_push_token(&self, user_id: UserId, id: Uuid) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM push_tokens WHERE id = $1 AND user_id = $2";
        let values = [id.into(), user_id.0.into()];
        let deleted = tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// A page of where the devices of conversations' participants can be woken for a message, in
    /// order of the tokens' ids, after a pair; a token is there once for each conversation. A hundred
    /// conversations at most.
    pub async fn list_push_targets_in(
        &self,
        conversations: &[ConversationId],
        after: Option<(Uuid, ConversationId)>,
        limit: u64,
        now: Timestamp,
    ) -> Result<Vec<(ConversationId, PushTarget)>, StoreError> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let text = targets_in_text(self.backend(), conversations.len());
        let values = targets_in_values(conversations, after, limit, now);
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let target = |row| {
            let conversation_id = ConversationId(column(row, "conversation_id")?);
            Ok((conversation_id, push_target(row)?))
        };
        rows.iter().map(target).collect()
    }

    /// Where the devices of users can be woken. A hundred users at most.
    pub async fn list_push_targets(
        &self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<PushTarget>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let text = targets_text(users.len());
        let mut values: Vec<Value> = users.iter().map(|id| id.0.into()).collect();
        values.push(now.0.into());
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter().map(push_target).collect()
    }

    /// Those of these users, each with a call, who have muted the call's conversation and do not want
    /// to be woken for it. A hundred at most.
    pub async fn list_silent_calls(
        &self,
        called: &[(UserId, Uuid)],
        now: Timestamp,
    ) -> Result<HashSet<(UserId, Uuid)>, StoreError> {
        if called.is_empty() {
            return Ok(HashSet::new());
        }
        let text = silent_calls_text(self.backend(), called.len());
        let ids = called
            .iter()
            .flat_map(|(user_id, call_id)| [user_id.0.into(), (*call_id).into()]);
        let values = std::iter::once(now.0.into()).chain(ids);
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok((UserId(column(row, "user_id")?), column(row, "call_id")?)))
            .collect()
    }

    /// Deletes a token that its service knows no more; one that was replaced meanwhile stays.
    pub async fn delete_dead_push_token(&self, dead: &PushTarget) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM push_tokens WHERE id = $1 AND token = $2";
        let values = [dead.token_id.into(), dead.token.as_str().into()];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    // As said at the functions that ask.
    const MOST: usize = 100;
    vec![
        Batched::new("push: of users", MOST, |_, rows| targets_text(rows)),
        Batched::new("push: silent calls", MOST, silent_calls_text),
        Batched::new("push: in conversations", MOST, targets_in_text).with_own(&["v", "t"]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn looking_for_whom_to_wake_walks_through_no_table() {
        let conversations = [ConversationId(Uuid::nil()), ConversationId(Uuid::max())];
        let text = targets_in_text(DbBackend::Sqlite, conversations.len());
        let values = targets_in_values(&conversations, None, 100, Timestamp(0));
        let scans = table_scans(&text, values, &["v", "t"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
