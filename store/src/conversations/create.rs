//! Making a conversation.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sentinal_entity::{conversation_heads, conversations, participants};
use sentinal_protocol::event::{ConversationCreated, CreatedConversation};
use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId, limits};
use uuid::Uuid;

use super::people::with_both_sides;
use crate::connection::Transaction;
use crate::dialect::{column, signed, sql};
use crate::entry::{Change, Entry};
use crate::log::{Head, append, lock_users};
use crate::participants::{is_full, list_full, list_reachable};
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// A conversation to make.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// `DM` or `GROUP`.
    pub kind: ConversationType,
    /// Who makes it, and takes part in it.
    pub creator_id: UserId,
    /// A group's name; a DM has none.
    pub subject: Option<String>,
    /// What a group is about.
    pub description: Option<String>,
    /// A group's picture.
    pub avatar_url: Option<String>,
    /// Who else takes part, each once and without the creator; exactly one for a DM.
    pub others: Vec<UserId>,
}

/// What became of a conversation to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was made.
    New(ConversationId),
    /// The pair had its DM already.
    Existing(ConversationId),
}

/// Why a conversation was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateRefusal {
    /// These do not exist, or do not let the creator put them into a group.
    Unknown(Vec<UserId>),
    /// The creator has blocked the other side of the DM.
    Blocked,
    /// More participants than a group can have.
    GroupFull,
    /// The creator takes part in as many conversations as one may.
    TooManyConversations,
}

impl Store {
    /// Makes a conversation with all its participants as its first revision, or finds the DM that
    /// the pair has.
    pub async fn create_conversation(
        &self,
        new: &NewConversation,
        now: Timestamp,
    ) -> Result<Settled<Created, CreateRefusal>, StoreError> {
        let tx = self.begin().await?;
        // The locks keep everybody's devices and existence as they are, and make two creators of
        // one DM come one after the other.
        let mut ids: Vec<Uuid> = new.others.iter().map(|user| user.0).collect();
        ids.push(new.creator_id.0);
        let known = lock_users(&tx, ids).await?;
        let most = self.conversations_max();
        let done = match new.kind {
            ConversationType::Dm => create_dm(&tx, new, (&known, most), now).await,
            ConversationType::Group => create_group(&tx, new, most, now).await,
        };
        settle(tx, done).await
    }
}

type Made = Result<(Created, Vec<Committed>), Stop<CreateRefusal>>;

async fn create_dm(
    tx: &Transaction,
    new: &NewConversation,
    (known, conversations_max): (&[UserId], u64),
    now: Timestamp,
) -> Made {
    let missing = new.others.iter().find(|other| !known.contains(other));
    let other = match (new.others.as_slice(), missing) {
        ([other], None) => *other,
        (others, _) => return Err(Stop::Refused(CreateRefusal::Unknown(others.to_vec()))),
    };
    let backend = tx.get_database_backend();
    let text = "SELECT user_id FROM blocks WHERE user_id = $1 AND blocked_user_id = $2 \
                OR user_id = $2 AND blocked_user_id = $1";
    let values = [new.creator_id.0.into(), other.0.into()];
    let mut blocked_by_other = false;
    for row in tx.query_all_raw(sql(backend, text, values)).await? {
        if column::<Uuid>(&row, "user_id")? == new.creator_id.0 {
            return Err(Stop::Refused(CreateRefusal::Blocked));
        }
        blocked_by_other = true;
    }
    let key = dm_key(new.creator_id, other);
    let text = "SELECT id FROM conversations WHERE dm_key = $1";
    let found = tx
        .query_one_raw(sql(backend, text, [key.clone().into()]))
        .await?;
    if let Some(row) = found {
        let id = ConversationId(column(&row, "id")?);
        let text = "UPDATE participants SET hidden = FALSE \
                    WHERE conversation_id = $1 AND user_id = $2 AND hidden";
        let values = [id.0.into(), new.creator_id.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        return Ok((Created::Existing(id), Vec::new()));
    }
    if is_full(tx, new.creator_id, conversations_max).await? {
        return Err(Stop::Refused(CreateRefusal::TooManyConversations));
    }
    let members = [
        NewMember::shown(new.creator_id, Role::Member),
        NewMember {
            user_id: other,
            role: Role::Member,
            // The blocker's list shows the DM only once there is a message that they may see.
            hidden: blocked_by_other,
        },
    ];
    insert(tx, new, Some(key), &members, now).await
}

async fn create_group(
    tx: &Transaction,
    new: &NewConversation,
    conversations_max: u64,
    now: Timestamp,
) -> Made {
    if new.others.len() + 1 > limits::GROUP_MEMBERS_MAX {
        return Err(Stop::Refused(CreateRefusal::GroupFull));
    }
    let reachable = list_reachable(tx, new.creator_id, &new.others).await?;
    let mut reachable: HashSet<_> = reachable.into_iter().collect();
    let mut all = new.others.clone();
    all.push(new.creator_id);
    for full in list_full(tx, &all, conversations_max).await? {
        if full == new.creator_id {
            return Err(Stop::Refused(CreateRefusal::TooManyConversations));
        }
        reachable.remove(&full);
    }
    let mut unknown = new.others.clone();
    unknown.retain(|user| !reachable.contains(user));
    if !unknown.is_empty() {
        return Err(Stop::Refused(CreateRefusal::Unknown(unknown)));
    }
    let mut members = vec![NewMember::shown(new.creator_id, Role::Owner)];
    let others = new.others.iter();
    members.extend(others.map(|user| NewMember::shown(*user, Role::Member)));
    insert(tx, new, None, &members, now).await
}

struct NewMember {
    user_id: UserId,
    role: Role,
    hidden: bool,
}

impl NewMember {
    fn shown(user_id: UserId, role: Role) -> Self {
        Self {
            user_id,
            role,
            hidden: false,
        }
    }
}

async fn insert(
    tx: &Transaction,
    new: &NewConversation,
    dm_key: Option<Vec<u8>>,
    members: &[NewMember],
    now: Timestamp,
) -> Made {
    let id = ConversationId::new(now);
    let group = new.kind == ConversationType::Group;
    let text_of_group = |text: &Option<String>| text.clone().filter(|_| group);
    let subject = text_of_group(&new.subject);
    let row = conversations::ActiveModel {
        id: Set(id.0),
        kind: Set(new.kind.as_str().to_owned()),
        dm_key: Set(dm_key),
        subject_key: Set(subject.as_deref().map(crate::fold)),
        subject: Set(subject.clone()),
        description: Set(text_of_group(&new.description)),
        avatar_url: Set(text_of_group(&new.avatar_url)),
        creator_id: Set(Some(new.creator_id.0)),
        created_at: Set(now.0),
        updated_at: Set(now.0),
        ..Default::default()
    };
    conversations::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;

    let mut head = Head {
        conversation_id: id,
        last_sequence: 0,
        revision: 0,
        roster_version: 1,
        access_version: 1,
        receipt_version: 0,
    };
    let created = ConversationCreated {
        conversation: CreatedConversation {
            id,
            kind: new.kind,
            subject,
            description: text_of_group(&new.description),
            avatar_url: text_of_group(&new.avatar_url),
            creator_id: Some(new.creator_id),
            participant_count: members.len() as u64,
            // Not for the log: it is read anew with each reading.
            participants: None,
            created_at: now,
        },
    };
    let change = Change {
        // A DM past a block: the blocker's devices hear of a revision and no more.
        hidden_from: members
            .iter()
            .find(|member| member.hidden)
            .map(|member| member.user_id),
        ..Change::new(&created, Some(id.0), new.creator_id, now)
    };
    let committed = append(tx, &mut head, change).await?;
    let row = conversation_heads::ActiveModel {
        conversation_id: Set(id.0),
        last_sequence: Set(signed(head.last_sequence)),
        revision: Set(signed(head.revision)),
        roster_version: Set(signed(head.roster_version)),
        access_version: Set(signed(head.access_version)),
        receipt_version: Set(signed(head.receipt_version)),
        last_message_at: Set(None),
    };
    conversation_heads::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;

    // At most GROUP_MEMBERS_MAX rows of seven columns: within one statement's variables.
    let rows = members.iter().map(|member| participants::ActiveModel {
        conversation_id: Set(id.0),
        user_id: Set(member.user_id.0),
        role: Set(member.role.as_str().to_owned()),
        joined_at: Set(now.0),
        joined_revision: Set(signed(head.revision)),
        joined_sequence: Set(0),
        hidden: Set(member.hidden),
        ..Default::default()
    });
    participants::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    let sides: Vec<_> = members.iter().map(|member| member.user_id).collect();
    let committed = match committed.entry {
        Entry::Change(change) if !group => {
            let change = Change {
                payload: with_both_sides(tx, &sides, change.payload.clone()).await?,
                ..Change::clone(&change)
            };
            Committed {
                entry: Entry::Change(Arc::new(change)),
                ..committed
            }
        }
        Entry::Message(_) | Entry::MessageChange(_) | Entry::Control(_) | Entry::Change(_) => {
            committed
        }
    };
    Ok((Created::New(id), vec![committed]))
}

/// The key under which a pair has at most one DM: both ids' bytes, the smaller id first.
pub(crate) fn dm_key(one: UserId, other: UserId) -> Vec<u8> {
    let (low, high) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    [low.0.as_bytes().as_slice(), high.0.as_bytes().as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_key_whoever_comes_first() {
        let (one, other) = (UserId::new(Timestamp(1)), UserId::new(Timestamp(2)));
        assert_eq!(dm_key(one, other), dm_key(other, one));
        assert_eq!(dm_key(one, other).len(), 32);
    }
}
