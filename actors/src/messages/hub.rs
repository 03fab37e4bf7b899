use std::sync::Arc;

use actix::prelude::*;
use bytes::Bytes;
use sentinal_protocol::event::Class;
use sentinal_protocol::{CloseCode, ConversationId};
use tokio::sync::oneshot;

use crate::position::Membership;

/// To a hub.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum ToHub {
    /// From a room: one event for its sockets.
    Deliver(Deliver),
    /// From a room: how far its conversation has got.
    Offer(Offer),
    /// Compare the positions of all sockets with the database now.
    Sweep,
    /// A frame for single sockets, outside any conversation.
    Notify(Notify),
    /// Close sockets.
    Close {
        /// The slots of the sockets to close.
        targets: Vec<u64>,
        /// The code that they are closed with.
        code: CloseCode,
    },
    /// Send every socket away, in slices; answered with how many there were.
    Drain(oneshot::Sender<usize>),
}

/// A frame for the targets of one hub.
#[derive(Clone, Debug)]
pub enum Frames {
    /// The same for all.
    Same(Bytes),
    /// One for each target, in order.
    Each(Vec<Bytes>),
}

impl Frames {
    /// The frame of the target with this index.
    pub fn get(&self, index: usize) -> Option<&Bytes> {
        match self {
            Self::Same(frame) => Some(frame),
            Self::Each(frames) => frames.get(index),
        }
    }
}

/// How a frame is treated on the way to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// A revision of the log; the one whose slot is given joins or leaves by it.
    Durable {
        /// Its place in the log.
        revision: u64,
    },
    /// News of receipts with their counter; an empty frame only moves the counter on.
    Receipts {
        /// The conversation's receipt counter.
        version: u64,
    },
    /// May be dropped when too much lies unsent; waits for company.
    Ephemeral,
}

/// One event for a room's sockets on this hub.
#[derive(Clone, Debug)]
pub struct Deliver {
    /// Whose event.
    pub conversation_id: ConversationId,
    /// How to treat it.
    pub treatment: Treatment,
    /// What to queue.
    pub frames: Frames,
    /// To whom.
    pub targets: Arc<[u64]>,
    /// Targets whose membership it changes.
    pub membership: Option<(Membership, Arc<[u64]>)>,
}

/// The conversation has got to this revision; whose position is below is behind.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its revision.
    pub revision: u64,
    /// Its receipt counter.
    pub receipt_version: u64,
    /// To whom.
    pub targets: Arc<[u64]>,
}

/// A frame for single sockets, outside any conversation.
#[derive(Clone, Debug)]
pub struct Notify {
    /// What to queue.
    pub frame: Bytes,
    /// What happens where it cannot be queued.
    pub class: Class,
    /// To whom.
    pub targets: Vec<u64>,
}
