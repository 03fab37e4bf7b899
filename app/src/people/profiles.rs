//! Profiles and settings: one's own, and finding and seeing other people.
//!
//! A block changes nothing here: whoever is blocked sees the blocker as before.

use std::net::IpAddr;

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::people::{
    Profile, Profiles, SEARCH_CHARS_MIN, SearchUsersQuery, UpdateProfileRequest,
};
use sentinal_protocol::api::settings::{UpdateSettingsRequest, UserSettings};
use sentinal_store::ProfileRefusal;

use super::PeopleService;
use super::ids::read_ids;
use crate::accounts::{Confirmation, taken};
use crate::paging::slice;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// Bytes of a search, at most: no name and no e-mail address is longer.
const SEARCH_BYTES_MAX: usize = 256;

impl PeopleService {
    /// Changes the caller's profile. Their identities, by which they sign in and are found, need more
    /// than a token; whether somebody has one may be asked no more often than at registration.
    pub async fn update_profile(
        &self,
        caller: &Caller,
        mut request: UpdateProfileRequest,
        address: IpAddr,
    ) -> Result<Me, ApiError> {
        let confirmation = Confirmation {
            password: request.password.take(),
            address,
        };
        let (mut email, mut letter) = (None, None);
        if names_identity(&request) {
            let me = self.accounts.me(caller).await?;
            if changes_identity(&me, &request) {
                self.accounts.confirm(caller, confirmation).await?;
                self.context.limits.check(Bucket::Auth, caller.user_id)?;
                self.context.limits.check(Bucket::Auth, address)?;
            }
            if let Some(wanted) = request.email.take().flatten() {
                let (wanted, code) = self.accounts.new_email(&me, wanted, address)?;
                (email, letter) = (Some(wanted), code);
            }
        }
        let change = self
            .context
            .store
            .update_profile(caller.user_id, request, email, self.context.clock.now())
            .await?
            .map_err(|refusal| match refusal {
                ProfileRefusal::NoUser => ApiError::unauthorized(),
                ProfileRefusal::Taken(what) => taken(what),
            })?;
        if let Some(letter) = letter {
            letter.send();
        }
        if let Some(account_revision) = change.account_revision {
            self.context.tell_account_changed(caller, account_revision);
        }
        let (now, before) = (&change.now, &change.before);
        if now.display_name != before.display_name || now.username != before.username {
            // Rosters know the names that typing events and calls show.
            self.member_changed(caller.user_id).await?;
        }
        Ok(change.now)
    }

    /// The caller's settings.
    pub async fn get_settings(&self, caller: &Caller) -> Result<UserSettings, ApiError> {
        Ok(self.context.store.find_settings(caller.user_id).await?)
    }

    /// Changes the caller's settings.
    pub async fn update_settings(
        &self,
        caller: &Caller,
        request: UpdateSettingsRequest,
    ) -> Result<UserSettings, ApiError> {
        let watchers = match request.privacy_last_seen {
            Some(_) => self.context.presence.watchers_of(caller.user_id).await?,
            None => Vec::new(),
        };
        let change = self
            .context
            .store
            .update_settings(caller.user_id, request, self.context.clock.now())
            .await?
            .ok_or_else(ApiError::unauthorized)?;
        if let Some(account_revision) = change.account_revision {
            self.context.tell_account_changed(caller, account_revision);
        }
        if change.now.read_receipts != change.before.read_receipts {
            self.member_changed(caller.user_id).await?;
        }
        if change.now.privacy_last_seen != change.before.privacy_last_seen {
            self.context
                .presence
                .watchers_changed(caller.user_id, &watchers)
                .await?;
        }
        Ok(change.now)
    }

    /// Somebody as the caller may see them.
    pub async fn get_profile(&self, caller: &Caller, user_id: UserId) -> Result<Profile, ApiError> {
        let found = self
            .context
            .store
            .find_profile(caller.user_id, user_id)
            .await?;
        found.ok_or_else(|| ApiError::not_found("user"))
    }

    /// People who are named by a comma list of ids, in its order; who does not exist is left out.
    pub async fn list_named_users(&self, caller: &Caller, ids: &str) -> Result<Profiles, ApiError> {
        let ids = read_ids("ids", ids)?;
        let mut users = self
            .context
            .store
            .list_profiles(caller.user_id, &ids)
            .await?;
        users.sort_by_key(|user| ids.iter().position(|id| *id == user.id));
        Ok(Profiles {
            total: users.len() as u64,
            has_more: false,
            users,
        })
    }

    /// A page of those whom a search finds; `field` is what the door calls the search.
    pub async fn search_users(
        &self,
        caller: &Caller,
        field: &'static str,
        query: SearchUsersQuery,
    ) -> Result<Profiles, ApiError> {
        let page = slice(query.page, query.limit)?;
        let search = query.search.as_deref().unwrap_or_default().trim();
        if search.chars().count() < SEARCH_CHARS_MIN {
            let reason = format!("must have at least {SEARCH_CHARS_MIN} characters");
            return Err(ApiError::invalid(field, reason));
        }
        if search.len() > SEARCH_BYTES_MAX {
            let reason = format!("must not be longer than {SEARCH_BYTES_MAX} bytes");
            return Err(ApiError::invalid(field, reason));
        }
        let found = self
            .context
            .store
            .list_found_profiles(caller.user_id, search, page.offset, page.limit)
            .await?;
        Ok(found)
    }

    /// Lets the rosters of a user's conversations, and the rooms that run, know that what they keep of
    /// the user has changed, though no revision says so.
    async fn member_changed(&self, user_id: UserId) -> Result<(), ApiError> {
        for conversation_id in self.context.store.list_conversation_ids(user_id).await? {
            self.context
                .node
                .refresh_conversation(conversation_id)
                .await;
        }
        Ok(())
    }
}

fn names_identity(request: &UpdateProfileRequest) -> bool {
    request.email.is_some() || request.username.is_some() || request.phone_number.is_some()
}

/// Whether an identity would be another one than it is. `null` clears a phone number; elsewhere it has
/// been refused.
fn changes_identity(me: &Me, request: &UpdateProfileRequest) -> bool {
    let differs = |given: &Option<Option<String>>, is: Option<&String>| {
        given.as_ref().is_some_and(|given| given.as_ref() != is)
    };
    differs(&request.email, Some(&me.email))
        || differs(&request.username, Some(&me.username))
        || differs(&request.phone_number, me.phone_number.as_ref())
}
