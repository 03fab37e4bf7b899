//! Frames and hints on their way to sockets and rooms: the place through which everything leaves that
//! is in no conversation's log, and through which other nodes hear of what happens here.
//!
//! Plain functions over the directory and the bus, without a mailbox of their own. What is called
//! `…_here` is for this node alone, among it what another node has published.

use std::collections::BTreeMap;

use bytes::Bytes;
use sentinal_protocol::event::{Class, Event, EventKind};
use sentinal_protocol::{CloseCode, ConversationId, DeviceId, UserId};
use sentinal_store::{Committed, Entry, StoreError};

use crate::address::SessionEntry;
use crate::bus::{Channel, FrameNews, GiveWayNews, News, RefreshNews, RevokedNews};
use crate::messages::{Notify, Offer, ToHub, ToRoom};
use crate::node::Node;
use crate::revocation::Revocation;
use crate::wire;

/// From so many participants on a conversation has a channel of its own.
pub(crate) const OWN_CHANNEL_FROM: u32 = 48;
/// Up to so many participants its events go by the channels of its people: less traffic than a channel
/// that most nodes follow. In between they go both ways, so that a conversation which grows is heard
/// of until everybody follows its channel.
const USER_CHANNELS_UP_TO: u32 = 80;

/// Which sockets of a user a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Devices {
    /// Every device.
    All,
    /// This one.
    Only(DeviceId),
    /// Every other one.
    AllBut(DeviceId),
}

impl Devices {
    fn include(self, device: DeviceId) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => device == only,
            Self::AllBut(other) => device != other,
        }
    }
}

impl Node {
    /// By which channels other nodes hear of a conversation, as far as the roster in memory says.
    fn channels(&self, conversation_id: ConversationId) -> Vec<Channel> {
        let Some(roster) = self.rosters.cached(conversation_id) else {
            return Vec::new();
        };
        let people = u32::try_from(roster.members.len()).unwrap_or(u32::MAX);
        let mut channels = Vec::new();
        if people <= USER_CHANNELS_UP_TO {
            let members = roster.members.iter();
            channels.extend(members.map(|member| Channel::User(member.user_id)));
        }
        if people >= OWN_CHANNEL_FROM {
            channels.push(Channel::Conversation(conversation_id));
        }
        channels
    }

    /// Tells other nodes what concerns the people of a conversation. Who misses it finds out by a
    /// number, or need not know.
    pub fn tell_elsewhere(&self, conversation_id: ConversationId, news: impl FnOnce() -> News) {
        if self.bus.is_on() {
            self.bus.publish(self.channels(conversation_id), news());
        }
    }

    /// Tells other nodes of a committed change.
    pub fn tell_change_elsewhere(&self, committed: &Committed) {
        if !self.bus.is_on() {
            return;
        }
        let mut channels = self.channels(committed.conversation_id);
        if let Entry::Change(change) = &committed.entry
            && let Some(user) = change.subject
            && matches!(
                change.kind,
                EventKind::ParticipantAdded | EventKind::ParticipantRemoved
            )
        {
            // Who comes may not follow the conversation yet, and who goes is in its roster no more.
            let subject = Channel::User(UserId(user));
            if !channels.contains(&subject) {
                channels.push(subject);
            }
        }
        self.bus.publish(channels, News::from(committed));
    }

    /// Lets rosters and rooms, on all nodes, know that what they keep of a conversation has changed,
    /// though no revision says so.
    pub async fn refresh_conversation(&self, conversation_id: ConversationId) {
        // Who is in it has not changed: an older roster says whom to tell as well.
        if self.bus.is_on()
            && let Err(error) = self.rosters.get(conversation_id).await
        {
            // Rosters on other nodes are read again before long.
            tracing::warn!(%error, "a change without a revision was not published");
        }
        let channels = self.channels(conversation_id);
        self.refresh_here(conversation_id);
        let news = News::Refresh(RefreshNews { conversation_id });
        self.bus.publish(channels, news);
    }

    /// The same for this node.
    pub(crate) fn refresh_here(&self, conversation_id: ConversationId) {
        self.rosters.forget(conversation_id);
        if let Some(room) = self.directory.room(conversation_id) {
            // A control message: it must arrive, and there is one per block or change of an account.
            room.do_send(ToRoom::Refresh);
        }
    }

    /// Lets those whom a change removes hear of it where no room knows them: a room that starts
    /// after the change finds only those who are still there.
    pub fn offer_to_departed(&self, committed: &Committed) {
        let Entry::Change(change) = &committed.entry else {
            return;
        };
        let (EventKind::ParticipantRemoved, Some(user)) = (change.kind, change.subject) else {
            return;
        };
        self.offer_log(UserId(user), committed);
    }

    /// Has a user's sockets on this node read the log up to this change.
    pub(crate) fn offer_log(&self, user_id: UserId, committed: &Committed) {
        let sockets = self.directory.sessions(user_id).into_iter();
        for (hub, targets) in by_hub(sockets) {
            if let Some(worker) = self.directory.worker(hub) {
                // A control message: at most one per socket and membership.
                worker.hub.do_send(ToHub::Offer(Offer {
                    conversation_id: committed.conversation_id,
                    revision: committed.revision,
                    receipt_version: 0,
                    targets: targets.into(),
                }));
            }
        }
    }

    /// The same for a conversation that was deleted: nobody is in its roster any more, so no room
    /// is started for it.
    pub async fn offer_to_all_departed(&self, committed: &Committed) -> Result<(), StoreError> {
        let (id, revision) = (committed.conversation_id, committed.revision);
        let is_unheard = self.directory.room(id).is_none();
        if committed.is_deletion() && (is_unheard || self.bus.is_on()) {
            let ended = self.store.list_ended(id, revision).await?;
            if is_unheard {
                for user_id in &ended {
                    self.offer_log(*user_id, committed);
                }
            }
            self.bus
                .publish(ended.into_iter().map(Channel::User), News::from(committed));
        }
        Ok(())
    }

    /// Closes the sockets that a revocation concerns, on all nodes. Nodes that have none are told as
    /// well: they may remember that the login lives.
    pub fn close_sockets(&self, user_id: UserId, revocation: &Revocation) {
        self.close_sockets_here(user_id, revocation);
        let revocation = *revocation;
        let news = RevokedNews {
            user_id,
            revocation,
        };
        self.bus.publish([Channel::Nodes], News::Revoked(news));
    }

    /// Has a socket of this device on another node give way to a newer one here.
    pub fn give_way_elsewhere(&self, user_id: UserId, device_id: DeviceId) {
        let news = News::GiveWay(GiveWayNews { user_id, device_id });
        self.bus.publish([Channel::User(user_id)], news);
    }

    /// Closes the oldest socket of this device here: there is a newer one on another node.
    pub(crate) fn give_way_here(&self, user_id: UserId, device_id: DeviceId) {
        let sessions = self.directory.sessions(user_id);
        let oldest = sessions.iter().find(|entry| entry.device_id == device_id);
        if let Some(entry) = oldest
            && let Some(worker) = self.directory.worker(entry.key.hub)
        {
            let targets = vec![entry.key.slot];
            let code = CloseCode::Replaced;
            // A control message: there is one per new socket.
            worker.hub.do_send(ToHub::Close { targets, code });
        }
    }

    /// Closes the sockets of this node that a revocation concerns.
    pub(crate) fn close_sockets_here(&self, user_id: UserId, revocation: &Revocation) {
        let code = match revocation {
            Revocation::Device(_) => CloseCode::DeviceRemoved,
            Revocation::LoginSession(_) | Revocation::User { .. } => CloseCode::Unauthorized,
        };
        let concerned =
            self.directory
                .sessions(user_id)
                .into_iter()
                .filter(|entry| match revocation {
                    Revocation::LoginSession(id) => entry.login_session_id == *id,
                    Revocation::Device(id) => entry.device_id == *id,
                    Revocation::User { except, .. } => Some(entry.login_session_id) != *except,
                });
        for (hub, targets) in by_hub(concerned) {
            if let Some(worker) = self.directory.worker(hub) {
                worker.hub.do_send(ToHub::Close { targets, code });
            }
        }
    }

    /// Tells a user's live sockets what happened to the account.
    pub fn account_event<E: Event>(&self, user_id: UserId, event: &E) {
        self.notify(user_id, Devices::All, event);
    }

    /// Tells a device's live sockets something about it.
    pub fn device_event<E: Event>(&self, user_id: UserId, device_id: DeviceId, event: &E) {
        self.notify(user_id, Devices::Only(device_id), event);
    }

    fn notify<E: Event>(&self, user_id: UserId, devices: Devices, event: &E) {
        let frame = wire::event(self.clock.now(), event);
        self.frame_for_devices(user_id, devices, E::KIND.class(), &frame);
    }

    /// Sends live sockets of a user, on all nodes, a frame outside any conversation's log.
    pub fn frame_for_devices(
        &self,
        user_id: UserId,
        devices: Devices,
        class: Class,
        frame: &Bytes,
    ) {
        let sessions = self.directory.sessions(user_id).into_iter();
        let concerned = sessions.filter(|entry| devices.include(entry.device_id));
        self.send_frame(concerned, class, frame);
        self.frame_elsewhere([user_id], devices, class, frame);
    }

    /// Sends the live sockets of some users, on all nodes, a frame outside any conversation's log.
    pub fn frame_for(&self, users: &[UserId], class: Class, frame: &Bytes) {
        let sessions = users
            .iter()
            .map(|user_id| self.directory.sessions(*user_id));
        self.send_frame(sessions.flatten(), class, frame);
        self.frame_elsewhere(users.iter().copied(), Devices::All, class, frame);
    }

    fn frame_elsewhere(
        &self,
        users: impl IntoIterator<Item = UserId>,
        devices: Devices,
        class: Class,
        frame: &Bytes,
    ) {
        if !self.bus.is_on() {
            return;
        }
        let Some(text) = wire::payload(frame) else {
            return;
        };
        let (only, all_but) = match devices {
            Devices::All => (None, None),
            Devices::Only(device) => (Some(device), None),
            Devices::AllBut(device) => (None, Some(device)),
        };
        let news = FrameNews {
            class,
            only,
            all_but,
            frame: text.to_owned(),
        };
        let channels = users.into_iter().map(Channel::User);
        self.bus.publish(channels, News::Frame(news));
    }

    /// Sends a user's live sockets on this node what another node has sent.
    pub(crate) fn frame_here(&self, user_id: UserId, news: &FrameNews) {
        let devices = match (news.only, news.all_but) {
            (Some(device), _) => Devices::Only(device),
            (None, Some(device)) => Devices::AllBut(device),
            (None, None) => Devices::All,
        };
        let sessions = self.directory.sessions(user_id).into_iter();
        let concerned = sessions.filter(|entry| devices.include(entry.device_id));
        self.send_frame(concerned, news.class, &wire::text(news.frame.as_bytes()));
    }

    /// The one place through which what is in no conversation's log leaves for sockets.
    pub fn send_frame(
        &self,
        whom: impl Iterator<Item = SessionEntry>,
        class: Class,
        frame: &Bytes,
    ) {
        for (hub, targets) in by_hub(whom) {
            let Some(worker) = self.directory.worker(hub) else {
                continue;
            };
            let notify = ToHub::Notify(Notify {
                frame: frame.clone(),
                class,
                targets,
            });
            match class {
                // At most once: a hub with a full mailbox has better things to do.
                Class::Ephemeral => {
                    let _ = worker.hub.try_send(notify);
                }
                // Few and small; a socket that is slow drops them and reads the state later.
                Class::State | Class::Durable | Class::Protocol => worker.hub.do_send(notify),
            }
        }
    }
}

fn by_hub(entries: impl Iterator<Item = SessionEntry>) -> BTreeMap<usize, Vec<u64>> {
    let mut hubs: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for entry in entries {
        hubs.entry(entry.key.hub).or_default().push(entry.key.slot);
    }
    hubs
}
