//! Live state as actors, and the use cases that the HTTP and the WebSocket door share.

pub mod app;
pub mod journal;
pub mod position;
