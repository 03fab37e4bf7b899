//! Taking people out of a group, and keeping them out.
//!
//! Who is taken out by another one knows the invite code, so the group gets another one. A ban is no
//! entry of the log: only the admins need to know of it, and the removal of a member tells everybody
//! what happened. Whether a banned id belongs to anybody is not asked, so that the answer does not
//! tell; the number of bans of a group is bounded.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::bans::{Ban, Bans};
use sentinal_protocol::{ConversationId, Role, Timestamp, UserId, limits};

use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql};
use crate::entry::Committed;
use crate::invites::renew_code;
use crate::log::lock_users;
use crate::participants::{
    Ending, Locked, MembershipRefusal, Present, end_membership, find_ban, find_present, lock_group,
};
use crate::stop::{Settled, Stop, settle};
use crate::{Store, StoreError};

/// A participant to remove from a group.
#[derive(Clone, Copy, Debug)]
pub struct Removal<'a> {
    /// Who goes.
    pub user_id: UserId,
    /// The invite code from then on, if the group has one and another one removes them.
    pub new_code: &'a str,
    /// The time of the removal.
    pub at: Timestamp,
}

/// What came of banning somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BanChange {
    /// They are banned from now on.
    Added(Ban),
    /// They were banned already.
    Present(Ban),
}

impl Store {
    /// Takes a user out of a group: someone below the caller's rank, or the caller.
    pub async fn remove_participant(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        removal: Removal<'_>,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        // So that the user's devices cannot change between the roster before and after.
        lock_users(&tx, vec![removal.user_id.0]).await?;
        let done = remove(&tx, conversation_id, caller, removal).await;
        settle(tx, done).await
    }

    /// Keeps somebody out of a group, who is removed if they take part. They must be below the
    /// caller's rank.
    pub async fn ban_participant(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        removal: Removal<'_>,
    ) -> Result<Settled<BanChange, MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![removal.user_id.0]).await?;
        let done = ban(&tx, conversation_id, caller, removal).await;
        settle(tx, done).await
    }

    /// Ends a ban; somebody who is not banned: nothing changes.
    pub async fn unban_participant(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        user_id: UserId,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = unban(&tx, conversation_id, caller, user_id).await;
        settle(tx, done).await
    }

    /// A page of those who are banned from a group, the one banned last first, for its admins.
    pub async fn list_bans(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        (offset, limit): (u64, u64),
    ) -> Result<Result<Bans, MembershipRefusal>, StoreError> {
        let snapshot = self.snapshot().await?;
        let backend = self.backend();
        let text = "SELECT c.type, p.role, (SELECT COUNT(*) FROM conversation_bans b \
                        WHERE b.conversation_id = c.id) AS total \
                    FROM conversations c JOIN participants p ON p.conversation_id = c.id \
                    WHERE c.id = $1 AND c.deleted_at IS NULL \
                    AND p.user_id = $2 AND p.left_revision IS NULL";
        let values = [conversation_id.0.into(), caller.0.into()];
        let Some(row) = snapshot.query_one_raw(sql(backend, text, values)).await? else {
            return Ok(Err(MembershipRefusal::NoConversation));
        };
        if column::<String>(&row, "type")? != "GROUP" {
            return Ok(Err(MembershipRefusal::Dm));
        }
        let role = Role::parse(&column::<String>(&row, "role")?);
        if role.ok_or(StoreError::Corrupt("role"))? < Role::Admin {
            return Ok(Err(MembershipRefusal::Rank));
        }
        let total = counter(&row, "total")?;
        let text = "SELECT user_id, created_at FROM conversation_bans WHERE conversation_id = $1 \
                    ORDER BY created_at DESC, user_id DESC LIMIT $2 OFFSET $3";
        let values = [
            conversation_id.0.into(),
            signed(limit).into(),
            signed(offset).into(),
        ];
        let rows = snapshot.query_all_raw(sql(backend, text, values)).await?;
        let bans: Result<Vec<_>, StoreError> = rows
            .iter()
            .map(|row| {
                Ok(Ban {
                    user_id: UserId(column(row, "user_id")?),
                    banned_at: Timestamp(column(row, "created_at")?),
                })
            })
            .collect();
        let bans = bans?;
        let end = offset.saturating_add(u64::try_from(bans.len()).unwrap_or(u64::MAX));
        Ok(Ok(Bans {
            has_more: end < total,
            bans,
            total,
        }))
    }
}

async fn remove(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    removal: Removal<'_>,
) -> Result<((), Vec<Committed>), Stop<MembershipRefusal>> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    let Some(leaving) = find_present(tx, conversation_id, removal.user_id).await? else {
        return Err(Stop::Refused(MembershipRefusal::NoParticipant));
    };
    if removal.user_id != caller {
        let committed = expel(tx, &mut group, caller, &leaving, removal).await?;
        return Ok(((), committed));
    }
    let ending = Ending {
        actor: caller,
        at: removal.at,
    };
    let kind = group.kind;
    let committed = end_membership(tx, &mut group.head, kind, &leaving, ending).await?;
    Ok(((), committed))
}

/// Ends the membership of somebody below the caller's rank, and the invite code that they know.
async fn expel(
    tx: &Transaction,
    group: &mut Locked,
    caller: UserId,
    leaving: &Present,
    removal: Removal<'_>,
) -> Result<Vec<Committed>, Stop<MembershipRefusal>> {
    if leaving.role >= group.role {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    let ending = Ending {
        actor: caller,
        at: removal.at,
    };
    let kind = group.kind;
    let mut committed = end_membership(tx, &mut group.head, kind, leaving, ending).await?;
    let renewed = renew_code(tx, group, caller, removal.new_code, removal.at).await?;
    committed.extend(renewed);
    Ok(committed)
}

/// Locks a group for a change of its bans, which are its admins' affair.
async fn lock_as_admin(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
) -> Result<Locked, Stop<MembershipRefusal>> {
    let group = lock_group(tx, conversation_id, caller).await?;
    if group.role < Role::Admin {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    Ok(group)
}

async fn ban(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    removal: Removal<'_>,
) -> Result<(BanChange, Vec<Committed>), Stop<MembershipRefusal>> {
    let mut group = lock_as_admin(tx, conversation_id, caller).await?;
    let user_id = removal.user_id;
    if let Some(ban) = find_ban(tx, conversation_id, user_id).await? {
        return Ok((BanChange::Present(ban), Vec::new()));
    }
    let backend = tx.get_database_backend();
    let text = "SELECT COUNT(*) AS bans FROM conversation_bans WHERE conversation_id = $1";
    let row = tx
        .query_one_raw(sql(backend, text, [conversation_id.0.into()]))
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    let most = u64::try_from(limits::BANS_MAX).unwrap_or(u64::MAX);
    if counter(&row, "bans")? >= most {
        return Err(Stop::Refused(MembershipRefusal::BansFull));
    }
    let committed = match find_present(tx, conversation_id, user_id).await? {
        Some(leaving) => expel(tx, &mut group, caller, &leaving, removal).await?,
        None => Vec::new(),
    };
    let text = "INSERT INTO conversation_bans (conversation_id, user_id, created_at) \
                VALUES ($1, $2, $3)";
    let values = [
        conversation_id.0.into(),
        user_id.0.into(),
        removal.at.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let ban = Ban {
        user_id,
        banned_at: removal.at,
    };
    Ok((BanChange::Added(ban), committed))
}

async fn unban(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    user_id: UserId,
) -> Result<((), Vec<Committed>), Stop<MembershipRefusal>> {
    lock_as_admin(tx, conversation_id, caller).await?;
    let text = "DELETE FROM conversation_bans WHERE conversation_id = $1 AND user_id = $2";
    let values = [conversation_id.0.into(), user_id.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(((), Vec::new()))
}
