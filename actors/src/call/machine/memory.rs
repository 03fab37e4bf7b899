//! What a call knows of its people beside what is stored.

use std::collections::{BTreeMap, BTreeSet};

use sentinal_protocol::{DeviceId, Timestamp, UserId};
use sentinal_store::PersonName;

/// Since when a joined device has been without a socket. Without an entry it never had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    Here,
    GoneSince(Timestamp),
}

/// It lasts as long as the call's actor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The sockets of those who have joined.
    pub(super) sockets: BTreeMap<UserId, Socket>,
    /// Which devices of those who are asked have had a socket since.
    pub(super) reached: BTreeMap<UserId, BTreeSet<DeviceId>>,
    /// Who has asked those who are asked.
    pub(super) invited_by: BTreeMap<UserId, UserId>,
    /// Who is not in the conversation any more: they hear nothing of the call.
    pub(super) departed: BTreeSet<UserId>,
    /// What people are called who are or may come into the call.
    pub(super) names: BTreeMap<UserId, PersonName>,
    /// Devices that are nobody's any more: none of them joins.
    pub(super) removed: BTreeSet<DeviceId>,
}

impl Memory {
    /// Somebody is asked anew.
    pub(super) fn start_over(&mut self, user: UserId) {
        self.forget(user);
        self.departed.remove(&user);
    }

    /// Somebody is in it no more, nor asked.
    pub(super) fn forget(&mut self, user: UserId) {
        self.sockets.remove(&user);
        self.reached.remove(&user);
        self.invited_by.remove(&user);
    }
}
