//! Who takes part: joining, leaving, ranks, and who can be put into a group by whom.
//!
//! Membership is an interval of revisions, both ends inclusive: the revision that adds someone is
//! the first they get, the one that removes them the last. The present interval is in the row of
//! `participants`; earlier ones are moved to `participant_intervals` when someone comes back.

mod bans;
mod change;
mod end;
mod join;
mod list;
mod own_state;
mod share;

pub(crate) use bans::{find_ban, is_banned};
pub(crate) use change::lock_group;
pub(crate) use end::{Ending, end_erased_membership, end_membership};
pub(crate) use join::{admit, check_place};
pub(crate) use share::{is_full, list_full};

pub use change::AddedParticipant;
pub use own_state::{OwnState, OwnStateChange};

use sea_orm::{ConnectionTrait, DbBackend};
use sentinal_protocol::event::{Logged, ParticipantRole, PresentParticipant};
use sentinal_protocol::{ConversationId, ConversationType, Permission, Role, Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{READ_ROWS_MAX, column, sql, with_rows};
use crate::entry::Change;
use crate::log::{Head, lock_head};
use crate::{Store, StoreError};

/// Why a membership was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipRefusal {
    /// The caller takes part in no such conversation, or no group has this invite code.
    NoConversation,
    /// The target does not take part.
    NoParticipant,
    /// A DM's participants are fixed.
    Dm,
    /// The caller's rank does not suffice.
    Rank,
    /// The target does not exist, is banned, or does not let the caller put them into a group.
    UnknownUser,
    /// The group has as many participants as it can have.
    GroupFull,
    /// As many people are banned from the group as can be.
    BansFull,
    /// The group would be left without an owner.
    LastOwner,
    /// The caller takes part in as many conversations as one may.
    TooManyConversations,
}

/// A conversation as a transaction that changes it finds it, under the lock of its head.
pub(crate) struct Locked {
    pub(crate) head: Head,
    pub(crate) kind: ConversationType,
    pub(crate) permission_send: Permission,
    pub(crate) permission_add_members: Permission,
    /// The caller's rank.
    pub(crate) role: Role,
}

impl Locked {
    /// Whether a permission lets the caller do something.
    pub(crate) fn allows(&self, permission: Permission) -> bool {
        self.kind == ConversationType::Dm
            || permission == Permission::Everyone
            || self.role >= Role::Admin
    }
}

/// Locks a conversation for a change by one of its participants; `None` if the caller is none.
pub(crate) async fn lock_conversation(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
) -> Result<Option<Locked>, StoreError> {
    let Some(head) = lock_head(tx, conversation_id).await? else {
        return Ok(None);
    };
    let text = "SELECT c.type, c.permission_send, c.permission_add_members, p.role \
                FROM conversations c JOIN participants p ON p.conversation_id = c.id \
                WHERE c.id = $1 AND c.deleted_at IS NULL \
                AND p.user_id = $2 AND p.left_revision IS NULL";
    let values = [conversation_id.0.into(), caller.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let Some(row) = tx.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let permission = |name| {
        Permission::parse(&column::<String>(&row, name)?).ok_or(StoreError::Corrupt("permission"))
    };
    Ok(Some(Locked {
        head,
        kind: ConversationType::parse(&column::<String>(&row, "type")?)
            .ok_or(StoreError::Corrupt("conversation type"))?,
        permission_send: permission("permission_send")?,
        permission_add_members: permission("permission_add_members")?,
        role: role(&column::<String>(&row, "role")?)?,
    }))
}

/// Users who let `$1` put them into a group.
fn reachable_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT u.id FROM v CROSS JOIN users u LEFT JOIN user_settings s ON s.user_id = u.id \
         WHERE u.id = v.id AND u.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM blocks b \
             WHERE b.user_id = u.id AND b.blocked_user_id = $1) \
         AND (COALESCE(s.privacy_groups, 'everyone') = 'everyone' \
             OR s.privacy_groups = 'contacts' AND EXISTS (SELECT 1 FROM contacts t \
                 WHERE t.user_id = u.id AND t.contact_user_id = $1))",
        with_rows(backend, &[("id", "uuid")], rows, 2)
    )
}

/// Those of `users` who exist and let `caller` put them into a group: neither a block nor their
/// `privacy_groups` shuts the caller off.
pub(crate) async fn list_reachable(
    tx: &Transaction,
    caller: UserId,
    users: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    let backend = tx.get_database_backend();
    let mut reachable = Vec::with_capacity(users.len());
    for chunk in users.chunks(READ_ROWS_MAX) {
        let text = reachable_text(backend, chunk.len());
        let ids = chunk.iter().map(|user| user.0.into());
        let values = std::iter::once(caller.0.into()).chain(ids);
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            reachable.push(UserId(column(&row, "id")?));
        }
    }
    Ok(reachable)
}

/// Users who do not have `$1` as a contact.
fn strangers_text(backend: DbBackend, rows: usize) -> String {
    format!(
        "{} SELECT v.id FROM v WHERE NOT EXISTS (SELECT 1 FROM contacts t \
         WHERE t.user_id = v.id AND t.contact_user_id = $1)",
        with_rows(backend, &[("id", "uuid")], rows, 2)
    )
}

impl Store {
    /// Those of `users` who do not have `caller` as a contact.
    pub async fn list_strangers(
        &self,
        caller: UserId,
        users: &[UserId],
    ) -> Result<Vec<UserId>, StoreError> {
        let mut strangers = Vec::with_capacity(users.len());
        for chunk in users.chunks(READ_ROWS_MAX) {
            let text = strangers_text(self.backend(), chunk.len());
            let ids = chunk.iter().map(|user| user.0.into());
            let values = std::iter::once(caller.0.into()).chain(ids);
            let rows = self.read().query_all_raw(sql(self.backend(), text, values));
            for row in rows.await? {
                strangers.push(UserId(column(&row, "id")?));
            }
        }
        Ok(strangers)
    }

    /// Whether a user takes part in a conversation, or has.
    pub async fn find_membership(
        &self,
        conversation_id: ConversationId,
        user_id: UserId,
    ) -> Result<Membership, StoreError> {
        let text = "SELECT left_revision FROM participants \
                    WHERE conversation_id = $1 AND user_id = $2";
        let values = [conversation_id.0.into(), user_id.0.into()];
        let statement = sql(self.backend(), text, values);
        let Some(row) = self.read().query_one_raw(statement).await? else {
            return Ok(Membership::Never);
        };
        Ok(match column::<Option<i64>>(&row, "left_revision")? {
            None => Membership::Present,
            Some(_) => Membership::Left,
        })
    }
}

/// How a user stands to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Has never taken part.
    Never,
    /// Takes part.
    Present,
    /// Has taken part.
    Left,
}

/// One who takes part, as events show them.
pub(crate) struct Present {
    pub(crate) user_id: UserId,
    pub(crate) role: Role,
    pub(crate) joined_at: Timestamp,
}

impl Present {
    /// As events show them.
    fn shown(&self) -> PresentParticipant {
        PresentParticipant {
            user_id: self.user_id,
            role: self.role,
            joined_at: self.joined_at,
        }
    }

    /// The change of the log that tells of the rank that they have now.
    fn ranked(&self, actor: UserId, now: Timestamp) -> Change {
        let participant = self.shown();
        self.change(&ParticipantRole { participant }, actor, now)
    }

    /// The change of the log that tells this of the participant.
    fn change(&self, entry: &impl Logged, actor: UserId, now: Timestamp) -> Change {
        Change::new(entry, Some(self.user_id.0), actor, now)
    }
}

/// A present participant's rank and since when.
pub(crate) async fn find_present(
    tx: &Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
) -> Result<Option<Present>, StoreError> {
    let text = "SELECT role, joined_at FROM participants \
                WHERE conversation_id = $1 AND user_id = $2 AND left_revision IS NULL";
    let values = [conversation_id.0.into(), user_id.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let Some(row) = tx.query_one_raw(statement).await? else {
        return Ok(None);
    };
    Ok(Some(Present {
        user_id,
        role: role(&column::<String>(&row, "role")?)?,
        joined_at: Timestamp(column(&row, "joined_at")?),
    }))
}

/// Gives a present participant a rank.
async fn write_role(
    tx: &Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
    role: Role,
) -> Result<(), StoreError> {
    let text = "UPDATE participants SET role = $3 WHERE conversation_id = $1 AND user_id = $2";
    let values = [
        conversation_id.0.into(),
        user_id.0.into(),
        role.as_str().into(),
    ];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// How many present participants are `which`.
async fn count(
    tx: &Transaction,
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

pub(crate) fn role(text: &str) -> Result<Role, StoreError> {
    Role::parse(text).ok_or(StoreError::Corrupt("role"))
}

#[cfg(test)]
pub(crate) fn batched() -> Vec<crate::plan::Batched> {
    use crate::plan::Batched;
    let mut all = share::batched();
    all.extend([
        Batched::new("participants: reachable", READ_ROWS_MAX, reachable_text),
        Batched::new("participants: strangers", READ_ROWS_MAX, strangers_text),
    ]);
    all
}
