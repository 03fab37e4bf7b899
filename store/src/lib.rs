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
//!
//! The feature `seed` adds functions `db_…` that fill a database for tests and for load. Of the server
//! only the command `seed` calls them.

mod account_row;
mod accounts;
mod addresses;
mod blocks;
mod broadcasts;
mod calls;
mod catch_up;
mod codes;
mod compaction;
mod connect;
mod connection;
mod contacts;
mod control;
mod conversations;
mod cursors;
mod deletions;
mod device_remains;
mod device_removal;
mod devices;
mod edits;
mod email_codes;
mod email_undos;
mod entry;
mod erasure;
mod error;
mod expiry;
mod heads;
mod history;
mod idempotency;
mod invites;
mod keys;
mod leases;
mod log;
mod login_sessions;
mod marks;
mod message_changes;
mod message_receipts;
mod messages;
mod own_profile;
mod participants;
mod passwords;
mod pins;
mod place;
#[cfg(test)]
mod plan;
mod polls;
mod pooler;
mod presence;
mod profiles;
mod push_tokens;
mod reactions;
mod receipts;
mod refresh;
mod removals;
mod reset_tokens;
mod restore;
mod roster;
mod roster_rounds;
#[cfg(feature = "seed")]
mod seed;
mod seen;
mod send;
mod sequences;
mod server_settings;
mod sign_in;
mod stars;
mod stop;
mod storage;
mod sweeps;
mod sync;
mod tickets;
mod uploaded;
mod uploads;
mod viewer;
mod visible;
mod wal;

pub mod dialect;

pub use account_row::AccountChange;
pub use accounts::{Credentials, EmailCode, NewAccount, Taken, fold, fold_phone};
pub use addresses::is_usable_url;
pub use broadcasts::{
    AddedRecipients, BroadcastChange, BroadcastSearch, NewBroadcast, RemovedRecipients,
};
pub use calls::{
    CallParty, CallRecord, CallSaved, CallShelf, CallWrite, NewQuality, NodeBeat, PersonName,
};
pub use catch_up::{DeviceMessage, EditedContent, LogEntry, LogItem, LogPage};
pub use compaction::{ACKNOWLEDGED_CHANGES_KEPT, CHANGES_KEPT, Compacted};
pub use connect::{ConnectOptions, Store};
pub use connection::{REQUEST_BUDGET, budget_left, with_budget, with_budget_of, within_budget};
pub use contacts::ContactChange;
pub use control::{ControlOutcome, ControlPlace, NewControl};
pub use conversations::{
    CreateRefusal, Created, DeleteRefusal, Deleted, DeletedConversation, Listing, NewConversation,
    Purged, Shelf, UpdateRefusal,
};
pub use cursors::{Reader, Standing};
pub use deletions::{Deletion, OwnChange};
pub use devices::{DeviceRefusal, NewDevice};
pub use edits::MessageEdit;
pub use email_codes::{EMAIL_CODE_TRIES, EmailProof, NewEmail};
pub use email_undos::{DueUndo, EMAIL_UNDOS_MAX, EmailUndo, Undone};
pub use entry::{
    Body, Change, Committed, ControlMessage, Entry, MessageChange, NewContent, StoredMessage,
};
pub use error::StoreError;
pub use expiry::ExpiredMessage;
pub use history::Position;
pub use idempotency::{Claimant, KeyState, KeyedRequest};
pub use invites::Invited;
pub use keys::{
    ClaimedBundle, KeyChecks, KeyOutcome, KeyRefusal, NewKeys, NewPqPrekey, NewPqPrekeys,
    PqSignatureCheck, PrekeysLeft, SignatureCheck, Stored, TAKE_INTERVAL, TAKES_BURST, Take,
    canonical,
};
pub use leases::LEASE;
pub use log::Head;
pub use login_sessions::{LiveLogin, Presentation, Refreshed};
pub use message_changes::MessageRefusal;
pub use messages::MessagePlace;
pub use own_profile::ProfileRefusal;
pub use participants::{AddedParticipant, Membership, MembershipRefusal, OwnState, OwnStateChange};
pub use place::{Place, ReachError};
pub use pooler::Pooler;
pub use presence::{AUDIENCES_PER_PAGE, AudiencePage, AudiencePlace, Candidate, Watch, Watched};
pub use push_tokens::PushTarget;
pub use receipts::{
    AckedCursor, Mark, MarkAudience, MarkTarget, Marked, ReceiptCursors, ReceiptKind, UnreadMark,
};
pub use refresh::{REFRESH_GRACE, Rotation, RotationState};
pub use removals::{BanChange, Removal};
pub use restore::{RESTORE_MARGIN, Restore, Restored};
pub use roster::{Member, Roster, RosterDevice, RosterStep};
pub use roster_rounds::{ROSTERS_PER_ROUND, Rounds};
#[cfg(feature = "seed")]
pub use seed::{Backlog, SeededConversation, SeededDevice, StoredBodies};
pub use seen::{FirstUse, SeenLogin};
pub use send::{NewMessage, SendKey, SendOutcome, committed};
pub use sequences::ReserveRefusal;
pub use sign_in::{NewLogin, SignInRefusal, SignedIn};
pub use stop::Settled;
pub use storage::{StorageQuota, StorageUse};
pub use sync::SyncState;
pub use uploads::{
    BLOCK_BYTES, Block, Claim, Claimed, Ended, NewUpload, StoredUpload, Superseded, Unfinished,
    UploadShelf, WriteFrom,
};
pub use viewer::Viewer;
