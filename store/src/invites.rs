//! Invite links: the code of a group, and joining by it.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::invites::ConversationPreview;
use sentinal_protocol::{ConversationId, Role, Timestamp, UserId};
use uuid::Uuid;

use crate::connection::Transaction;
use crate::conversations::{Facts, updated};
use crate::dialect::{column, counter, sql};
use crate::entry::Committed;
use crate::log::{append, lock_head, lock_users, save_head};
use crate::participants::{
    AddedParticipant, Locked, MembershipRefusal, Present, admit, check_place, find_present,
    is_banned, is_full, lock_group,
};
use crate::stop::{Settled, Stop, settle};
use crate::{Store, StoreError};

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
    /// The group behind an invite code; none for who is banned from it.
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
                    FROM conversations c WHERE c.invite_code = $1 AND c.deleted_at IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM conversation_bans b \
                        WHERE b.conversation_id = c.id AND b.user_id = $2)";
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
        let done = join(&tx, (user_id, self.conversations_max()), code, now).await;
        settle(tx, done).await
    }
}

async fn replace_code(
    tx: &Transaction,
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
    write_code(tx, conversation_id, code, now).await?;
    let committed = tell(tx, &mut group, &facts, caller, now).await?;
    Ok(((), vec![committed]))
}

/// Gives a group another invite code if it has one, whatever the caller's rank: somebody who knows
/// the code has just been removed.
pub(crate) async fn renew_code(
    tx: &Transaction,
    group: &mut Locked,
    caller: UserId,
    code: &str,
    now: Timestamp,
) -> Result<Option<Committed>, StoreError> {
    let conversation_id = group.head.conversation_id;
    let text = "SELECT 1 FROM conversations WHERE id = $1 AND invite_code IS NOT NULL";
    let statement = sql(tx.get_database_backend(), text, [conversation_id.0.into()]);
    if tx.query_one_raw(statement).await?.is_none() {
        return Ok(None);
    }
    write_code(tx, conversation_id, code, now).await?;
    let facts = Facts::find(tx, conversation_id).await?;
    tell(tx, group, &facts, caller, now).await.map(Some)
}

async fn write_code(
    tx: &Transaction,
    conversation_id: ConversationId,
    code: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE conversations SET invite_code = $2, updated_at = $3 WHERE id = $1";
    let values = [conversation_id.0.into(), code.into(), now.0.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Enters into the log that the invite link is another one, without the code: not everybody who
/// reads the log may invite.
async fn tell(
    tx: &Transaction,
    group: &mut Locked,
    facts: &Facts,
    caller: UserId,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let change = updated(group.head.conversation_id, facts, caller, now);
    let committed = append(tx, &mut group.head, change).await?;
    save_head(tx, &group.head).await?;
    Ok(committed)
}

async fn join(
    tx: &Transaction,
    (user_id, conversations_max): (UserId, u64),
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
    if is_banned(tx, conversation_id, user_id).await? {
        return Err(unknown);
    }
    check_place(tx, conversation_id).await?;
    if is_full(tx, user_id, conversations_max).await? {
        return Err(Stop::Refused(MembershipRefusal::TooManyConversations));
    }
    let added = Present {
        user_id,
        role: Role::Member,
        joined_at: now,
    };
    let committed = admit(tx, &mut head, &added, user_id, now).await?;
    let added = (conversation_id, AddedParticipant::Added);
    Ok((added, vec![committed]))
}

async fn find_by_code(tx: &Transaction, code: &str) -> Result<Option<ConversationId>, StoreError> {
    let text = "SELECT id FROM conversations WHERE invite_code = $1 AND deleted_at IS NULL";
    let statement = sql(tx.get_database_backend(), text, [code.into()]);
    let row = tx.query_one_raw(statement).await?;
    row.map(|row| Ok(ConversationId(column::<Uuid>(&row, "id")?)))
        .transpose()
}
