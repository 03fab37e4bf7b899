//! What people are to each other: profiles, settings, contacts, blocks, presence.

mod contacts;
mod ids;
mod presences;
mod profiles;

use crate::accounts::AccountService;
use crate::context::Context;

/// What people are to each other: profiles, settings, contacts, blocks, presence.
#[derive(Clone)]
pub struct PeopleService {
    pub(crate) context: Context,
    pub(crate) accounts: AccountService,
}
