//! Deleting one's account.

use sentinal_protocol::UserId;

use super::{ApiError, App, Caller, Revocation};

/// Memberships that end in one transaction: each locks a conversation.
const MEMBERSHIPS: u64 = 20;
/// Uploads whose files go in one round.
const UPLOADS: u64 = 50;

impl App {
    /// Deletes the caller's account. When this answers, it is gone for everybody, its sockets are
    /// closed, and its conversations know; what it wrote is erased by and by.
    pub async fn delete_account(&self, caller: &Caller) -> Result<(), ApiError> {
        let (user_id, now) = (caller.user_id, self.clock.now());
        // Afterwards nobody may know any more, so nobody would be told.
        let watchers = self.watchers_of(user_id).await?;
        let was_there = self
            .journal
            .change(move |store| {
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
        self.tell_gone(user_id, &watchers);
        self.depart_calls(user_id, None);
        if let Err(error) = self.end_erased_memberships(user_id).await {
            // The account is gone all the same; the registry goes on with it.
            tracing::warn!(%error, "some memberships of a deleted account have not ended yet");
        }
        Ok(())
    }

    async fn end_erased_memberships(&self, user_id: UserId) -> Result<(), ApiError> {
        let now = self.clock.now();
        loop {
            let ended = self
                .journal
                .change(move |store| {
                    Box::pin(async move {
                        store
                            .end_erased_memberships(user_id, MEMBERSHIPS, now)
                            .await
                    })
                })
                .await?;
            if ended < MEMBERSHIPS {
                return Ok(());
            }
        }
    }

    /// One round of erasing an account that is gone. Bounded; answers whether there was one: then
    /// there may be more to do at once.
    pub async fn erase_more(&self) -> Result<bool, ApiError> {
        let Some(user_id) = self.store.find_erasure(self.clock.now()).await? else {
            return Ok(false);
        };
        // A node that died may have left some.
        self.end_erased_memberships(user_id).await?;
        let uploads = self.store.list_erased_uploads(user_id, UPLOADS).await?;
        if !uploads.is_empty() {
            // Before the rows that name them; what fails is found by the sweep of files.
            self.erase_files(&uploads).await;
            self.store.delete_uploads(&uploads).await?;
            return Ok(true);
        }
        self.store.erase_more(user_id, self.clock.now()).await?;
        Ok(true)
    }
}
