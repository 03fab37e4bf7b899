//! Broadcast lists of the caller. To everybody else they do not exist.

mod send;

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::broadcasts::{
    AddRecipientRequest, Broadcast, BroadcastSearchQuery, Broadcasts, BroadcastsQuery, BulkAdded,
    BulkRecipientsRequest, BulkRemoved, CreateBroadcastRequest, CreatedBroadcast, RecipientCheck,
    RecipientCount, Recipients, UpdateBroadcastRequest,
};
use sentinal_protocol::{BroadcastId, ErrorCode, SkipReason, UserId, limits};
use sentinal_store::{AddedRecipients, BroadcastChange, BroadcastSearch, NewBroadcast, Stored};

use crate::context::Context;
use crate::messages::MessageService;
use crate::paging::slice;
use crate::{ApiError, Caller};

/// Characters of a search.
const SEARCH_CHARS: std::ops::RangeInclusive<usize> = 1..=128;

/// Lists of people who are written to one by one.
#[derive(Clone)]
pub struct BroadcastService {
    pub(crate) context: Context,
    pub(crate) messages: MessageService,
}

impl BroadcastService {
    /// Makes a list.
    pub async fn create_broadcast(
        &self,
        caller: &Caller,
        request: CreateBroadcastRequest,
    ) -> Result<CreatedBroadcast, ApiError> {
        check_is_caller(caller, request.owner_id)?;
        let now = self.context.clock.now();
        let new = NewBroadcast {
            id: BroadcastId::new(now),
            owner_id: caller.user_id,
            name: request.name,
            description: request.description,
            recipients: request.recipients,
        };
        let (broadcast, added) = self.context.store.insert_broadcast(&new, now).await?;
        self.tell_lists_changed(caller, added.account_revision);
        Ok(CreatedBroadcast {
            broadcast,
            skipped: added.skipped,
        })
    }

    /// A list of the caller.
    pub async fn get_broadcast(
        &self,
        caller: &Caller,
        id: BroadcastId,
    ) -> Result<Broadcast, ApiError> {
        let found = self
            .context
            .store
            .find_broadcast(caller.user_id, id)
            .await?;
        found.ok_or_else(no_broadcast)
    }

    /// A page of the caller's lists.
    pub async fn list_broadcasts(
        &self,
        caller: &Caller,
        query: BroadcastsQuery,
    ) -> Result<Broadcasts, ApiError> {
        check_is_caller(caller, query.user_id)?;
        let page = slice(query.page, query.limit)?;
        let search = BroadcastSearch {
            owner_id: caller.user_id,
            part: "",
        };
        let listed = self
            .context
            .store
            .list_broadcasts(search, page.offset, page.limit);
        Ok(listed.await?)
    }

    /// A page of the caller's lists whose name contains a text.
    pub async fn search_broadcasts(
        &self,
        caller: &Caller,
        query: BroadcastSearchQuery,
    ) -> Result<Broadcasts, ApiError> {
        let part = query.query.trim();
        if !SEARCH_CHARS.contains(&part.chars().count()) {
            return Err(ApiError::invalid("query", "must have 1 to 128 characters"));
        }
        let page = slice(query.page, query.limit)?;
        let search = BroadcastSearch {
            owner_id: caller.user_id,
            part,
        };
        let listed = self
            .context
            .store
            .list_broadcasts(search, page.offset, page.limit);
        Ok(listed.await?)
    }

    /// Changes name or description of a list.
    pub async fn update_broadcast(
        &self,
        caller: &Caller,
        id: BroadcastId,
        request: UpdateBroadcastRequest,
    ) -> Result<Broadcast, ApiError> {
        let change = BroadcastChange {
            name: request.name,
            description: request.description,
        };
        let changed = self
            .context
            .store
            .update_broadcast(caller.user_id, id, &change, self.context.clock.now())
            .await?;
        let (broadcast, account_revision) = changed.ok_or_else(no_broadcast)?;
        self.tell_lists_changed(caller, Some(account_revision));
        Ok(broadcast)
    }

    /// Deletes a list. What was sent through it stays.
    pub async fn delete_broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<(), ApiError> {
        let deleted = self
            .context
            .store
            .delete_broadcast(caller.user_id, id)
            .await?;
        self.tell_lists_changed(caller, Some(deleted.ok_or_else(no_broadcast)?));
        Ok(())
    }

    /// A page of a list's recipients.
    pub async fn list_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        query: PageQuery,
    ) -> Result<Recipients, ApiError> {
        self.get_broadcast(caller, id).await?;
        let page = slice(query.page, query.limit)?;
        let listed = self
            .context
            .store
            .list_recipients(id, page.offset, page.limit);
        Ok(listed.await?)
    }

    /// How many recipients a list has.
    pub async fn count_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
    ) -> Result<RecipientCount, ApiError> {
        let broadcast = self.get_broadcast(caller, id).await?;
        Ok(RecipientCount {
            count: broadcast.recipient_count,
        })
    }

    /// Whether somebody is on a list.
    pub async fn check_recipient(
        &self,
        caller: &Caller,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<RecipientCheck, ApiError> {
        self.get_broadcast(caller, id).await?;
        Ok(self.context.store.find_recipient(id, user_id).await?)
    }

    /// Puts somebody on a list.
    pub async fn add_recipient(
        &self,
        caller: &Caller,
        id: BroadcastId,
        request: AddRecipientRequest,
    ) -> Result<Stored<RecipientCheck>, ApiError> {
        let user_id = request.user_id;
        if user_id == caller.user_id {
            return Err(ApiError::invalid("user_id", "must be someone else"));
        }
        let added = self.add(caller, id, &[user_id]).await?;
        if let Some(skipped) = added.skipped.first() {
            match skipped.code {
                SkipReason::Duplicate => {}
                SkipReason::Blocked => {
                    return Err(ApiError::blocked());
                }
                SkipReason::UnknownUser | SkipReason::NotFound => {
                    return Err(ApiError::not_found("user"));
                }
                SkipReason::ListFull => {
                    return Err(ApiError::new(
                        ErrorCode::Conflict,
                        format!(
                            "A list may have {} recipients at most.",
                            limits::BROADCAST_RECIPIENTS_MAX
                        ),
                    ));
                }
            }
        }
        let recipient = self.context.store.find_recipient(id, user_id).await?;
        Ok(if added.added > 0 {
            Stored::Created(recipient)
        } else {
            Stored::Unchanged(recipient)
        })
    }

    /// Takes somebody off a list.
    pub async fn remove_recipient(
        &self,
        caller: &Caller,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<(), ApiError> {
        let removed = self.remove(caller, id, &[user_id]).await?;
        if removed.removed == 0 {
            return Err(ApiError::not_found("recipient"));
        }
        Ok(())
    }

    /// Puts many on a list; those who cannot be are named.
    pub async fn add_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        request: BulkRecipientsRequest,
    ) -> Result<BulkAdded, ApiError> {
        let added = self.add(caller, id, &request.user_ids).await?;
        Ok(BulkAdded {
            added: added.added,
            count: added.count,
            skipped: added.skipped,
        })
    }

    /// Takes many off a list; those who were not on it are named.
    pub async fn remove_recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        request: BulkRecipientsRequest,
    ) -> Result<BulkRemoved, ApiError> {
        self.remove(caller, id, &request.user_ids).await
    }

    async fn add(
        &self,
        caller: &Caller,
        id: BroadcastId,
        users: &[UserId],
    ) -> Result<AddedRecipients, ApiError> {
        let added = self
            .context
            .store
            .insert_recipients(caller.user_id, id, users, self.context.clock.now())
            .await?
            .ok_or_else(no_broadcast)?;
        self.tell_lists_changed(caller, added.account_revision);
        Ok(added)
    }

    async fn remove(
        &self,
        caller: &Caller,
        id: BroadcastId,
        users: &[UserId],
    ) -> Result<BulkRemoved, ApiError> {
        let removed = self
            .context
            .store
            .delete_recipients(caller.user_id, id, users)
            .await?
            .ok_or_else(no_broadcast)?;
        self.tell_lists_changed(caller, removed.account_revision);
        Ok(BulkRemoved {
            removed: removed.removed,
            count: removed.count,
            skipped: removed.skipped,
        })
    }

    fn tell_lists_changed(&self, caller: &Caller, account_revision: Option<u64>) {
        let Some(account_revision) = account_revision else {
            return;
        };
        self.context.tell_account_changed(caller, account_revision);
    }
}

fn check_is_caller(caller: &Caller, named: Option<UserId>) -> Result<(), ApiError> {
    if named.is_some_and(|user_id| user_id != caller.user_id) {
        return Err(ApiError::forbidden("Only your own lists are yours."));
    }
    Ok(())
}

fn no_broadcast() -> ApiError {
    ApiError::not_found("broadcast")
}
