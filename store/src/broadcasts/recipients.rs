//! Who is on a broadcast list.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Set};
use sentinal_entity::broadcast_recipients;
use sentinal_protocol::api::broadcasts::{Recipient, RecipientCheck, Recipients, SkippedUser};
use sentinal_protocol::{BroadcastId, SkipReason, Timestamp, UserId, limits};
use uuid::Uuid;

use super::lock;
use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql, with_rows};
use crate::{Store, StoreError};

/// Who is on the list `$1` and still has an account.
const ON_LIST: &str = "FROM broadcast_recipients r JOIN users u ON u.id = r.user_id \
     WHERE r.broadcast_id = $1 AND u.deleted_at IS NULL";

/// A page of [`ON_LIST`], in the order in which they were added.
fn page() -> String {
    format!(
        "SELECT r.user_id, u.username, u.display_name, r.created_at {ON_LIST} \
         ORDER BY r.created_at, r.user_id LIMIT $2 OFFSET $3"
    )
}

/// All of [`ON_LIST`].
fn ids() -> String {
    format!("SELECT r.user_id {ON_LIST} ORDER BY r.user_id")
}

/// What came of adding recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedRecipients {
    /// How many are new.
    pub added: u64,
    /// How many there are now.
    pub count: u64,
    /// Who was left out.
    pub skipped: Vec<SkippedUser>,
    /// The owner's `account_revision`, if anything changed.
    pub account_revision: Option<u64>,
}

/// What came of removing recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedRecipients {
    /// How many are gone.
    pub removed: u64,
    /// How many there are now.
    pub count: u64,
    /// Who was not on the list.
    pub skipped: Vec<SkippedUser>,
    /// The owner's `account_revision`, if anything changed.
    pub account_revision: Option<u64>,
}

/// Users, and whether `$1` has blocked them. Whether they have blocked `$1` makes no difference: what
/// is sent past a block is accepted and hidden.
fn obstacles_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT u.id, own.user_id IS NOT NULL AS blocked FROM v CROSS JOIN users u \
         LEFT JOIN blocks own ON own.user_id = $1 AND own.blocked_user_id = u.id \
         WHERE u.id = v.id AND u.deleted_at IS NULL",
        with_rows(backend, &[("id", "uuid")], rows, 2)
    )
}

/// What keeps a user off the owner's lists, as far as the owner may know.
async fn list_obstacles(
    tx: &Transaction,
    owner_id: UserId,
    users: &[UserId],
) -> Result<HashMap<Uuid, Option<SkipReason>>, StoreError> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    // At most BROADCAST_RECIPIENTS_MAX users: within one statement's variables.
    let text = obstacles_text(tx.get_database_backend(), users.len());
    let ids = users.iter().map(|user| user.0.into());
    let values = std::iter::once(owner_id.0.into()).chain(ids);
    let rows = tx
        .query_all_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    let mut obstacles = HashMap::with_capacity(rows.len());
    for row in &rows {
        let obstacle = column::<bool>(row, "blocked")?.then_some(SkipReason::Blocked);
        obstacles.insert(column(row, "id")?, obstacle);
    }
    Ok(obstacles)
}

async fn list_ids<C: ConnectionTrait>(
    connection: &C,
    id: BroadcastId,
) -> Result<Vec<UserId>, StoreError> {
    let statement = sql(connection.get_database_backend(), ids(), [id.0.into()]);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(UserId(column(row, "user_id")?)))
        .collect()
}

/// Adds whom it can; `account_revision` is left to the caller.
pub(super) async fn add(
    tx: &Transaction,
    owner_id: UserId,
    id: BroadcastId,
    users: &[UserId],
    now: Timestamp,
) -> Result<AddedRecipients, StoreError> {
    let obstacles = list_obstacles(tx, owner_id, users).await?;
    let mut there: HashSet<_> = list_ids(tx, id).await?.into_iter().collect();
    let mut rows = Vec::new();
    let mut skipped = Vec::new();
    for user_id in users {
        let obstacle = match obstacles.get(&user_id.0) {
            None => Some(SkipReason::UnknownUser),
            Some(_) if *user_id == owner_id => Some(SkipReason::UnknownUser),
            Some(Some(reason)) => Some(*reason),
            Some(None) if there.contains(user_id) => Some(SkipReason::Duplicate),
            Some(None) if there.len() >= limits::BROADCAST_RECIPIENTS_MAX => {
                Some(SkipReason::ListFull)
            }
            Some(None) => None,
        };
        if let Some(code) = obstacle {
            skipped.push(SkippedUser {
                user_id: *user_id,
                code,
            });
            continue;
        }
        there.insert(*user_id);
        rows.push(broadcast_recipients::ActiveModel {
            broadcast_id: Set(id.0),
            user_id: Set(user_id.0),
            created_at: Set(now.0),
        });
    }
    let added = rows.len() as u64;
    if !rows.is_empty() {
        broadcast_recipients::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(AddedRecipients {
        added,
        count: there.len() as u64,
        skipped,
        account_revision: None,
    })
}

impl Store {
    /// Adds recipients to a list as far as that is possible. `None`: the owner has no such list.
    pub async fn insert_recipients(
        &self,
        owner_id: UserId,
        id: BroadcastId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Option<AddedRecipients>, StoreError> {
        let tx = self.begin().await?;
        if !lock(&tx, owner_id, id).await? {
            return Ok(None);
        }
        let mut added = add(&tx, owner_id, id, users, now).await?;
        if added.added > 0 {
            added.account_revision = Some(raise_account_revision(&tx, owner_id).await?);
        }
        tx.commit().await?;
        Ok(Some(added))
    }

    /// Takes recipients off a list. `None`: the owner has no such list.
    pub async fn delete_recipients(
        &self,
        owner_id: UserId,
        id: BroadcastId,
        users: &[UserId],
    ) -> Result<Option<RemovedRecipients>, StoreError> {
        let tx = self.begin().await?;
        if !lock(&tx, owner_id, id).await? {
            return Ok(None);
        }
        let text = "DELETE FROM broadcast_recipients WHERE broadcast_id = $1 AND user_id = $2";
        let mut removed = 0;
        let mut skipped = Vec::new();
        let mut seen = HashSet::with_capacity(users.len());
        for user_id in users {
            let values = [id.0.into(), user_id.0.into()];
            let gone = tx.execute_raw(sql(self.backend(), text, values)).await?;
            if gone.rows_affected() > 0 {
                removed += 1;
            } else {
                let code = if seen.contains(user_id) {
                    SkipReason::Duplicate
                } else {
                    SkipReason::NotFound
                };
                skipped.push(SkippedUser {
                    user_id: *user_id,
                    code,
                });
            }
            seen.insert(*user_id);
        }
        let account_revision = if removed > 0 {
            Some(raise_account_revision(&tx, owner_id).await?)
        } else {
            None
        };
        let count = list_ids(&tx, id).await?.len() as u64;
        tx.commit().await?;
        Ok(Some(RemovedRecipients {
            removed,
            count,
            skipped,
            account_revision,
        }))
    }

    /// A page of a list's recipients, in the order in which they were added.
    pub async fn list_recipients(
        &self,
        id: BroadcastId,
        offset: u64,
        limit: u64,
    ) -> Result<Recipients, StoreError> {
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT COUNT(*) AS total {ON_LIST}");
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, [id.0.into()]))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let values = [id.0.into(), signed(limit).into(), signed(offset).into()];
        let rows = snapshot
            .query_all_raw(sql(self.backend(), page(), values))
            .await?;
        snapshot.commit().await?;
        let mut recipients = Vec::with_capacity(rows.len());
        for row in &rows {
            recipients.push(Recipient {
                broadcast_id: id,
                user_id: UserId(column(row, "user_id")?),
                username: column(row, "username")?,
                display_name: column(row, "display_name")?,
                added_at: Timestamp(column(row, "created_at")?),
            });
        }
        let has_more = offset.saturating_add(recipients.len() as u64) < total;
        Ok(Recipients {
            recipients,
            total,
            has_more,
        })
    }

    /// Whether somebody is on a list.
    pub async fn find_recipient(
        &self,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<RecipientCheck, StoreError> {
        let text = format!("SELECT r.created_at {ON_LIST} AND r.user_id = $2");
        let values = [id.0.into(), user_id.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        let added_at = match row {
            Some(row) => Some(Timestamp(column(&row, "created_at")?)),
            None => None,
        };
        Ok(RecipientCheck {
            broadcast_id: id,
            user_id,
            is_recipient: added_at.is_some(),
            added_at,
        })
    }

    /// Everybody on a list: at most `BROADCAST_RECIPIENTS_MAX`.
    pub async fn list_recipient_ids(&self, id: BroadcastId) -> Result<Vec<UserId>, StoreError> {
        list_ids(self.read(), id).await
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    vec![Batched::new(
        "broadcasts: obstacles",
        limits::BROADCAST_RECIPIENTS_MAX,
        obstacles_text,
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn who_is_on_a_list_is_found_without_walking_through_all_lists() {
        let list = || sea_orm::Value::from(Uuid::nil());
        let values = vec![list(), 20_i64.into(), 0_i64.into()];
        let mut scans = table_scans(&page(), values, &[]).await;
        scans.extend(table_scans(&ids(), vec![list()], &[]).await);
        assert_eq!(scans, Vec::<String>::new());
    }
}
