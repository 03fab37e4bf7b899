//! Keys of devices, on each database: rosters that follow the keys, and prekeys that are handed out
//! at most once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod identities;
mod prekeys;
mod rounds;
mod seed;
#[path = "../support/mod.rs"]
mod support;
