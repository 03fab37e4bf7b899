//! Changing what a conversation is called, looks like, and allows.

use sea_orm::ConnectionTrait;
use sentinal_protocol::api::conversations::{Permissions, UpdateConversationRequest};
use sentinal_protocol::event::{ChangedConversation, ConversationUpdated};
use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId};
use uuid::Uuid;

use super::read::{PERMISSIONS, permissions};
use crate::connection::Transaction;
use crate::dialect::{column, counter, signed, sql, unsigned};
use crate::entry::Change;
use crate::log::{append, save_head};
use crate::participants::{Locked, lock_conversation};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// Why a conversation was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateRefusal {
    /// The caller takes part in no such conversation.
    NoConversation,
    /// The caller's rank does not suffice.
    Rank,
    /// The caller has blocked the other side of the DM.
    Blocked,
    /// A DM has no such thing.
    NotInDm(&'static str),
}

impl Store {
    /// Changes what the request names. Nothing enters the log if that changes nothing.
    pub async fn update_conversation(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        request: &UpdateConversationRequest,
        now: Timestamp,
    ) -> Result<Settled<(), UpdateRefusal>, StoreError> {
        let tx = self.begin().await?;
        let done = update(&tx, conversation_id, caller, request, now).await;
        settle(tx, done).await
    }
}

/// What a conversation tells everybody of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    kind: ConversationType,
    subject: Option<String>,
    description: Option<String>,
    avatar_url: Option<String>,
    creator_id: Option<Uuid>,
    message_expiry_seconds: Option<u64>,
    pub(crate) permissions: Permissions,
    participant_count: u64,
    created_at: Timestamp,
}

impl Facts {
    /// Reads them under the head's lock.
    pub(crate) async fn find(
        tx: &Transaction,
        conversation_id: ConversationId,
    ) -> Result<Self, StoreError> {
        let text = format!(
            "SELECT c.type, c.subject, c.description, c.avatar_url, c.creator_id, c.created_at, \
             c.message_expiry_seconds, {PERMISSIONS}, (SELECT COUNT(*) FROM participants o \
                 WHERE o.conversation_id = c.id AND o.left_revision IS NULL) \
                 AS participant_count \
             FROM conversations c WHERE c.id = $1"
        );
        let statement = sql(tx.get_database_backend(), text, [conversation_id.0.into()]);
        let row = tx.query_one_raw(statement).await?;
        let row = row.ok_or(StoreError::Corrupt("a head without its conversation"))?;
        Ok(Self {
            kind: ConversationType::parse(&column::<String>(&row, "type")?)
                .ok_or(StoreError::Corrupt("conversation type"))?,
            subject: column(&row, "subject")?,
            description: column(&row, "description")?,
            avatar_url: column(&row, "avatar_url")?,
            creator_id: column(&row, "creator_id")?,
            message_expiry_seconds: column::<Option<i64>>(&row, "message_expiry_seconds")?
                .map(unsigned)
                .transpose()?,
            permissions: permissions(&row)?,
            participant_count: counter(&row, "participant_count")?,
            created_at: Timestamp(column(&row, "created_at")?),
        })
    }

    fn merged(&self, request: &UpdateConversationRequest) -> Self {
        let text = |update: &Option<Option<String>>, before: &Option<String>| {
            update.as_ref().unwrap_or(before).clone()
        };
        Self {
            subject: text(&request.subject, &self.subject),
            description: text(&request.description, &self.description),
            avatar_url: text(&request.avatar_url, &self.avatar_url),
            message_expiry_seconds: request
                .message_expiry_seconds
                .unwrap_or(self.message_expiry_seconds),
            permissions: match request.permissions {
                None => self.permissions,
                Some(None) => Permissions::default(),
                Some(Some(update)) => update.apply(self.permissions),
            },
            ..self.clone()
        }
    }

    async fn write(
        &self,
        tx: &Transaction,
        conversation_id: ConversationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = "UPDATE conversations SET subject = $2, subject_key = $3, description = $4, \
                    avatar_url = $5, message_expiry_seconds = $6, permission_send = $7, \
                    permission_edit_info = $8, permission_add_members = $9, \
                    permission_invite = $10, permission_start_call = $11, updated_at = $12 \
                    WHERE id = $1";
        let values = [
            conversation_id.0.into(),
            self.subject.clone().into(),
            self.subject.as_deref().map(crate::fold).into(),
            self.description.clone().into(),
            self.avatar_url.clone().into(),
            self.message_expiry_seconds.map(signed).into(),
            self.permissions.send.as_str().into(),
            self.permissions.edit_info.as_str().into(),
            self.permissions.add_members.as_str().into(),
            self.permissions.invite.as_str().into(),
            self.permissions.start_call.as_str().into(),
            now.0.into(),
        ];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        Ok(())
    }
}

/// The change of the log that tells what a conversation is now.
pub(crate) fn updated(
    conversation_id: ConversationId,
    facts: &Facts,
    actor: UserId,
    now: Timestamp,
) -> Change {
    let updated = ConversationUpdated {
        conversation: ChangedConversation {
            id: conversation_id,
            kind: facts.kind,
            subject: facts.subject.clone(),
            description: facts.description.clone(),
            avatar_url: facts.avatar_url.clone(),
            creator_id: facts.creator_id.map(UserId),
            permissions: facts.permissions,
            message_expiry_seconds: facts.message_expiry_seconds,
            participant_count: facts.participant_count,
            created_at: facts.created_at,
        },
    };
    Change::new(&updated, Some(conversation_id.0), actor, now)
}

async fn update(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    request: &UpdateConversationRequest,
    now: Timestamp,
) -> Result<((), Vec<Committed>), Stop<UpdateRefusal>> {
    let Some(mut locked) = lock_conversation(tx, conversation_id, caller).await? else {
        return Err(Stop::Refused(UpdateRefusal::NoConversation));
    };
    let before = Facts::find(tx, conversation_id).await?;
    let mut hidden_from = None;
    match locked.kind {
        ConversationType::Group => {
            check_rights(&locked, &before, request).map_err(Stop::Refused)?;
        }
        ConversationType::Dm => {
            check_dm(request).map_err(Stop::Refused)?;
            let blocks = find_blocks(tx, conversation_id, caller).await?;
            if blocks.by_caller {
                return Err(Stop::Refused(UpdateRefusal::Blocked));
            }
            hidden_from = blocks.by_other;
        }
    }
    let after = before.merged(request);
    if after == before {
        return Ok(((), Vec::new()));
    }
    after.write(tx, conversation_id, now).await?;
    let mut change = updated(conversation_id, &after, caller, now);
    change.hidden_from = hidden_from;
    let head = &mut locked.head;
    let committed = append(tx, head, change).await?;
    // A send that was checked before is checked again: it may not be allowed any more, or has to
    // expire.
    if after.permissions != before.permissions
        || after.message_expiry_seconds != before.message_expiry_seconds
    {
        head.access_version += 1;
    }
    save_head(tx, head).await?;
    Ok(((), vec![committed]))
}

/// Who may edit a group may not thereby change who may edit it.
fn check_rights(
    group: &Locked,
    facts: &Facts,
    request: &UpdateConversationRequest,
) -> Result<(), UpdateRefusal> {
    let names_info = request.subject.is_some()
        || request.description.is_some()
        || request.avatar_url.is_some()
        || request.message_expiry_seconds.is_some();
    let allowed = (!names_info || group.allows(facts.permissions.edit_info))
        && (request.permissions.is_none() || group.role >= Role::Admin);
    if allowed {
        Ok(())
    } else {
        Err(UpdateRefusal::Rank)
    }
}

/// A DM can only be told when its messages expire; taking away what it has not is no harm.
fn check_dm(request: &UpdateConversationRequest) -> Result<(), UpdateRefusal> {
    let named = [
        ("subject", matches!(request.subject, Some(Some(_)))),
        ("description", matches!(request.description, Some(Some(_)))),
        ("avatar_url", matches!(request.avatar_url, Some(Some(_)))),
        ("permissions", matches!(request.permissions, Some(Some(_)))),
    ];
    match named.iter().find(|(_, is_named)| *is_named) {
        Some((field, _)) => Err(UpdateRefusal::NotInDm(field)),
        None => Ok(()),
    }
}

/// The blocks between the two of a DM.
struct Blocks {
    by_caller: bool,
    /// The other side, if they have blocked the caller.
    by_other: Option<UserId>,
}

async fn find_blocks(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
) -> Result<Blocks, StoreError> {
    let text = "SELECT b.user_id FROM participants o JOIN blocks b \
                ON b.user_id = $2 AND b.blocked_user_id = o.user_id \
                OR b.user_id = o.user_id AND b.blocked_user_id = $2 \
                WHERE o.conversation_id = $1 AND o.user_id <> $2";
    let values = [conversation_id.0.into(), caller.0.into()];
    let statement = sql(tx.get_database_backend(), text, values);
    let mut blocks = Blocks {
        by_caller: false,
        by_other: None,
    };
    for row in tx.query_all_raw(statement).await? {
        let by = UserId(column(&row, "user_id")?);
        if by == caller {
            blocks.by_caller = true;
        } else {
            blocks.by_other = Some(by);
        }
    }
    Ok(blocks)
}
