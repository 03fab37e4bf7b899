//! Deleting one's account.

use sentinal_actors::revocation::Revocation;
use sentinal_protocol::UserId;

use super::{AccountService, Confirmation};
use crate::{ApiError, Caller};

/// Memberships that end in one transaction: each locks a conversation.
const MEMBERSHIPS: u64 = 20;
/// Uploads whose files go in one round.
const UPLOADS: u64 = 50;

/// What a round of erasing did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Erased {
    /// The account of which something was erased.
    pub(crate) account: Option<UserId>,
    /// Whether there may be more to do at once.
    pub(crate) is_more: bool,
}

impl AccountService {
    /// Deletes the caller's account. When this answers, it is gone for everybody, its sockets are
    /// closed, and its conversations know; what it wrote is erased by and by.
    pub async fn delete_account(
        &self,
        caller: &Caller,
        confirmation: Confirmation,
    ) -> Result<(), ApiError> {
        self.confirm(caller, confirmation).await?;
        let (user_id, now) = (caller.user_id, self.context.clock.now());
        // Afterwards nobody may know any more, so nobody would be told.
        let watchers = self.context.presence.watchers_of(user_id).await?;
        let was_there = self
            .context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move { Ok((store.begin_erasure(user_id, now).await?, Vec::new())) })
            })
            .await?;
        if !was_there {
            return Err(ApiError::unauthorized());
        }
        let revocation = Revocation::User {
            user_id,
            except: None,
        };
        self.revoked(user_id, &revocation);
        self.context.presence.tell_gone(user_id, &watchers);
        self.context.calls.depart(user_id, None);
        if let Err(error) = self.end_erased_memberships(user_id).await {
            // The account is gone all the same; the janitor goes on with it.
            tracing::warn!(%error, "some memberships of a deleted account have not ended yet");
        }
        Ok(())
    }

    async fn end_erased_memberships(&self, user_id: UserId) -> Result<(), ApiError> {
        while self.end_some_memberships(user_id).await? == MEMBERSHIPS {}
        Ok(())
    }

    /// Ends [`MEMBERSHIPS`] of an account that is gone, or all that are left; how many.
    async fn end_some_memberships(&self, user_id: UserId) -> Result<u64, ApiError> {
        let now = self.context.clock.now();
        let ended = self
            .context
            .journal
            .change(user_id, move |store| {
                Box::pin(async move {
                    store
                        .end_erased_memberships(user_id, MEMBERSHIPS, now)
                        .await
                })
            })
            .await?;
        for (conversation_id, last_own) in &ended {
            // What the account wrote there is unread to nobody any more.
            self.context.tell_unread(*conversation_id, *last_own).await;
        }
        Ok(ended.len() as u64)
    }

    /// One round of erasing what devices that were taken away have left, and one of an account that is
    /// gone: of the one after `last`, so that none waits until another one is done. Bounded.
    pub(crate) async fn erase_more(&self, last: Option<UserId>) -> Result<Erased, ApiError> {
        let of_devices = self.context.store.erase_device_remains().await?;
        let now = self.context.clock.now();
        let account = self.context.store.find_erasure(last, now).await?;
        if let Some(user_id) = account {
            self.erase_more_of(user_id).await?;
        }
        Ok(Erased {
            account,
            is_more: of_devices || account.is_some(),
        })
    }

    async fn erase_more_of(&self, user_id: UserId) -> Result<(), ApiError> {
        // A node that died may have left some.
        if self.end_some_memberships(user_id).await? == MEMBERSHIPS {
            return Ok(());
        }
        let store = &self.context.store;
        let uploads = store.list_erased_uploads(user_id, UPLOADS).await?;
        if uploads.is_empty() {
            store.erase_more(user_id, self.context.clock.now()).await?;
        } else {
            // Before the rows that name them; what fails is found by the sweep of files.
            self.uploads.erase_files(&uploads).await;
            store.delete_uploads(&uploads).await?;
        }
        Ok(())
    }
}
