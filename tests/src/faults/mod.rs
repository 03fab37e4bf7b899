//! What breaks a server's surroundings, and what holds it to its answers meanwhile.
//!
//! | Part | Does |
//! |---|---|
//! | [`FaultProxy`] | stands before the database: silence, delay, connections that are cut |
//! | [`PrivatePostgres`] | a PostgreSQL that may be paused and crashed |
//! | [`PrivateRedis`] | a Redis that may be paused, killed and flushed |
//! | [`FaultyDisk`] | lets writes and syncs of files fail |
//! | [`crate::ServerProcess::limit_files`] | a full disk, as the kernel tells of it |
//! | [`LogPipe`] | a log that nobody reads, or that broke |
//! | [`Ledger`] | keeps every answer and looks for it later |
//! | [`every_kind`] | asks everything at once, and tells what was answered and how long it took |

mod asked;
mod disk;
mod ledger;
mod log_pipe;
mod postgres;
mod proxy;
mod redis;

pub use asked::{Asked, announced, every_kind, upload};
pub use disk::{Calls, Failure, FaultyDisk};
pub use ledger::{Audit, Ledger, message_id};
pub use log_pipe::LogPipe;
pub use postgres::PrivatePostgres;
pub use proxy::{AtCommit, Cut, FaultProxy, Traffic};
pub use redis::PrivateRedis;
