//! Every query, one file per aggregate. The only crate that knows SQL.
//!
//! Verbs are promises: `find_` answers an option, `list_` a page, `insert_`/`update_`/`delete_` do
//! what they say, `claim_` hands a thing out at most once, `mark_` may be repeated. Time and new
//! ids come in as parameters. A refusal that a caller must handle is a value of the function's own
//! outcome type; [`StoreError`] is only for a database that failed or holds what it must not.
//!
//! Writes go through [`Store::begin`], reads through [`Store::read`]. On SQLite these are a pool of
//! one connection, whose transactions start with the write lock, and a pool of readers; on
//! PostgreSQL both are one pool.

mod catch_up;
mod connect;
mod error;
mod log;
mod messages;
mod receipts;
mod roster;
mod send;

pub mod dialect;

pub use catch_up::{AckedCursor, DeviceMessage, LogEntry, LogItem, LogPage, Reader, Standing};
pub use connect::{ConnectOptions, Store};
pub use error::StoreError;
pub use log::{Body, Change, Committed, DeviceChange, Entry, Head, StoredMessage};
pub use messages::MessagePlace;
pub use receipts::{Mark, MarkTarget, Marked, ReceiptCursors, ReceiptKind};
pub use roster::{Member, Roster, RosterDevice};
pub use send::{NewMessage, SendKey, SendOutcome, committed};
