//! Broadcast lists, each known to its owner alone.
//!
//! Every change is made under the lock of the owner's row and raises the owner's
//! `account_revision`: the lists belong to the account.

mod recipients;
mod sending;

pub use recipients::{AddedRecipients, RemovedRecipients};

use sea_orm::{ConnectionTrait, QueryResult};
use sentinal_protocol::api::broadcasts::{Broadcast, Broadcasts};
use sentinal_protocol::{BroadcastId, Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::log::lock_users;
use crate::{Store, StoreError, fold};

/// A list to make.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// Its id.
    pub id: BroadcastId,
    /// Whose it is.
    pub owner_id: UserId,
    /// For its owner.
    pub name: String,
    /// For its owner.
    pub description: Option<String>,
    /// The first recipients.
    pub recipients: Vec<UserId>,
}

/// What is to change of a list; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct BroadcastChange {
    /// The new name.
    pub name: Option<String>,
    /// The new description, or none.
    pub description: Option<Option<String>>,
}

/// Whose lists are looked for, and by what.
#[derive(Clone, Copy, Debug)]
pub struct BroadcastSearch<'a> {
    /// The owner.
    pub owner_id: UserId,
    /// A part of the name; all if empty.
    pub part: &'a str,
}

const SELECT: &str = "SELECT b.id, b.owner_id, b.name, b.description, b.created_at, b.updated_at, \
     (SELECT COUNT(*) FROM broadcast_recipients r JOIN users u ON u.id = r.user_id \
      WHERE r.broadcast_id = b.id AND u.deleted_at IS NULL) AS recipient_count";

/// The lists of the owner `$1` whose name is like `$2`.
const OWN: &str = "FROM broadcasts b WHERE b.owner_id = $1 AND b.name_key LIKE $2 ESCAPE '\\'";

/// A page of [`OWN`], oldest first.
fn page() -> String {
    format!("{SELECT} {OWN} ORDER BY b.created_at, b.id LIMIT $3 OFFSET $4")
}

fn from_row(row: &QueryResult) -> Result<Broadcast, StoreError> {
    Ok(Broadcast {
        id: BroadcastId(column(row, "id")?),
        name: column(row, "name")?,
        description: column(row, "description")?,
        owner_id: UserId(column(row, "owner_id")?),
        recipient_count: counter(row, "recipient_count")?,
        created_at: Timestamp(column(row, "created_at")?),
        updated_at: Timestamp(column(row, "updated_at")?),
    })
}

async fn find<C: ConnectionTrait>(
    connection: &C,
    owner_id: UserId,
    id: BroadcastId,
) -> Result<Option<Broadcast>, StoreError> {
    let text = format!("{SELECT} FROM broadcasts b WHERE b.id = $1 AND b.owner_id = $2");
    let values = [id.0.into(), owner_id.0.into()];
    let row = connection
        .query_one_raw(sql(connection.get_database_backend(), text, values))
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Locks the owner's row, and looks whether the list is theirs.
async fn lock(tx: &Transaction, owner_id: UserId, id: BroadcastId) -> Result<bool, StoreError> {
    lock_users(tx, vec![owner_id.0]).await?;
    let text = "SELECT id FROM broadcasts WHERE id = $1 AND owner_id = $2";
    let values = [id.0.into(), owner_id.0.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(row.is_some())
}

/// A pattern of `LIKE` that finds exactly this text anywhere.
fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in fold(part).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl Store {
    /// Makes a list; answers it, its first recipients, and the owner's `account_revision`.
    pub async fn insert_broadcast(
        &self,
        new: &NewBroadcast,
        now: Timestamp,
    ) -> Result<(Broadcast, AddedRecipients), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![new.owner_id.0]).await?;
        let text = "INSERT INTO broadcasts (id, owner_id, name, name_key, description, created_at, \
                    updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)";
        let values = [
            new.id.0.into(),
            new.owner_id.0.into(),
            new.name.as_str().into(),
            fold(&new.name).into(),
            new.description.clone().into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        let added = recipients::add(&tx, new.owner_id, new.id, &new.recipients, now).await?;
        let account_revision = raise_account_revision(&tx, new.owner_id).await?;
        let broadcast = find(&tx, new.owner_id, new.id).await?;
        let broadcast = broadcast.ok_or(StoreError::Corrupt("a new list has vanished"))?;
        tx.commit().await?;
        let added = AddedRecipients {
            account_revision: Some(account_revision),
            ..added
        };
        Ok((broadcast, added))
    }

    /// A list of this owner.
    pub async fn find_broadcast(
        &self,
        owner_id: UserId,
        id: BroadcastId,
    ) -> Result<Option<Broadcast>, StoreError> {
        find(self.read(), owner_id, id).await
    }

    /// A page of an owner's lists, oldest first.
    pub async fn list_broadcasts(
        &self,
        search: BroadcastSearch<'_>,
        offset: u64,
        limit: u64,
    ) -> Result<Broadcasts, StoreError> {
        let pattern = containing(search.part);
        let snapshot = self.snapshot().await?;
        let text = format!("SELECT COUNT(*) AS total {OWN}");
        let values = [search.owner_id.0.into(), pattern.as_str().into()];
        let row = snapshot
            .query_one_raw(sql(self.backend(), text, values))
            .await?
            .ok_or(StoreError::Corrupt("no answer to COUNT"))?;
        let total = counter(&row, "total")?;
        let values = [
            search.owner_id.0.into(),
            pattern.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let rows = snapshot
            .query_all_raw(sql(self.backend(), page(), values))
            .await?;
        snapshot.commit().await?;
        let broadcasts = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        let has_more = offset.saturating_add(broadcasts.len() as u64) < total;
        Ok(Broadcasts {
            broadcasts,
            total,
            has_more,
        })
    }

    /// Changes a list; answers it and the owner's `account_revision`. `None`: no such list.
    pub async fn update_broadcast(
        &self,
        owner_id: UserId,
        id: BroadcastId,
        change: &BroadcastChange,
        now: Timestamp,
    ) -> Result<Option<(Broadcast, u64)>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![owner_id.0]).await?;
        let Some(broadcast) = find(&tx, owner_id, id).await? else {
            return Ok(None);
        };
        let name = change.name.clone().unwrap_or(broadcast.name);
        let description = change.description.clone().unwrap_or(broadcast.description);
        let text = "UPDATE broadcasts SET name = $2, name_key = $3, description = $4, \
                    updated_at = $5 WHERE id = $1";
        let values = [
            id.0.into(),
            name.as_str().into(),
            fold(&name).into(),
            description.into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(self.backend(), text, values)).await?;
        let account_revision = raise_account_revision(&tx, owner_id).await?;
        let changed = find(&tx, owner_id, id).await?;
        tx.commit().await?;
        Ok(changed.map(|broadcast| (broadcast, account_revision)))
    }

    /// Deletes a list; answers the owner's `account_revision`. `None`: no such list.
    pub async fn delete_broadcast(
        &self,
        owner_id: UserId,
        id: BroadcastId,
    ) -> Result<Option<u64>, StoreError> {
        let tx = self.begin().await?;
        if !lock(&tx, owner_id, id).await? {
            return Ok(None);
        }
        for text in [
            "DELETE FROM broadcast_recipients WHERE broadcast_id = $1",
            "DELETE FROM broadcasts WHERE id = $1",
        ] {
            tx.execute_raw(sql(self.backend(), text, [id.0.into()]))
                .await?;
        }
        let account_revision = raise_account_revision(&tx, owner_id).await?;
        tx.commit().await?;
        Ok(Some(account_revision))
    }
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let mut all: Vec<Batched> = recipients::batched();
    all.extend(sending::batched());
    all
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::plan::table_scans;

    #[tokio::test]
    async fn an_owners_lists_are_found_without_walking_through_everybodys() {
        let values = vec![Uuid::nil().into(), "%".into(), 20_i64.into(), 0_i64.into()];
        let scans = table_scans(&page(), values, &[]).await;
        assert_eq!(scans, Vec::<String>::new());
    }

    #[test]
    fn a_search_takes_no_character_for_a_wildcard() {
        assert_eq!(containing("50%_Off\\"), "%50\\%\\_off\\\\%");
        assert_eq!(containing(""), "%%");
    }
}
