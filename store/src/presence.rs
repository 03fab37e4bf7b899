//! Who may know whether somebody is here: those who have them as a contact or share a DM with them,
//! as far as their `privacy_last_seen` and blocks in either direction allow.
//!
//! Nothing of this is kept in memory: the next question sees a block that was just made.

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::{Timestamp, UserId};

use crate::conversations::dm_key;
use crate::dialect::{column, placeholders, signed, sql, values_rows};
use crate::log::VARIABLES_MAX;
use crate::{Store, StoreError};

/// A user, and somebody who may know whether they are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watch {
    /// Who is watched.
    pub user_id: UserId,
    /// Who may watch.
    pub watcher: UserId,
}

/// Somebody whom a viewer may watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Who.
    pub user_id: UserId,
    /// When any device of theirs was last in use.
    pub last_seen_at: Option<Timestamp>,
}

/// Whether `user`, whose settings are `s`, lets `watcher` know; both are columns or placeholders.
fn allows(user: &str, watcher: &str) -> String {
    format!(
        "(COALESCE(s.privacy_last_seen, 'everyone') = 'everyone' \
         OR (s.privacy_last_seen = 'contacts' AND EXISTS (SELECT 1 FROM contacts k \
             WHERE k.user_id = {user} AND k.contact_user_id = {watcher}))) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = {user} \
             AND b.blocked_user_id = {watcher}) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = {watcher} \
             AND b.blocked_user_id = {user})"
    )
}

/// The watchers of `users` users: `$1` to `$n`, then the pair that the page comes after, its length,
/// and, if `among` is not 0, so many users whom alone it is about.
fn watchers_text(users: usize, among: usize) -> String {
    let whom = placeholders(users, 1);
    let (after, limit) = (placeholders(2, users + 1), users + 3);
    let only = |column: &str| match among {
        0 => String::new(),
        count => format!(" AND {column} IN ({})", placeholders(count, users + 4)),
    };
    let (has, shares) = (only("c.user_id"), only("o.user_id"));
    let allows = allows("w.user_id", "w.watcher");
    format!(
        "SELECT w.user_id, w.watcher FROM ( \
         SELECT c.contact_user_id AS user_id, c.user_id AS watcher FROM contacts c \
         WHERE c.contact_user_id IN ({whom}){has} \
         UNION SELECT p.user_id, o.user_id AS watcher FROM participants p \
         JOIN conversations v ON v.id = p.conversation_id AND v.type = 'DM' \
         JOIN participants o ON o.conversation_id = p.conversation_id AND o.user_id <> p.user_id \
         WHERE p.user_id IN ({whom}) AND p.left_revision IS NULL AND o.left_revision IS NULL{shares} \
         ) w LEFT JOIN user_settings s ON s.user_id = w.user_id \
         WHERE (w.user_id, w.watcher) > ({after}) AND {allows} \
         ORDER BY w.user_id, w.watcher LIMIT ${limit}"
    )
}

/// Those of `count` users, each with the key of its DM with the viewer in `$1`, whom that viewer may
/// watch.
fn watched_text(backend: sea_orm::DbBackend, count: usize) -> String {
    let rows = values_rows(backend, &["uuid", "bytea"], count, 2);
    let allows = allows("u.id", "$1");
    format!(
        "WITH v (id, dm_key) AS (VALUES {rows}) \
         SELECT u.id, (SELECT MAX(d.last_seen_at) FROM devices d WHERE d.user_id = u.id) AS seen \
         FROM v JOIN users u ON u.id = v.id LEFT JOIN user_settings s ON s.user_id = u.id \
         WHERE u.deleted_at IS NULL AND (u.id = $1 OR ((EXISTS (SELECT 1 FROM contacts c \
             WHERE c.user_id = $1 AND c.contact_user_id = u.id) \
         OR EXISTS (SELECT 1 FROM conversations m WHERE m.dm_key = v.dm_key)) AND {allows}))"
    )
}

fn watchers_values(
    users: &[UserId],
    after: Option<Watch>,
    limit: u64,
    among: &[UserId],
) -> Vec<Value> {
    let nobody = UserId(uuid::Uuid::nil());
    let after = after.map_or([nobody, nobody], |last| [last.user_id, last.watcher]);
    let ids = users.iter().chain(&after).map(|id| Value::from(id.0));
    let mut values: Vec<Value> = ids.collect();
    values.push(signed(limit).into());
    values.extend(among.iter().map(|id| Value::from(id.0)));
    values
}

impl Store {
    /// A page of those who may know whether these users are here, in order, after a pair; with
    /// `among` only of these. Few hundred users and `among` at most.
    pub async fn list_watchers(
        &self,
        users: &[UserId],
        after: Option<Watch>,
        limit: u64,
        among: Option<&[UserId]>,
    ) -> Result<Vec<Watch>, StoreError> {
        let among = match among {
            Some([]) => return Ok(Vec::new()),
            Some(among) => among,
            None => &[],
        };
        if users.is_empty() {
            return Ok(Vec::new());
        }
        debug_assert!(2 * users.len() + 2 * among.len() + 3 < VARIABLES_MAX);
        let text = watchers_text(users.len(), among.len());
        let values = watchers_values(users, after, limit, among);
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let watch = |row| {
            Ok(Watch {
                user_id: UserId(column(row, "user_id")?),
                watcher: UserId(column(row, "watcher")?),
            })
        };
        rows.iter().map(watch).collect()
    }

    /// Those of some users whom a viewer may watch; oneself always. A hundred at most.
    pub async fn list_watched(
        &self,
        viewer: UserId,
        users: &[UserId],
    ) -> Result<Vec<Watched>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let mut values: Vec<Value> = vec![viewer.0.into()];
        for user_id in users {
            values.extend([user_id.0.into(), dm_key(viewer, *user_id).into()]);
        }
        let text = watched_text(self.backend(), users.len());
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let watched = |row| {
            Ok(Watched {
                user_id: UserId(column(row, "id")?),
                last_seen_at: column::<Option<i64>>(row, "seen")?.map(Timestamp),
            })
        };
        rows.iter().map(watched).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn looking_for_watchers_walks_through_no_table() {
        let users = [UserId(Uuid::nil()), UserId(Uuid::max())];
        for among in [&[][..], &users] {
            let text = watchers_text(users.len(), among.len());
            let values = watchers_values(&users, None, 100, among);
            let scans = table_scans(&text, values, &["w"]).await;
            assert_eq!(scans, Vec::<String>::new());
        }
        let values = vec![users[0].0.into(), users[1].0.into(), vec![0_u8].into()];
        let text = watched_text(sea_orm::DbBackend::Sqlite, 1);
        let scans = table_scans(&text, values, &["v", "1", "CONSTANT"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
