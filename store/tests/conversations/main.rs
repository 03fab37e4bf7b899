//! Conversations, participants and history, on each database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod attachments;
mod audiences;
mod creation;
mod deletion;
mod history;
mod membership;
mod receipts;
mod restored;
mod seed;
#[path = "../support/mod.rs"]
mod support;
