//! Who may know whether somebody is here: those who have them as a contact or share a DM with them,
//! as far as their `privacy_last_seen` and blocks in either direction allow.
//!
//! Nothing of this is kept in memory: the next question sees a block that was just made.

use sea_orm::{ConnectionTrait, DbBackend, Value};
use sentinal_protocol::{Timestamp, UserId};
use uuid::Uuid;

use crate::conversations::dm_key;
use crate::dialect::{READ_ROWS_MAX, column, signed, sql, with_rows};
use crate::{Store, StoreError};

/// A user, and somebody who may know whether they are here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watch {
    /// Who is watched.
    pub user_id: UserId,
    /// Who may watch.
    pub watcher: UserId,
    /// Whether the watcher has them as a contact. If not, the two share a DM.
    pub is_contact: bool,
}

/// Audiences of which one statement reads a page each.
pub const AUDIENCES_PER_PAGE: usize = 16;

/// From where the audience of a user is read on. Its two halves have orders of their own: those who
/// have the user as a contact go by their id, the user's conversations by theirs.
#[derive(Clone, Copy, Debug)]
pub struct AudiencePlace {
    /// Whose audience.
    pub user_id: UserId,
    /// After which contact; `None`: that half is not read.
    pub contacts: Option<Uuid>,
    /// After which conversation; `None`: that half is not read.
    pub dms: Option<Uuid>,
}

/// A place in an audience, and who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the order of its half.
    pub key: Uuid,
    /// Who may know, unless settings or blocks forbid it. Nobody for a conversation that is no DM.
    pub watcher: Option<UserId>,
}

/// A page of both halves of an audience, in order. A half with fewer rows than were asked for has
/// ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudiencePage {
    /// Who has the user as a contact.
    pub contacts: Vec<Candidate>,
    /// Who shares a conversation.
    pub dms: Vec<Candidate>,
}

/// Somebody whom a viewer may watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The user.
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

/// A page of [`AUDIENCES_PER_PAGE`] audiences: for each of them a user and the two places to read on
/// from, then the rows of a page. Each half is a range of an index, read up to the end of the page
/// and no further; what settings and blocks say is looked up for those alone who are here.
fn audiences_text() -> String {
    let limit = 3 * AUDIENCES_PER_PAGE + 1;
    let half = |slot: usize| {
        let (user, contact, dm) = (3 * slot + 1, 3 * slot + 2, 3 * slot + 3);
        format!(
            "SELECT {slot} AS slot, 0 AS half, t.k AS k, t.k AS watcher FROM ( \
             SELECT c.user_id AS k FROM contacts c \
             WHERE c.contact_user_id = ${user} AND c.user_id > ${contact} \
             ORDER BY c.user_id LIMIT ${limit}) t \
             UNION ALL SELECT {slot}, 1, t.k, o.user_id FROM ( \
             SELECT p.conversation_id AS k FROM participants p \
             WHERE p.user_id = ${user} AND p.conversation_id > ${dm} \
             ORDER BY p.conversation_id LIMIT ${limit}) t \
             LEFT JOIN conversations d ON d.id = t.k AND d.type = 'DM' \
             LEFT JOIN participants o ON o.conversation_id = d.id AND o.user_id <> ${user}"
        )
    };
    let halves: Vec<String> = (0..AUDIENCES_PER_PAGE).map(half).collect();
    halves.join(" UNION ALL ")
}

fn audiences_values(places: &[AudiencePlace], rows: u64) -> Vec<Value> {
    // Places that nobody asked for: nothing comes after them.
    let nothing = AudiencePlace {
        user_id: UserId(Uuid::nil()),
        contacts: None,
        dms: None,
    };
    let all = places.iter().chain(std::iter::repeat(&nothing));
    let ids = all.take(AUDIENCES_PER_PAGE).flat_map(|place| {
        let after = |half: Option<Uuid>| half.unwrap_or(Uuid::max());
        [place.user_id.0, after(place.contacts), after(place.dms)]
    });
    let mut values: Vec<Value> = ids.map(Value::from).collect();
    values.push(signed(rows).into());
    values
}

/// Which of `count` pairs may watch, each a user, a watcher and the key of their DM.
fn watches_text(backend: DbBackend, count: usize) -> String {
    let columns = [
        ("user_id", "uuid"),
        ("watcher", "uuid"),
        ("dm_key", "bytea"),
    ];
    let rows = with_rows(backend, &columns, count, 1);
    let is_contact = "EXISTS (SELECT 1 FROM contacts c \
                      WHERE c.user_id = v.watcher AND c.contact_user_id = v.user_id)";
    let allows = allows("v.user_id", "v.watcher");
    format!(
        "{rows} SELECT v.user_id, v.watcher, CASE WHEN {is_contact} THEN 1 ELSE 0 END AS is_contact \
         FROM v LEFT JOIN user_settings s ON s.user_id = v.user_id \
         WHERE ({is_contact} OR EXISTS (SELECT 1 FROM conversations m WHERE m.dm_key = v.dm_key)) \
         AND {allows}"
    )
}

/// Those of `count` users, each with the key of its DM with the viewer in `$1`, whom that viewer may
/// watch.
fn watched_text(backend: DbBackend, count: usize) -> String {
    let rows = with_rows(backend, &[("id", "uuid"), ("dm_key", "bytea")], count, 2);
    let allows = allows("u.id", "$1");
    format!(
        "{rows} SELECT u.id, (SELECT MAX(d.last_seen_at) FROM devices d WHERE d.user_id = u.id) AS seen \
         FROM v CROSS JOIN users u LEFT JOIN user_settings s ON s.user_id = u.id \
         WHERE u.id = v.id AND u.deleted_at IS NULL AND (u.id = $1 OR ((EXISTS (SELECT 1 FROM contacts c \
             WHERE c.user_id = $1 AND c.contact_user_id = u.id) \
         OR EXISTS (SELECT 1 FROM conversations m WHERE m.dm_key = v.dm_key)) AND {allows}))"
    )
}

impl Store {
    /// A page of each of these audiences, of so many rows per half, in the order of the places: at
    /// most [`AUDIENCES_PER_PAGE`]. Who is in it may know, unless settings or blocks forbid it, which
    /// [`Store::list_watches`] tells.
    pub async fn list_audiences(
        &self,
        places: &[AudiencePlace],
        rows: usize,
    ) -> Result<Vec<AudiencePage>, StoreError> {
        debug_assert!(places.len() <= AUDIENCES_PER_PAGE);
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let values = audiences_values(places, rows as u64);
        let found = self
            .read()
            .query_all_raw(sql(self.backend(), audiences_text(), values))
            .await?;
        let mut pages = vec![AudiencePage::default(); places.len()];
        for row in &found {
            let slot = usize::try_from(column::<i32>(row, "slot")?).unwrap_or(usize::MAX);
            let Some(page) = pages.get_mut(slot) else {
                return Err(StoreError::Corrupt("an audience nobody asked for"));
            };
            let candidate = Candidate {
                key: column(row, "k")?,
                watcher: column::<Option<Uuid>>(row, "watcher")?.map(UserId),
            };
            if column::<i32>(row, "half")? == 0 {
                page.contacts.push(candidate);
            } else {
                page.dms.push(candidate);
            }
        }
        for page in &mut pages {
            // The order within a half is lost where the database puts halves together.
            page.contacts.sort_unstable_by_key(|it| it.key);
            page.dms.sort_unstable_by_key(|it| it.key);
        }
        Ok(pages)
    }

    /// Those of some pairs of a user and a watcher of whom the second may know whether the first is
    /// here.
    pub async fn list_watches(&self, pairs: &[(UserId, UserId)]) -> Result<Vec<Watch>, StoreError> {
        let mut watches = Vec::new();
        for pairs in pairs.chunks(READ_ROWS_MAX) {
            let mut values: Vec<Value> = Vec::with_capacity(3 * pairs.len());
            for (user_id, watcher) in pairs {
                let key = dm_key(*user_id, *watcher);
                values.extend([user_id.0.into(), watcher.0.into(), key.into()]);
            }
            let text = watches_text(self.backend(), pairs.len());
            let rows = self
                .read()
                .query_all_raw(sql(self.backend(), text, values))
                .await?;
            for row in &rows {
                watches.push(Watch {
                    user_id: UserId(column(row, "user_id")?),
                    watcher: UserId(column(row, "watcher")?),
                    is_contact: column::<i32>(row, "is_contact")? == 1,
                });
            }
        }
        Ok(watches)
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
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![
        Batched::new("presence: audiences", 1, |_, _| audiences_text()).with_own(&["v", "t"]),
        Batched::new("presence: watches", READ_ROWS_MAX, watches_text),
        Batched::new(
            "presence: watched",
            sentinal_protocol::limits::USERS_NAMED_MAX,
            watched_text,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn looking_for_watchers_walks_through_no_table() {
        let users = [UserId(Uuid::nil()), UserId(Uuid::max())];
        let values = audiences_values(&[], 100);
        let scans = table_scans(&audiences_text(), values, &["t"]).await;
        assert_eq!(scans, Vec::<String>::new());
        let values = vec![users[0].0.into(), users[1].0.into(), vec![0_u8].into()];
        let text = watched_text(DbBackend::Sqlite, 1);
        let scans = table_scans(&text, values, &["v", "1", "CONSTANT"]).await;
        assert_eq!(scans, Vec::<String>::new());
    }
}
