//! The end of a conversation: of a group for everybody, of a DM for the one who wants it gone.

use sea_orm::ConnectionTrait;
use sentinal_protocol::event::{ConversationDeleted, DeletedConversation};
use sentinal_protocol::{ConversationId, ConversationType, Role, Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::dialect::{signed, sql};
use crate::entry::Change;
use crate::log::{Head, append, lock_users, save_head};
use crate::participants::lock_conversation;
use crate::stop::{Settled, Stop, settle};
use crate::{Committed, Store, StoreError};

/// Why a conversation was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteRefusal {
    /// The caller takes part in no such conversation.
    NoConversation,
    /// Only an owner deletes a group.
    Rank,
}

/// What deleting a conversation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The group is gone for everybody.
    ForAll,
    /// The DM is hidden from the caller and cleared.
    ForCaller {
        /// The caller's new `account_revision`.
        account_revision: u64,
    },
}

impl Store {
    /// Deletes a group for everybody, hides and clears a DM for the caller.
    pub async fn delete_conversation(
        &self,
        conversation_id: ConversationId,
        caller: UserId,
        now: Timestamp,
    ) -> Result<Settled<Deleted, DeleteRefusal>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![caller.0]).await?;
        let done = delete(&tx, conversation_id, caller, now).await;
        settle(tx, done).await
    }

    /// Those whose log of a conversation ends with this revision.
    pub async fn list_ended(
        &self,
        conversation_id: ConversationId,
        revision: u64,
    ) -> Result<Vec<UserId>, StoreError> {
        let text = "SELECT user_id FROM participants \
                    WHERE conversation_id = $1 AND left_revision = $2";
        let values = [conversation_id.0.into(), signed(revision).into()];
        let statement = sql(self.backend(), text, values);
        let rows = self.read().query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok(UserId(crate::dialect::column(row, "user_id")?)))
            .collect()
    }
}

async fn delete(
    tx: &Transaction,
    conversation_id: ConversationId,
    caller: UserId,
    now: Timestamp,
) -> Result<(Deleted, Vec<Committed>), Stop<DeleteRefusal>> {
    let Some(mut locked) = lock_conversation(tx, conversation_id, caller).await? else {
        return Err(Stop::Refused(DeleteRefusal::NoConversation));
    };
    match locked.kind {
        ConversationType::Dm => {
            clear(tx, &locked.head, caller).await?;
            let account_revision = raise_account_revision(tx, caller).await?;
            Ok((Deleted::ForCaller { account_revision }, Vec::new()))
        }
        ConversationType::Group if locked.role < Role::Owner => {
            Err(Stop::Refused(DeleteRefusal::Rank))
        }
        ConversationType::Group => {
            let committed = close(tx, &mut locked.head, caller, now).await?;
            Ok((Deleted::ForAll, vec![committed]))
        }
    }
}

/// The next message brings the DM back, without what was before.
async fn clear(tx: &Transaction, head: &Head, caller: UserId) -> Result<(), StoreError> {
    let text = "UPDATE participants SET hidden = TRUE, cleared_sequence = $3, pinned_at = NULL, \
                archived_at = NULL WHERE conversation_id = $1 AND user_id = $2";
    let values = [
        head.conversation_id.0.into(),
        caller.0.into(),
        signed(head.last_sequence).into(),
    ];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Ends everybody's membership with one revision, the last one that anybody gets. Head, log and
/// participants stay until every device has read up to it.
async fn close(
    tx: &Transaction,
    head: &mut Head,
    actor: UserId,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let id = head.conversation_id;
    let deleted = ConversationDeleted {
        conversation: DeletedConversation {
            id,
            kind: ConversationType::Group,
        },
    };
    let change = Change::new(&deleted, Some(id.0), actor, now);
    let committed = append(tx, head, change).await?;
    let backend = tx.get_database_backend();
    let text = "UPDATE participants SET left_revision = $2, left_sequence = $3, left_at = $4 \
                WHERE conversation_id = $1 AND left_revision IS NULL";
    let values = [
        head.conversation_id.0.into(),
        signed(head.revision).into(),
        signed(head.last_sequence).into(),
        now.0.into(),
    ];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "UPDATE conversations SET deleted_at = $2, updated_at = $2, invite_code = NULL \
                WHERE id = $1";
    let values = [head.conversation_id.0.into(), now.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    head.roster_version += 1;
    head.access_version += 1;
    save_head(tx, head).await?;
    Ok(committed)
}
