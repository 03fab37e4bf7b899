//! Accounts, devices and login sessions, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod accounts;
mod devices;
mod emails;
mod login_sessions;
mod seed;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
