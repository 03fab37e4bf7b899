//! What the actors of a node tell each other: one enum for each kind of actor.
//!
//! Whoever sends one holds an [`actix::Recipient`] of it and need not know the actor behind it; so
//! no actor imports another one, and a test puts a fake in its place.

mod call;
mod hub;
mod presence;
mod room;
mod session;

pub use call::{Answer, Arrived, CallFailure, Reply, ToCall};
pub use hub::{Deliver, Frames, Notify, Offer, ToHub, Treatment};
pub use presence::Elsewhere;
pub use room::{Receipts, ToRoom, Typing};
pub use session::ToSession;

use std::sync::Arc;

use actix::Recipient;

/// The way to an actor for all who send to it.
///
/// Shared and never cloned as a [`Recipient`]: actix lets every clone put one message into a full
/// mailbox, so whoever clones one for each `try_send` never finds a mailbox full.
pub type SharedRecipient<M> = Arc<Recipient<M>>;
