//! Live state as actors. None of them decides what people may do: that is handed to them.

pub mod address;
pub mod bus;
pub mod byte_budget;
pub mod call;
pub mod connects;
pub mod cursors;
pub mod directory;
pub mod error;
pub mod here;
pub mod hub;
pub mod journal;
pub mod live;
pub mod messages;
pub mod node;
pub mod position;
pub mod presence;
pub mod publish;
pub mod push;
pub mod receipt_writer;
pub mod registry;
pub mod remote;
pub mod revocation;
pub mod rosters;
pub mod secret;
pub mod socket;
pub mod stop;
pub mod wire;

#[cfg(test)]
mod fakes;
mod nodes;
mod room;
