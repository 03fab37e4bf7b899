//! Live state as actors, and the use cases that the HTTP and the WebSocket door share.

pub mod app;
pub mod call;
pub mod directory;
pub mod hub;
pub mod journal;
pub mod position;
pub mod presence;
pub mod session;
pub mod socket;
pub mod wire;

mod cursors;
pub mod files;
pub mod push;
mod registry;
mod room;
mod rosters;
