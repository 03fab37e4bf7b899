//! What a participant arranges for themselves: mute, pin, archive. Nobody else hears of it; it takes
//! no revision of the conversation but one of the account.

use sea_orm::{ConnectionTrait, Value};
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use crate::accounts::raise_account_revision;
use crate::dialect::sql;
use crate::log::lock_users;
use crate::{Store, StoreError};

/// What a participant wants for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnState {
    /// No notifications until then.
    MutedUntil(Timestamp),
    /// Notifications come again.
    Unmuted,
    /// Above all others; from when on, unless it is there already.
    PinnedSince(Timestamp),
    /// By its last message.
    Unpinned,
    /// Put away; from when on, unless it is already.
    ArchivedSince(Timestamp),
    /// In use.
    Unarchived,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnStateChange {
    /// It was so already.
    Unchanged,
    /// It is so now.
    Changed {
        /// The user's new `account_revision`.
        account_revision: u64,
    },
}

impl OwnState {
    /// What is written, and when that changes something.
    fn assignment(self) -> (&'static str, &'static str) {
        match self {
            Self::MutedUntil(_) => (
                "muted_until = $3",
                "(muted_until IS NULL OR muted_until <> $3)",
            ),
            Self::Unmuted => ("muted_until = NULL", "muted_until IS NOT NULL"),
            Self::PinnedSince(_) => ("pinned_at = $3", "pinned_at IS NULL"),
            Self::Unpinned => ("pinned_at = NULL", "pinned_at IS NOT NULL"),
            Self::ArchivedSince(_) => ("archived_at = $3", "archived_at IS NULL"),
            Self::Unarchived => ("archived_at = NULL", "archived_at IS NOT NULL"),
        }
    }

    fn time(self) -> Option<Timestamp> {
        match self {
            Self::MutedUntil(at) | Self::PinnedSince(at) | Self::ArchivedSince(at) => Some(at),
            Self::Unmuted | Self::Unpinned | Self::Unarchived => None,
        }
    }
}

impl Store {
    /// Arranges a conversation for one of its participants; `None` if the user is none.
    pub async fn set_own_state(
        &self,
        conversation_id: ConversationId,
        user_id: UserId,
        state: OwnState,
    ) -> Result<Option<OwnStateChange>, StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        let text = "SELECT 1 FROM participants p JOIN conversations c ON c.id = p.conversation_id \
                    WHERE p.conversation_id = $1 AND p.user_id = $2 \
                    AND p.left_revision IS NULL AND c.deleted_at IS NULL";
        let mut values: Vec<Value> = vec![conversation_id.0.into(), user_id.0.into()];
        let statement = sql(self.backend(), text, values.clone());
        if tx.query_one_raw(statement).await?.is_none() {
            return Ok(None);
        }
        let (set, changes) = state.assignment();
        let text = format!(
            "UPDATE participants SET {set} WHERE conversation_id = $1 AND user_id = $2 \
             AND left_revision IS NULL AND {changes}"
        );
        values.extend(state.time().map(|at| Value::from(at.0)));
        let done = tx.execute_raw(sql(self.backend(), text, values)).await?;
        if done.rows_affected() == 0 {
            return Ok(Some(OwnStateChange::Unchanged));
        }
        let account_revision = raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(Some(OwnStateChange::Changed { account_revision }))
    }
}
