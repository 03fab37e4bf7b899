//! The beginning of a membership: put in by somebody, or by following an invite link.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sentinal_protocol::api::invites::ConversationPreview;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{ConversationId, Role, Timestamp, UserId, limits};
use uuid::Uuid;

use super::change::{count, lock_group};
use super::{AddedParticipant, MembershipRefusal, Present, find_present};
use crate::conversations::{Facts, updated};
use crate::dialect::{column, counter, signed, sql};
use crate::log::{Head, append, lock_head, lock_users, save_head};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// What an invite code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// What anybody with the code is shown of the group.
    pub preview: ConversationPreview,
    /// Whether the one who asks takes part already.
    pub takes_part: bool,
}

type Done<T> = Result<(T, Vec<Committed>), Stop<MembershipRefusal>>;

impl Store {
    /// The group behind an invite code.
    pub async fn find_invited(
        &self,
        user_id: UserId,
        code: &str,
    ) -> Result<Option<Invited>, StoreError> {
        let text = "SELECT c.id, c.subject, c.avatar_url, (SELECT COUNT(*) FROM participants o \
                        WHERE o.conversation_id = c.id AND o.left_revision IS NULL) \
                        AS participant_count, \
                    EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = c.id \
                        AND p.user_id = $2 AND p.left_revision IS NULL) AS takes_part \
                    FROM conversations c WHERE c.invite_code = $1 AND c.deleted_at IS NULL";
        let values = [code.into(), user_id.0.into()];
        let statement = sql(self.backend(), text, values);
        let row = self.read().query_one_raw(statement).await?;
        row.map(|row| {
            Ok(Invited {
                preview: ConversationPreview {
                    id: ConversationId(column(&row, "id")?),
                    subject: column(&row, "subject")?,
                    avatar_url: column(&row, "avatar_url")?,
                    participant_count: counter(&row, "participant_count")?,
                },
                takes_part: column(&row, "takes_part")?,
            })
        })
        .transpose()
    }

    /// Gives a group an invite code; the one before leads nowhere from then on.
    pub async fn replace_invite_code(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        code: &str,
        now: Timestamp,
    ) -> Result<Settled<(), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = replace_code(&tx, conversation_id, caller, code, now).await;
        settle(tx, done).await
    }

    /// Lets a user into the group of an invite code. Neither blocks nor `privacy_groups` matter:
    /// nobody is put anywhere.
    pub async fn join_conversation(
        &self,
        user_id: UserId,
        code: &str,
        now: Timestamp,
    ) -> Result<Settled<(ConversationId, AddedParticipant), MembershipRefusal>, StoreError> {
        let tx = self.begin().await?;
        // So that the user's devices cannot change between the roster before and after.
        lock_users(&tx, vec![user_id.0]).await?;
        let done = join(&tx, user_id, code, now).await;
        settle(tx, done).await
    }
}

async fn replace_code(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
    caller: UserId,
    code: &str,
    now: Timestamp,
) -> Done<()> {
    let mut group = lock_group(tx, conversation_id, caller).await?;
    let facts = Facts::find(tx, conversation_id).await?;
    if !group.allows(facts.permissions.invite) {
        return Err(Stop::Refused(MembershipRefusal::Rank));
    }
    let text = "UPDATE conversations SET invite_code = $2, updated_at = $3 WHERE id = $1";
    let values = [conversation_id.0.into(), code.into(), now.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    // Without the code: not everybody who hears of it may invite.
    let change = updated(conversation_id, &facts, caller, now);
    let committed = append(tx, &mut group.head, change).await?;
    save_head(tx, &group.head).await?;
    Ok(((), vec![committed]))
}

async fn join(
    tx: &DatabaseTransaction,
    user_id: UserId,
    code: &str,
    now: Timestamp,
) -> Done<(ConversationId, AddedParticipant)> {
    let unknown = Stop::Refused(MembershipRefusal::NoConversation);
    let Some(conversation_id) = find_by_code(tx, code).await? else {
        return Err(unknown);
    };
    let Some(mut head) = lock_head(tx, conversation_id).await? else {
        return Err(unknown);
    };
    // Again, under the lock: the code may have been replaced meanwhile.
    if find_by_code(tx, code).await? != Some(conversation_id) {
        return Err(unknown);
    }
    if find_present(tx, conversation_id, user_id).await?.is_some() {
        let present = (conversation_id, AddedParticipant::Present);
        return Ok((present, Vec::new()));
    }
    check_place(tx, conversation_id).await?;
    let added = Present {
        user_id,
        role: Role::Member,
        joined_at: now,
    };
    let committed = admit(tx, &mut head, &added, user_id, now).await?;
    let added = (conversation_id, AddedParticipant::Added);
    Ok((added, vec![committed]))
}

async fn find_by_code(
    tx: &DatabaseTransaction,
    code: &str,
) -> Result<Option<ConversationId>, StoreError> {
    let text = "SELECT id FROM conversations WHERE invite_code = $1 AND deleted_at IS NULL";
    let statement = sql(tx.get_database_backend(), text, [code.into()]);
    let row = tx.query_one_raw(statement).await?;
    row.map(|row| Ok(ConversationId(column::<Uuid>(&row, "id")?)))
        .transpose()
}

/// Refuses where a group has as many participants as it can have.
pub(super) async fn check_place(
    tx: &DatabaseTransaction,
    conversation_id: ConversationId,
) -> Result<(), Stop<MembershipRefusal>> {
    if count(tx, conversation_id, "TRUE").await? >= limits::GROUP_MEMBERS_MAX {
        return Err(Stop::Refused(MembershipRefusal::GroupFull));
    }
    Ok(())
}

/// Begins a membership and writes the head. The caller holds the locks of the user's row and of the
/// head, and has found that the user does not take part.
pub(super) async fn admit(
    tx: &DatabaseTransaction,
    head: &mut Head,
    added: &Present,
    actor: UserId,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let change = added.change(EventKind::ParticipantAdded, actor, now);
    let committed = append(tx, head, change).await?;
    let backend = tx.get_database_backend();
    let text = "INSERT INTO participant_intervals (conversation_id, user_id, joined_revision, \
                joined_sequence, left_revision, left_sequence) \
                SELECT conversation_id, user_id, joined_revision, joined_sequence, \
                left_revision, left_sequence FROM participants \
                WHERE conversation_id = $1 AND user_id = $2";
    let values = [head.conversation_id.0.into(), added.user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    // No cursor means "from the present membership on". A device that has acknowledged nothing yet
    // still has to hear of the membership that ended.
    let text = "INSERT INTO device_cursors (device_id, conversation_id, start_revision, \
                acked_revision, receipt_version) \
                SELECT d.id, p.conversation_id, p.joined_revision - 1, p.joined_revision - 1, 0 \
                FROM participants p JOIN devices d ON d.user_id = p.user_id \
                WHERE p.conversation_id = $1 AND p.user_id = $2 AND d.removed_at IS NULL \
                AND d.created_at < p.left_at ON CONFLICT (device_id, conversation_id) DO NOTHING";
    let values = [head.conversation_id.0.into(), added.user_id.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                joined_revision, joined_sequence) VALUES ($1, $2, $3, $4, $5, $6) \
                ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, \
                joined_at = excluded.joined_at, joined_revision = excluded.joined_revision, \
                joined_sequence = excluded.joined_sequence, left_revision = NULL, \
                left_sequence = NULL, left_at = NULL, hidden = FALSE, pinned_at = NULL, \
                archived_at = NULL";
    let values = [
        head.conversation_id.0.into(),
        added.user_id.0.into(),
        added.role.as_str().into(),
        now.0.into(),
        signed(head.revision).into(),
        signed(head.last_sequence).into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    head.roster_version += 1;
    head.access_version += 1;
    save_head(tx, head).await?;
    Ok(committed)
}
