//! The sockets of one worker thread, by slot.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use actix::Recipient;
use sentinal_protocol::{Timestamp, UserId};

use crate::messages::ToSession;
use crate::socket::SharedSocket;

pub(super) struct Slot {
    pub(super) socket: SharedSocket,
    pub(super) session: Recipient<ToSession>,
    pub(super) pinged_at: Instant,
    /// End of the token.
    pub(super) expires_at: Timestamp,
    /// Whether the client has heard that its token ends.
    pub(super) warned: bool,
    /// Whether the hub has noted that something is queued.
    pub(super) dirty: bool,
    /// Whose socket it is, and how far it was told that the account has got; `None` before `hello`.
    pub(super) account: Option<(UserId, u64)>,
}

/// The sockets of a thread, shared with its sessions, which enter and leave by themselves.
#[derive(Default)]
pub struct Slots {
    next: u64,
    pub(super) slots: HashMap<u64, Slot>,
}

/// A handle to them, for one thread.
pub type SharedSlots = Rc<RefCell<Slots>>;

impl Slots {
    /// Enters a socket; its slot is never used again.
    pub fn enter(
        &mut self,
        socket: SharedSocket,
        session: Recipient<ToSession>,
        expires_at: Timestamp,
        now: Instant,
    ) -> u64 {
        self.next += 1;
        let pinged_at = now;
        let slot = Slot {
            socket,
            session,
            pinged_at,
            expires_at,
            warned: false,
            dirty: false,
            account: None,
        };
        self.slots.insert(self.next, slot);
        self.next
    }

    /// The socket was told in `hello` how far its user's account has got.
    pub fn greet(&mut self, slot: u64, user_id: UserId, account_revision: u64) {
        if let Some(slot) = self.slots.get_mut(&slot) {
            slot.account = Some((user_id, account_revision));
        }
    }

    /// A new token: the socket may stay until then.
    pub fn renew(&mut self, slot: u64, expires_at: Timestamp) {
        if let Some(slot) = self.slots.get_mut(&slot) {
            slot.expires_at = expires_at;
            slot.warned = false;
        }
    }

    /// Takes a socket out.
    pub fn leave(&mut self, slot: u64) {
        self.slots.remove(&slot);
        // A storm's memory goes back.
        if self.slots.capacity() > 1024 && self.slots.len() * 4 < self.slots.capacity() {
            self.slots.shrink_to(self.slots.len() * 2);
        }
    }

    /// How many sockets there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}
