//! What the integration tests stand on: a server, a database of its own, people with devices.
//!
//! ```no_run
//! # async fn example() {
//! use sentinal_tests::TestServer;
//!
//! let server = TestServer::spawn().await;
//! let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
//! bob.connect().await;
//! alice.send_text(chat, 1).await;
//! assert_eq!(bob.next_number(chat).await, 1);
//! # }
//! ```
//!
//! [`TestServer`] runs in the test's process on a free port; [`ServerProcess`] is the real binary,
//! which can be killed. Both are a [`Site`] where people sign up. Each test has a database of its
//! own: an SQLite file, or, with `TEST_DATABASE_URL=postgres://…`, a database cloned from a
//! migrated template. Rate limits are off and passwords are hashed cheaply.
//!
//! Every answer that comes through a client, or [`outcome`], is compared with the API document.
//!
//! Nothing here sleeps for a fixed time: tests wait for a state, each time at most [`PATIENCE`].

mod calls;
mod contract;
mod database;
pub mod faults;
pub mod keys;
mod nodes;
mod process;
mod push_service;
mod refusal;
mod rows;
mod run;
mod said;
mod server;
mod site;
mod swallower;
mod user;
mod wire;

use std::time::Duration;

pub use calls::code;
pub use contract::{Contract, Documented, socket_document, socket_schema};
pub use database::{Backup, TestDatabase};
pub use nodes::TwoNodes;
pub use process::{Launch, Log, ServerProcess, rss_bytes};
pub use push_service::{Push, PushService};
pub use refusal::{answered, fetched, outcome, request};
pub use rows::{HeldWrites, TextRow, execute};
pub use run::{Run, RunOptions};
pub use said::Said;
pub use server::TestServer;
pub use site::Site;
pub use swallower::Swallower;
pub use user::{TestUser, number_of, registration};
pub use wire::{Wire, frame_header, handshake};

/// How long a test waits for anything. Long, because two cores may run several tests at once, and
/// reached only by a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two looks at a state that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits for `future`, which does `what`.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(elapsed) => panic!("waited {PATIENCE:?} in vain: {what}: {elapsed}"),
    }
}

/// Looks again and again until `state` answers something.
pub async fn until<T>(what: &str, state: impl AsyncFnMut() -> Option<T>) -> T {
    match until_within(PATIENCE, state).await {
        Some(value) => value,
        None => panic!("waited {PATIENCE:?} in vain: {what}"),
    }
}

/// Looks again and again until `state` answers something, `None` after this time: for promises that
/// name one.
pub async fn until_within<T>(
    limit: Duration,
    mut state: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let looking = async {
        loop {
            if let Some(value) = state().await {
                return value;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(limit, looking).await.ok()
}

/// A file of this size; from one byte to the next, and from one block to the next, it differs.
pub fn file_content(size: usize) -> Vec<u8> {
    let byte = |at: usize| {
        (at.wrapping_mul(31) ^ (at >> 8)).to_le_bytes()[0] ^ (at >> 20).to_le_bytes()[0]
    };
    (0..size).map(byte).collect()
}
