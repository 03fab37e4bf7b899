//! Contacts and blocks.
//!
//! A block is silent: what it makes impossible answers as if the blocker did not exist.

use sentinal_protocol::UserId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{AddContactRequest, Contact, Contacts};
use sentinal_protocol::event::ContactUpdated;
use sentinal_store::{ContactChange, Stored};

use super::PeopleService;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl PeopleService {
    /// A page of the caller's contacts.
    pub async fn list_contacts(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Contacts, ApiError> {
        let page = slice(query.page, query.limit)?;
        let contacts = self
            .context
            .store
            .list_contacts(caller.user_id, page.offset, page.limit)
            .await?;
        Ok(contacts)
    }

    /// A page of those whom the caller has blocked.
    pub async fn list_blocked(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Contacts, ApiError> {
        let page = slice(query.page, query.limit)?;
        let contacts = self
            .context
            .store
            .list_blocked(caller.user_id, page.offset, page.limit)
            .await?;
        Ok(contacts)
    }

    /// Adds someone to the caller's contacts.
    pub async fn add_contact(
        &self,
        caller: &Caller,
        request: AddContactRequest,
    ) -> Result<Stored<Contact>, ApiError> {
        let other = request.contact_user_id;
        if other == caller.user_id {
            return Err(ApiError::invalid("contact_user_id", "must be someone else"));
        }
        let nickname = request.nickname.as_deref();
        // PostgreSQL's texts cannot hold it.
        if nickname.is_some_and(|nickname| nickname.contains('\0')) {
            return Err(ApiError::invalid("nickname", "must not contain U+0000"));
        }
        let sight = self.context.presence.sight(caller.user_id, other).await?;
        let change = self
            .context
            .store
            .put_contact(caller.user_id, other, nickname, self.context.clock.now())
            .await?;
        let created = change.as_ref().is_some_and(|change| change.created);
        let contact = self.changed(caller, change)?;
        self.context
            .presence
            .sight_changed(caller.user_id, other, sight)
            .await?;
        Ok(if created {
            Stored::Created(contact)
        } else {
            Stored::Unchanged(contact)
        })
    }

    /// Takes someone out of the caller's contacts.
    pub async fn remove_contact(&self, caller: &Caller, other: UserId) -> Result<(), ApiError> {
        let sight = self.context.presence.sight(caller.user_id, other).await?;
        let account_revision = self
            .context
            .store
            .delete_contact(caller.user_id, other)
            .await?
            .ok_or_else(|| ApiError::not_found("contact"))?;
        self.context.tell_account_changed(caller, account_revision);
        self.tell_contact_updated(caller, other, None);
        self.context
            .presence
            .sight_changed(caller.user_id, other, sight)
            .await
    }

    /// Blocks a user, contact or not.
    pub async fn block_user(&self, caller: &Caller, other: UserId) -> Result<Contact, ApiError> {
        check_someone_else(caller, other)?;
        let (user, now) = (caller.user_id, self.context.clock.now());
        let sight = self.context.presence.sight(user, other).await?;
        let change = self
            .context
            .journal
            .change(user, move |store| {
                Box::pin(async move { store.block_user(user, other, now).await })
            })
            .await?;
        self.block_changed(user, other).await?;
        self.context
            .presence
            .sight_changed(user, other, sight)
            .await?;
        self.end_blocked_call(user, other).await?;
        self.changed(caller, change)
    }

    /// Ends a block.
    pub async fn unblock_user(&self, caller: &Caller, other: UserId) -> Result<Contact, ApiError> {
        check_someone_else(caller, other)?;
        let user = caller.user_id;
        let sight = self.context.presence.sight(user, other).await?;
        let change = self
            .context
            .journal
            .change(user, move |store| {
                Box::pin(async move { store.unblock_user(user, other).await })
            })
            .await?;
        self.block_changed(user, other).await?;
        self.context
            .presence
            .sight_changed(user, other, sight)
            .await?;
        self.changed(caller, change)
    }

    /// Tells the caller's devices of a change, and answers whom it was about.
    fn changed(&self, caller: &Caller, change: Option<ContactChange>) -> Result<Contact, ApiError> {
        let change = change.ok_or_else(|| ApiError::not_found("user"))?;
        if let Some(account_revision) = change.account_revision {
            self.context.tell_account_changed(caller, account_revision);
            let contact = &change.contact;
            self.tell_contact_updated(caller, contact.id, Some(contact));
        }
        Ok(change.contact)
    }

    /// Tells the caller's devices how a contact or blocked user is now; `None`: no contact any more.
    fn tell_contact_updated(&self, caller: &Caller, other: UserId, contact: Option<&Contact>) {
        let event = ContactUpdated {
            user_id: caller.user_id,
            contact_user_id: other,
            contact: contact.cloned(),
        };
        self.context.node.account_event(caller.user_id, &event);
    }

    /// Lets the DM of two users know that a block between them has come or gone.
    async fn block_changed(&self, one: UserId, other: UserId) -> Result<(), ApiError> {
        if let Some(dm) = self
            .context
            .store
            .find_direct_conversation(one, other, self.context.clock.now())
            .await?
        {
            self.context.node.refresh_conversation(dm.id).await;
        }
        Ok(())
    }

    /// No call crosses a block in a DM: who blocks leaves it, as if they had hung up.
    async fn end_blocked_call(&self, blocker: UserId, other: UserId) -> Result<(), ApiError> {
        if let Some(dm) = self
            .context
            .store
            .find_direct_conversation(blocker, other, self.context.clock.now())
            .await?
        {
            self.context.calls.depart(blocker, Some(dm.id));
        }
        Ok(())
    }
}

fn check_someone_else(caller: &Caller, other: UserId) -> Result<(), ApiError> {
    if other == caller.user_id {
        return Err(ApiError::invalid("id", "must be someone else"));
    }
    Ok(())
}
