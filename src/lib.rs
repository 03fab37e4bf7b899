//! The server: the HTTP and the WebSocket door, configuration, start and stop.

pub mod config;
mod connections;
pub mod http;
pub mod log;
mod metrics;
pub mod restored;
pub mod seed;
pub mod serve;
pub mod server;
mod signals;
mod supervisor;
mod ws;
