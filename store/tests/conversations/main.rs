//! Conversations, participants and history, on each database.

mod creation;
mod history;
mod membership;
mod seed;
#[path = "../support/mod.rs"]
mod support;
