//! Adding, removing and ranking participants of a group.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId, limits};

use super::end::{Ending, end_membership};
use super::{Locked, Present, find_present, list_reachable, lock_conversation, write_role};
use crate::dialect::{column, signed, sql};
use crate::log::{append, lock_users, save_head};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// Why a membership was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipRefusal {
    /// The caller takes part in no such conversation.
    NoConversation,
    /// The target does not take part.
    NoParticipant,
    /// A DM's participants are fixed.
    Dm,
    /// The caller's rank does not suffice.
    Rank,
    /// The target does not exist, or does not let the caller put them into a group.
    UnknownUser,
    /// The group has as many participants as it can have.
    GroupFull,
    /// The group would be left without an owner.
    LastOwner,
}

/// What became of a participant to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedParticipant {
    /// They take part from now on.
    Added,
    /// They did already; their rank is as it was.
    Present,
}

type Done<T> = Result<(T, Vec<Committed>), Stop<MembershipRefusal>>;

impl Store {
    /// Puts a user into a group, with a rank up to the caller's own.
    pub async fn add_participant(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        user_id: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<Settled<AddedParticipant, MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        // So that the user's devices cannot change between the roster before and after.
        lock_users(&tx, vec![user_id.0]).await?;
        let done = add(&tx, conversation_id, caller, (user_id, role), now).await;
        settle(tx, done).await
    }

    /// Takes a user out of a group: someone below the caller's rank, or the caller.
    pub async fn remove_participant(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let done = remove(&tx, conversation_id, caller, user_id, now).await;
        settle(tx, done).await
    }

    /// Gives someone below the caller's rank another one, up to the caller's own; the caller may
    /// also step down.
    pub async fn update_role(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        user_id: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = rank(&tx, conversation_id, caller, (user_id, role), now).await;
        settle(tx, done).await
    }
}

async fn lock_group(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    caller: UserId,
) -> Result<Locked, Stop<MembershipRefusal>> {
    match lock_conversation(tx, conversation_id, caller).await? {
        Some(group) if group.kind == ConversationType::Group => Ok(group),
        Some(_) => Err(Stop::Refused(MembershipRefusal::Dm)),
        None => Err(Stop::Refused(MembershipRefusal::NoConversation)),
    }
}

async fn add(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    caller: UserId,
    (user_id, role): (UserId, Role),
    now: Timestamp,
) -> Done<AddedParticipant> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    if !group.allows(group.permission_add_members) || role > group.role {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    if find_present(tx, conversation_id, user_id).await?.is_some() {
        return Ok((AddedParticipant::Present, Vec::new()));
    }
    if list_reachable(tx, caller, &[user_id]).await?.is_empty() {
        return Err(Stop::Refused(MembershipRefusal::UnknownUser));
    }
    if count_present(tx, conversation_id).await? >= limits::GROUP_MEMBERS_MAX {
        return Err(Stop::Refused(MembershipRefusal::GroupFull));
    }
    let head = &mut group.head;
    let added = Present {
        user_id,
        role,
        joined_at: now,
    };
    let change = added.change(EventKind::ParticipantAdded, caller, now);
    let committed = append(tx, head, change).await?;
    let backend = tx.get_database_backend();
    let text = "INSERT INTO participant_intervals (conversation_id, user_id, joined_revision, \
                joined_sequence, left_revision, left_sequence) \
                SELECT conversation_id, user_id, joined_revision, joined_sequence, \
                left_revision, left_sequence FROM participants \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [conversation_id.0.into(), user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    // No cursor means "from the present membership on". A device that has acknowledged nothing yet
    // still has to hear of the membership that ended.
    let text = "INSERT INTO device_cursors (device_id, conversation_id, start_revision, \
                acked_revision, receipt_version) \
                SELECT d.id, p.conversation_id, p.joined_revision - 1, p.joined_revision - 1, 0 \
                FROM participants p JOIN devices d ON d.user_id = p.user_id \
                WHERE p.conversation_id = $1 AND p.user_id = $2 AND d.removed_at IS NULL \
                AND d.created_at < p.left_at ON CONFLICT (device_id, conversation_id) DO NOTHING";
    let values = [conversation_id.0.into(), user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                joined_revision, joined_sequence) VALUES ($1, $2, $3, $4, $5, $6) \
                ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, \
                joined_at = excluded.joined_at, joined_revision = excluded.joined_revision, \
                joined_sequence = excluded.joined_sequence, left_revision = NULL, \
                left_sequence = NULL, left_at = NULL, hidden = FALSE, pinned_at = NULL, \
                archived_at = NULL";
    let values = [
        conversation_id.0.into(),
        user_id.0.into(),
        role.as_str().into(),
        now.0.into(),
        signed(head.revision).into(),
        signed(head.last_sequence).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    head.roster_version += 1;
    head.access_version += 1;
    save_head(tx, head).await?;
    Ok((AddedParticipant::Added, vec![committed]))
}

async fn remove(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    caller: UserId,
    user_id: UserId,
    now: Timestamp,
) -> Done<()> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    let Some(leaving) = find_present(tx, conversation_id, user_id).await? else {
        return Err(Stop::Refused(MembershipRefusal::NoParticipant));
    };
    if user_id != caller && leaving.role >= group.role {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    let ending = Ending {
        actor: caller,
        at: now,
    };
    let kind = group.kind;
    let committed = end_membership(tx, &mut group.head, kind, &leaving, ending).await?;
    Ok(((), committed))
}

async fn rank(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    caller: UserId,
    (user_id, role): (UserId, Role),
    now: Timestamp,
) -> Done<()> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    let Some(present) = find_present(tx, conversation_id, user_id).await? else {
        return Err(Stop::Refused(MembershipRefusal::NoParticipant));
    };
    let others = user_id != caller;
    if others && present.role >= group.role || role > group.role {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    if role == present.role {
        return Ok(((), Vec::new()));
    }
    if present.role == Role::Owner && count_owners(tx, conversation_id).await? < 2 {
        return Err(Stop::Refused(MembershipRefusal::LastOwner));
    }
    let ranked = Present { role, ..present };
    write_role(tx, conversation_id, user_id, role).await?;
    let change = ranked.change(EventKind::ParticipantRole, caller, now);
    let committed = append(tx, &mut group.head, change).await?;
    group.head.access_version += 1;
    save_head(tx, &group.head).await?;
    Ok(((), vec![committed]))
}

async fn count_present(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
) -> Result<usize, StoreError> {
    count(tx, conversation_id, "TRUE").await
}

async fn count_owners(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
) -> Result<usize, StoreError> {
    count(tx, conversation_id, "role = 'owner'").await
}

async fn count(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    which: &str,
) -> Result<usize, StoreError> {
    let text = format!(
        "SELECT COUNT(*) AS number FROM participants \
         WHERE conversation_id = $1 AND left_revision IS NULL AND {which}"
    );
    let statement = sql(tx.get_database_backend(), text, [conversation_id.0.into()]);
    let row = tx
        .query_one_raw(statement)
        .await?
        .ok_or(StoreError::Corrupt("a count without a row"))?;
    usize::try_from(column::<i64>(&row, "number")?)
        .map_err(|_| StoreError::Corrupt("a negative count"))
}
