//! Who is where on this node: the registry's shared part, read by all without asking.
//!
//! Maps: user → live sockets, user → running rooms, conversation → room, and for calls as for rooms.
//! A session enters itself before it looks for rooms and calls, a room or a call enters its people
//! before it looks for sessions: whichever comes second sees the other.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use actix::Recipient;
use actix_rt::ArbiterHandle;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use sentinal_protocol::{CallId, ConversationId, DeviceId, LoginSessionId, Timeline, UserId};

use crate::address::{SessionEntry, SessionKey};
use crate::messages::{SharedRecipient, ToCall, ToHub, ToRoom};

/// Sockets of one network that may be unauthenticated at once.
const UNAUTHENTICATED_PER_NETWORK_MAX: usize = 20;

/// One worker thread.
#[derive(Clone)]
pub struct Worker {
    /// Its hub.
    pub hub: SharedRecipient<ToHub>,
    /// Where rooms and calls are started on it.
    pub arbiter: ArbiterHandle,
}

/// A running room.
#[derive(Clone)]
struct RoomEntry {
    addr: SharedRecipient<ToRoom>,
    generation: u64,
}

/// A live call.
#[derive(Clone)]
struct CallEntry {
    addr: SharedRecipient<ToCall>,
    conversation_id: ConversationId,
    timeline: Timeline,
}

/// The maps. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Directory {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    sessions: DashMap<UserId, Vec<SessionEntry>>,
    rooms: DashMap<ConversationId, RoomEntry>,
    user_rooms: DashMap<UserId, Vec<ConversationId>>,
    calls: DashMap<CallId, CallEntry>,
    user_calls: DashMap<UserId, Vec<CallId>>,
    unauthenticated: DashMap<IpAddr, usize>,
    workers: RwLock<HashMap<usize, Worker>>,
    generation: AtomicU64,
    draining: AtomicBool,
}

/// The permit of a socket that has not authenticated. Dropped when it has, or is gone, which gives it
/// back.
pub struct Unauthenticated {
    directory: Directory,
    network: IpAddr,
}

impl Drop for Unauthenticated {
    fn drop(&mut self) {
        let counts = &self.directory.inner.unauthenticated;
        if let Entry::Occupied(mut occupied) = counts.entry(self.network) {
            *occupied.get_mut() = occupied.get().saturating_sub(1);
            if *occupied.get() == 0 {
                occupied.remove();
            }
        }
    }
}

/// What became of a socket that wants to enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is in.
    Yes,
    /// It is in; this older socket of the same device must go.
    InPlaceOf(SessionKey),
    /// The user has as many sockets as are allowed.
    Full,
}

impl Directory {
    /// Makes a worker known.
    pub fn add_worker(&self, index: usize, worker: Worker) {
        let mut workers = self
            .inner
            .workers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        workers.insert(index, worker);
    }

    /// The worker with this index.
    pub fn worker(&self, index: usize) -> Option<Worker> {
        let workers = self
            .inner
            .workers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        workers.get(&index).cloned()
    }

    /// All workers.
    pub fn workers(&self) -> Vec<(usize, Worker)> {
        let workers = self
            .inner
            .workers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        workers
            .iter()
            .map(|(index, worker)| (*index, worker.clone()))
            .collect()
    }

    /// Enters a socket. At the limit the oldest of the same device gives way, else the newcomer is
    /// refused.
    pub fn enter(&self, user_id: UserId, entry: SessionEntry, sockets_max: usize) -> Entered {
        let mut sessions = self.inner.sessions.entry(user_id).or_default();
        let mut entered = Entered::Yes;
        if sessions.len() >= sockets_max {
            let oldest = sessions
                .iter()
                .position(|other| other.device_id == entry.device_id);
            match oldest {
                Some(index) => entered = Entered::InPlaceOf(sessions.remove(index).key),
                None => return Entered::Full,
            }
        }
        sessions.push(entry);
        entered
    }

    /// Whether another socket of this device could enter.
    pub fn has_place(&self, user_id: UserId, device_id: DeviceId, sockets_max: usize) -> bool {
        self.inner.sessions.get(&user_id).is_none_or(|sessions| {
            sessions.len() < sockets_max
                || sessions.iter().any(|entry| entry.device_id == device_id)
        })
    }

    /// Takes a socket out.
    pub fn leave(&self, user_id: UserId, key: SessionKey) {
        if let Entry::Occupied(mut occupied) = self.inner.sessions.entry(user_id) {
            occupied.get_mut().retain(|entry| entry.key != key);
            if occupied.get().is_empty() {
                occupied.remove();
            }
        }
    }

    /// A permit for a socket that has not authenticated. `None` if its network, an IPv4 address or a
    /// /64 of IPv6, has as many as are allowed.
    pub fn enter_unauthenticated(&self, network: IpAddr) -> Option<Unauthenticated> {
        let mut count = self.inner.unauthenticated.entry(network).or_insert(0);
        if *count >= UNAUTHENTICATED_PER_NETWORK_MAX {
            return None;
        }
        *count += 1;
        drop(count);
        Some(Unauthenticated {
            directory: self.clone(),
            network,
        })
    }

    /// The live sockets of a user.
    pub fn sessions(&self, user_id: UserId) -> Vec<SessionEntry> {
        self.inner
            .sessions
            .get(&user_id)
            .map(|entry| entry.clone())
            .unwrap_or_default()
    }

    /// Whether a user has a live socket here.
    pub fn is_online(&self, user_id: UserId) -> bool {
        self.inner.sessions.contains_key(&user_id)
    }

    /// Everybody who has a live socket here; `None` if they are more than `most`.
    pub fn online_users(&self, most: usize) -> Option<Vec<UserId>> {
        if self.users_online() > most {
            return None;
        }
        let sessions = self.inner.sessions.iter();
        Some(sessions.map(|entry| *entry.key()).collect())
    }

    /// How many users have live sockets here.
    pub fn users_online(&self) -> usize {
        self.inner.sessions.len()
    }

    /// How many sockets are live here.
    pub fn sockets(&self) -> usize {
        self.inner.sessions.iter().map(|entry| entry.len()).sum()
    }

    /// The login sessions of all sockets here, with their users.
    pub fn logins(&self) -> Vec<(LoginSessionId, UserId)> {
        let mut logins = Vec::new();
        for entry in &self.inner.sessions {
            let user_id = *entry.key();
            logins.extend(entry.iter().map(|it| (it.login_session_id, user_id)));
        }
        logins
    }

    /// The conversations whose rooms are running.
    pub fn room_ids(&self) -> Vec<ConversationId> {
        self.inner.rooms.iter().map(|entry| *entry.key()).collect()
    }

    /// How many rooms are running.
    pub fn rooms_running(&self) -> usize {
        self.inner.rooms.len()
    }

    /// The running room of a conversation.
    pub fn room(&self, conversation_id: ConversationId) -> Option<SharedRecipient<ToRoom>> {
        self.inner
            .rooms
            .get(&conversation_id)
            .map(|entry| entry.addr.clone())
    }

    /// The running room of a conversation, started with `start` if there is none. `start` gets
    /// the worker to run on and the generation that the room retires under.
    pub fn room_or_start(
        &self,
        conversation_id: ConversationId,
        start: impl FnOnce(&Worker, u64) -> Recipient<ToRoom>,
    ) -> Option<SharedRecipient<ToRoom>> {
        let room = self.room(conversation_id);
        if let Some(addr) = room.filter(|room| room.connected()) {
            return Some(addr);
        }
        let workers = self.workers();
        // The last bytes of an id are random: rooms spread evenly over the workers.
        let [.., last] = *conversation_id.0.as_bytes();
        let (_, worker) = workers.get(usize::from(last) % workers.len().max(1))?;
        let mut entry = match self.inner.rooms.entry(conversation_id) {
            // Somebody else was first; a room that panicked is replaced.
            Entry::Occupied(occupied) if occupied.get().addr.connected() => {
                return Some(occupied.get().addr.clone());
            }
            Entry::Occupied(occupied) => occupied.into_ref(),
            Entry::Vacant(vacant) => {
                let generation = self.inner.generation.fetch_add(1, Ordering::Relaxed);
                let addr = Arc::new(start(worker, generation));
                vacant.insert(RoomEntry {
                    addr: addr.clone(),
                    generation,
                });
                return Some(addr);
            }
        };
        let generation = self.inner.generation.fetch_add(1, Ordering::Relaxed);
        let addr = Arc::new(start(worker, generation));
        *entry = RoomEntry {
            addr: addr.clone(),
            generation,
        };
        Some(addr)
    }

    /// Rooms whose actor has ended without taking itself out: it panicked.
    pub fn ended_rooms(&self) -> Vec<ConversationId> {
        let rooms = self.inner.rooms.iter();
        let ended = rooms.filter(|entry| !entry.addr.connected());
        ended.map(|entry| *entry.key()).collect()
    }

    /// Takes a room out, unless another one has taken its place.
    pub fn retire_room(&self, conversation_id: ConversationId, generation: u64) {
        self.inner
            .rooms
            .remove_if(&conversation_id, |_, entry| entry.generation == generation);
    }

    /// Notes that a room of this user's is running.
    pub fn enter_room(&self, user_id: UserId, conversation_id: ConversationId) {
        let mut rooms = self.inner.user_rooms.entry(user_id).or_default();
        if !rooms.contains(&conversation_id) {
            rooms.push(conversation_id);
        }
    }

    /// Notes that a room is not this user's any more, or not running.
    pub fn leave_room(&self, user_id: UserId, conversation_id: ConversationId) {
        if let Entry::Occupied(mut occupied) = self.inner.user_rooms.entry(user_id) {
            occupied.get_mut().retain(|id| *id != conversation_id);
            if occupied.get().is_empty() {
                occupied.remove();
            }
        }
    }

    /// The running rooms of a user.
    pub fn user_rooms(&self, user_id: UserId) -> Vec<ConversationId> {
        self.inner
            .user_rooms
            .get(&user_id)
            .map(|rooms| rooms.clone())
            .unwrap_or_default()
    }

    /// Starts the actor of a new call, whose id nobody knows yet. `None` before the first worker is
    /// up.
    pub fn start_call(
        &self,
        id: CallId,
        conversation_id: ConversationId,
        timeline: Timeline,
        start: impl FnOnce(&Worker) -> Recipient<ToCall>,
    ) -> Option<SharedRecipient<ToCall>> {
        let workers = self.workers();
        let [.., last] = *id.0.as_bytes();
        let (_, worker) = workers.get(usize::from(last) % workers.len().max(1))?;
        let addr = Arc::new(start(worker));
        let entry = CallEntry {
            addr: addr.clone(),
            conversation_id,
            timeline,
        };
        self.inner.calls.insert(id, entry);
        Some(addr)
    }

    /// The actor of a live call.
    pub fn call(&self, id: CallId) -> Option<SharedRecipient<ToCall>> {
        let addr = self.inner.calls.get(&id).map(|entry| entry.addr.clone())?;
        addr.connected().then_some(addr)
    }

    /// By which time a live call of this process goes.
    pub fn call_timeline(&self, id: CallId) -> Option<Timeline> {
        self.inner.calls.get(&id).map(|entry| entry.timeline)
    }

    /// The live calls, those whose actor has ended included.
    pub fn calls(&self) -> Vec<CallId> {
        self.inner.calls.iter().map(|entry| *entry.key()).collect()
    }

    /// The live calls of a conversation: one at most, but for moments.
    pub fn conversation_calls(
        &self,
        conversation_id: ConversationId,
    ) -> Vec<SharedRecipient<ToCall>> {
        let calls = self.inner.calls.iter();
        let of_it = calls.filter(|entry| entry.conversation_id == conversation_id);
        of_it.map(|entry| entry.addr.clone()).collect()
    }

    /// How many calls are live here.
    pub fn calls_running(&self) -> usize {
        self.inner.calls.len()
    }

    /// How many users are in calls, or asked to one.
    pub fn users_in_calls(&self) -> usize {
        self.inner.user_calls.len()
    }

    /// Takes a call out: of the calls, and of these users' calls.
    pub fn retire_call(&self, id: CallId, users: impl IntoIterator<Item = UserId>) {
        for user_id in users {
            self.leave_call(user_id, id);
        }
        self.inner.calls.remove(&id);
    }

    /// Notes that a call is no business of somebody's any more.
    pub fn leave_call(&self, user_id: UserId, id: CallId) {
        if let Entry::Occupied(mut occupied) = self.inner.user_calls.entry(user_id) {
            occupied.get_mut().retain(|other| *other != id);
            if occupied.get().is_empty() {
                occupied.remove();
            }
        }
    }

    /// Takes a call out whose actor has ended without doing so, wherever it is entered.
    pub fn forget_call(&self, id: CallId) {
        self.inner.user_calls.retain(|_, calls| {
            calls.retain(|other| *other != id);
            !calls.is_empty()
        });
        self.inner.calls.remove(&id);
    }

    /// Notes that somebody is in a call, or asked to it.
    pub fn enter_call(&self, user_id: UserId, id: CallId) {
        let mut calls = self.inner.user_calls.entry(user_id).or_default();
        if !calls.contains(&id) {
            calls.push(id);
        }
    }

    /// The actors of a user's live calls.
    pub fn user_calls(&self, user_id: UserId) -> Vec<SharedRecipient<ToCall>> {
        let ids = self.inner.user_calls.get(&user_id).map(|ids| ids.clone());
        let ids = ids.unwrap_or_default().into_iter();
        ids.filter_map(|id| self.call(id)).collect()
    }

    /// From now on no socket is let in.
    pub fn start_draining(&self) {
        self.inner.draining.store(true, Ordering::Release);
    }

    /// Whether the node is about to go.
    pub fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Acquire)
    }
}
