//! Who takes part: joining, leaving, ranks, and who can be put into a group by whom.
//!
//! Membership is an interval of revisions, both ends inclusive: the revision that adds someone is
//! the first they get, the one that removes them the last. The present interval is in the row of
//! `participants`; earlier ones are moved to `participant_intervals` when someone comes back.

mod change;
mod end;
mod join;
mod list;
mod own_state;

pub(crate) use end::end_erased_membership;

pub use change::{AddedParticipant, MembershipRefusal};
pub use join::Invited;
pub use own_state::{OwnState, OwnStateChange};

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{ConversationId, ConversationType, Permission, Role, Timestamp, UserId};
use serde_json::{Map, json};

use crate::StoreError;
use crate::dialect::{column, placeholders, sql};
use crate::log::{Change, Head, VARIABLES_MAX, lock_head};

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
    tx: &DatabaseTransaction,
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

/// Those of `users` who exist and let `caller` put them into a group: neither a block nor their
/// `privacy_groups` shuts the caller off.
pub(crate) async fn list_reachable(
    tx: &DatabaseTransaction,
    caller: UserId,
    users: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    let backend = tx.get_database_backend();
    let mut reachable = Vec::with_capacity(users.len());
    for chunk in users.chunks(VARIABLES_MAX - 1) {
        let text = format!(
            "SELECT u.id FROM users u LEFT JOIN user_settings s ON s.user_id = u.id \
             WHERE u.id IN ({}) AND u.deleted_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM blocks b \
                 WHERE b.user_id = u.id AND b.blocked_user_id = $1) \
             AND (COALESCE(s.privacy_groups, 'everyone') = 'everyone' \
                 OR s.privacy_groups = 'contacts' AND EXISTS (SELECT 1 FROM contacts t \
                     WHERE t.user_id = u.id AND t.contact_user_id = $1))",
            placeholders(chunk.len(), 2)
        );
        let ids = chunk.iter().map(|user| user.0.into());
        let values = std::iter::once(caller.0.into()).chain(ids);
        for row in tx.query_all_raw(sql(backend, text, values)).await? {
            reachable.push(UserId(column(&row, "id")?));
        }
    }
    Ok(reachable)
}

/// One who takes part, as events show them.
pub(crate) struct Present {
    user_id: UserId,
    role: Role,
    joined_at: Timestamp,
}

impl Present {
    /// The change of the log that tells of this participant.
    fn change(&self, kind: EventKind, actor: UserId, now: Timestamp) -> Change {
        let mut payload = Map::new();
        payload.insert(
            "participant".into(),
            json!({"user_id": self.user_id, "role": self.role, "joined_at": self.joined_at}),
        );
        Change {
            kind,
            subject: Some(self.user_id.0),
            actor: Some(actor),
            payload,
            hidden_from: None,
            at: now,
        }
    }
}

/// A present participant's rank and since when.
pub(crate) async fn find_present(
    tx: &DatabaseTransaction,
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
    tx: &DatabaseTransaction,
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

fn role(text: &str) -> Result<Role, StoreError> {
    Role::parse(text).ok_or(StoreError::Corrupt("role"))
}
