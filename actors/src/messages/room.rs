use actix::prelude::*;
use sentinal_protocol::UserId;
use sentinal_store::{Committed, ExpiredMessage, Marked};

use crate::address::Target;

/// To a room.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum ToRoom {
    /// From the journal: a change that is in the database.
    Apply(Committed),
    /// From another node: the same. What it keeps of the conversation may be older.
    ApplyElsewhere(Committed),
    /// The conversation has got to this revision; how is in the log.
    Hint {
        /// The revision.
        revision: u64,
    },
    /// Who may do what has changed, without a revision: a block.
    Refresh,
    /// A socket of a participant is live.
    Join(Target),
    /// A socket has ended.
    Leave(Target),
    /// From the registry: someone writes, or has stopped.
    Typing(Typing),
    /// From the receipt writer: a receipt cursor moved.
    Receipts(Receipts),
    /// From the janitor: a message's time has run out.
    Expired(ExpiredMessage),
}

/// Someone writes, or has stopped.
#[derive(Clone, Copy, Debug)]
pub struct Typing {
    /// Who writes.
    pub user_id: UserId,
    /// Which of both.
    pub is_typing: bool,
    /// Whether they do it on another node.
    pub is_elsewhere: bool,
}

/// A receipt cursor moved.
#[derive(Debug)]
pub struct Receipts {
    /// What moved.
    pub marked: Marked,
    /// The user's unread messages, if it was read.
    pub unread_count: u64,
}
