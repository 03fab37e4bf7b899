//! Messages and what is done to them.

mod control;
mod deletions;
mod device_set;
mod edits;
mod expiry;
mod history;
mod own_entry;
mod pins;
mod polls;
mod reactions;
mod receipts;
mod send;

pub(crate) use own_entry::{OwnEntry, ambiguous, without_own};
pub use send::Prepared;
pub(crate) use send::{Counted, account_deleted, canonical_hash, conflict, recheck};

use crate::context::Context;

/// Messages and what is done to them.
#[derive(Clone)]
pub struct MessageService {
    pub(crate) context: Context,
}
