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

mod accounts;
mod blocks;
mod broadcasts;
mod calls;
mod catch_up;
mod connect;
mod contacts;
mod conversations;
mod deletions;
mod devices;
mod edits;
mod erasure;
mod error;
mod expiry;
mod history;
mod idempotency;
mod keys;
mod log;
mod login_sessions;
mod message_changes;
mod message_receipts;
mod messages;
mod own_profile;
mod participants;
mod pins;
#[cfg(test)]
mod plan;
mod polls;
mod presence;
mod profiles;
mod push_tokens;
mod reactions;
mod receipts;
mod refresh;
mod reset_tokens;
mod roster;
mod seen;
mod send;
mod sequences;
mod stars;
mod stop;
mod sync;
mod tickets;
mod uploaded;
mod uploads;
mod visible;

pub mod dialect;

pub use accounts::{Credentials, NewAccount, Taken, fold, fold_phone};
pub use broadcasts::{
    AddedRecipients, BroadcastChange, BroadcastSearch, NewBroadcast, RemovedRecipients,
};
pub use calls::{
    CallParty, CallRecord, CallSaved, CallShelf, CallWrite, NODE_GONE_AFTER, NewQuality,
};
pub use catch_up::{
    AckedCursor, DeviceMessage, EditedContent, LogEntry, LogItem, LogPage, Reader, Standing,
};
pub use connect::{ConnectOptions, Store};
pub use contacts::ContactChange;
pub use conversations::{
    CreateRefusal, Created, DeleteRefusal, Deleted, DeletedConversation, Listing, NewConversation,
    Purged, Shelf, UpdateRefusal,
};
pub use deletions::{Deletion, OwnChange};
pub use devices::{DeviceRefusal, NewDevice};
pub use edits::MessageEdit;
pub use error::StoreError;
pub use expiry::ExpiredMessage;
pub use history::{Position, Viewer};
pub use idempotency::{CLAIM_HOLDS, KeyState, KeyedRequest};
pub use keys::{
    ClaimedBundle, KeyOutcome, KeyPeer, KeyRefusal, NewPqPrekey, NewPqPrekeys, PqSignatureCheck,
    SignatureCheck, Stored, TAKE_INTERVAL, TAKES_BURST, Take, canonical,
};
pub use log::{Body, Change, Committed, DeviceChange, Entry, Head, StoredMessage};
pub use login_sessions::{LiveLogin, NewLogin, Refreshed, SignInRefusal, SignedIn};
pub use message_changes::{MessageChange, MessageRefusal, NewContent};
pub use messages::MessagePlace;
pub use own_profile::{AccountChange, ProfileRefusal};
pub use participants::{AddedParticipant, Invited, MembershipRefusal, OwnState, OwnStateChange};
pub use presence::{Watch, Watched};
pub use push_tokens::PushTarget;
pub use receipts::{Mark, MarkTarget, Marked, ReceiptCursors, ReceiptKind};
pub use refresh::{REFRESH_GRACE, Rotation, RotationState};
pub use roster::{Member, Roster, RosterDevice};
pub use seen::SeenLogin;
pub use send::{NewMessage, SendKey, SendOutcome, committed};
pub use sequences::ReserveRefusal;
pub use stop::Settled;
pub use sync::SyncState;
pub use uploads::{
    BLOCK_BYTES, Block, Claim, Claimed, Ended, NewUpload, StoredUpload, Superseded, Unfinished,
    UploadQuota, UploadShelf, WriteFrom,
};
