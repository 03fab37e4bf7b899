//! Conversations: making them, and how one participant sees them.

mod create;
mod list;
mod read;

pub(crate) use create::dm_key;
pub use create::{CreateRefusal, Created, NewConversation};
pub use list::Shelf;
