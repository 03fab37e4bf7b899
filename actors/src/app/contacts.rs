//! Contacts and blocks.
//!
//! A block is silent: what it makes impossible answers as if the blocker did not exist.

use sentinal_protocol::UserId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{AddContactRequest, Contact, Contacts};
use sentinal_protocol::event::EventKind;
use sentinal_store::{ContactChange, Stored};
use serde_json::{Map, json};

use super::paging::slice;
use super::{ApiError, App, Caller};

impl App {
    /// A page of the caller's contacts.
    pub async fn list_contacts(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Contacts, ApiError> {
        let page = slice(query.page, query.limit)?;
        let contacts = self
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
        let sight = self.sight(caller.user_id, other).await?;
        let change = self
            .store
            .put_contact(caller.user_id, other, nickname, self.clock.now())
            .await?;
        let created = change.as_ref().is_some_and(|change| change.created);
        let contact = self.changed(caller, change)?;
        self.sight_changed(caller.user_id, other, sight).await?;
        Ok(if created {
            Stored::Created(contact)
        } else {
            Stored::Unchanged(contact)
        })
    }

    /// Takes someone out of the caller's contacts.
    pub async fn remove_contact(&self, caller: &Caller, other: UserId) -> Result<(), ApiError> {
        let sight = self.sight(caller.user_id, other).await?;
        let account_revision = self
            .store
            .delete_contact(caller.user_id, other)
            .await?
            .ok_or_else(|| ApiError::not_found("contact"))?;
        self.tell_account_changed(caller, account_revision);
        self.tell_contact_updated(caller, other, None);
        self.sight_changed(caller.user_id, other, sight).await
    }

    /// Blocks a user, contact or not.
    pub async fn block_user(&self, caller: &Caller, other: UserId) -> Result<Contact, ApiError> {
        check_someone_else(caller, other)?;
        let (user, now) = (caller.user_id, self.clock.now());
        let sight = self.sight(user, other).await?;
        let change = self
            .journal
            .change(move |store| Box::pin(async move { store.block_user(user, other, now).await }))
            .await?;
        self.block_changed(user, other).await?;
        self.sight_changed(user, other, sight).await?;
        self.end_blocked_call(user, other).await?;
        self.changed(caller, change)
    }

    /// Ends a block.
    pub async fn unblock_user(&self, caller: &Caller, other: UserId) -> Result<Contact, ApiError> {
        check_someone_else(caller, other)?;
        let user = caller.user_id;
        let sight = self.sight(user, other).await?;
        let change = self
            .journal
            .change(move |store| Box::pin(async move { store.unblock_user(user, other).await }))
            .await?;
        self.block_changed(user, other).await?;
        self.sight_changed(user, other, sight).await?;
        self.changed(caller, change)
    }

    /// Tells the caller's devices that something of the account has changed.
    pub(super) fn tell_account_changed(&self, caller: &Caller, account_revision: u64) {
        let fields = Map::from_iter([("account_revision".to_owned(), account_revision.into())]);
        self.account_event(caller.user_id, EventKind::AccountChanged, fields);
    }

    /// Tells the caller's devices of a change, and answers whom it was about.
    fn changed(&self, caller: &Caller, change: Option<ContactChange>) -> Result<Contact, ApiError> {
        let change = change.ok_or_else(|| ApiError::not_found("user"))?;
        if let Some(account_revision) = change.account_revision {
            self.tell_account_changed(caller, account_revision);
            let contact = &change.contact;
            self.tell_contact_updated(caller, contact.id, Some(contact));
        }
        Ok(change.contact)
    }

    /// Tells the caller's devices how a contact or blocked user is now; `None`: no contact any more.
    fn tell_contact_updated(&self, caller: &Caller, other: UserId, contact: Option<&Contact>) {
        let fields = Map::from_iter([
            ("user_id".to_owned(), json!(caller.user_id)),
            ("contact_user_id".to_owned(), json!(other)),
            ("contact".to_owned(), json!(contact)),
        ]);
        self.account_event(caller.user_id, EventKind::ContactUpdated, fields);
    }
}

fn check_someone_else(caller: &Caller, other: UserId) -> Result<(), ApiError> {
    if other == caller.user_id {
        return Err(ApiError::invalid("id", "must be someone else"));
    }
    Ok(())
}
