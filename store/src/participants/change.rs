//! Adding and ranking participants of a group.

use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId};

use super::bans::is_banned;
use super::join::{admit, check_place};
use super::{
    Locked, MembershipRefusal, Present, count, find_present, is_full, list_reachable,
    lock_conversation, write_role,
};
use crate::connection::Transaction;
use crate::log::{append, lock_users, save_head};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

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
        let most = self.conversations_max();
        let done = add(&tx, conversation_id, caller, (user_id, role, most), now).await;
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

    /// Makes a participant the owner; the caller, an owner until now, is an admin afterwards.
    pub async fn transfer_conversation(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        heir: UserId,
        now: Timestamp,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = transfer(&tx, conversation_id, caller, heir, now).await;
        settle(tx, done).await
    }
}

/// Locks a group for a change by one of its participants.
pub(crate) async fn lock_group(
    tx: &Transaction,
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
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    (user_id, role, conversations_max): (UserId, Role, u64),
    now: Timestamp,
) -> Done<AddedParticipant> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    if !group.allows(group.permission_add_members) || role > group.role {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    if find_present(tx, conversation_id, user_id).await?.is_some() {
        return Ok((AddedParticipant::Present, Vec::new()));
    }
    if list_reachable(tx, caller, &[user_id]).await?.is_empty()
        || is_banned(tx, conversation_id, user_id).await?
        || is_full(tx, user_id, conversations_max).await?
    {
        return Err(Stop::Refused(MembershipRefusal::UnknownUser));
    }
    check_place(tx, conversation_id).await?;
    let added = Present {
        user_id,
        role,
        joined_at: now,
    };
    let committed = admit(tx, &mut group.head, &added, caller, now).await?;
    Ok((AddedParticipant::Added, vec![committed]))
}

async fn rank(
    tx: &Transaction,
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
    let change = ranked.ranked(caller, now);
    let committed = append(tx, &mut group.head, change).await?;
    group.head.access_version += 1;
    save_head(tx, &group.head).await?;
    Ok(((), vec![committed]))
}

async fn transfer(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    heir: UserId,
    now: Timestamp,
) -> Done<()> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    if group.role < Role::Owner {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    let mut committed = Vec::with_capacity(2);
    // The heir first, so that there is an owner at every revision.
    for (user_id, role) in [(heir, Role::Owner), (caller, Role::Admin)] {
        let Some(present) = find_present(tx, conversation_id, user_id).await? else {
            return Err(Stop::Refused(MembershipRefusal::NoParticipant));
        };
        if present.role == role {
            continue;
        }
        let ranked = Present { role, ..present };
        write_role(tx, conversation_id, user_id, role).await?;
        let change = ranked.ranked(caller, now);
        committed.push(append(tx, &mut group.head, change).await?);
    }
    group.head.access_version += 1;
    save_head(tx, &group.head).await?;
    Ok(((), committed))
}

async fn count_owners(
    tx: &Transaction,
    conversation_id: ConversationId,
) -> Result<usize, StoreError> {
    count(tx, conversation_id, "role = 'owner'").await
}
