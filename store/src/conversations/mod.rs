//! Conversations: making them, and how one participant sees them.

mod create;
mod delete;
mod list;
mod people;
mod purge;
mod read;
mod update;

#[cfg(test)]
pub(crate) use self::read::batched;
pub(crate) use create::dm_key;
pub use create::{CreateRefusal, Created, NewConversation};
pub use delete::{DeleteRefusal, Deleted};
pub use list::{Listing, Shelf};
pub(crate) use people::with_people;
pub use purge::{DeletedConversation, Purged};
pub use update::UpdateRefusal;
pub(crate) use update::{Facts, updated};
