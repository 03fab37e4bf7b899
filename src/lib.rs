//! The server: the HTTP and the WebSocket door, configuration, start and stop.

pub mod config;
pub mod http;
mod metrics;
pub mod server;
mod ws;
