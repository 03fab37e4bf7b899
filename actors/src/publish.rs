//! Frames and hints on their way to sockets and rooms: the place through which everything leaves that
//! is in no conversation's log.
//!
//! Plain functions over the directory, without a mailbox of their own.

use std::collections::BTreeMap;

use bytes::Bytes;
use sentinal_protocol::event::{Class, Event, EventKind};
use sentinal_protocol::{CloseCode, DeviceId, LoginSessionId, UserId};
use sentinal_store::{Committed, Entry, StoreError};
use serde::{Deserialize, Serialize};

use crate::address::SessionEntry;
use crate::messages::{Notify, Offer, ToHub};
use crate::node::Node;
use crate::wire;

/// What has ended; whoever hears of it closes the sockets concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// One login session: 4401.
    LoginSession(LoginSessionId),
    /// A device was removed, and its login session with it: 4404.
    Device(DeviceId),
    /// All login sessions of the user but one: 4401.
    User {
        /// The user whose sessions end.
        user_id: UserId,
        /// The one that goes on.
        except: Option<LoginSessionId>,
    },
}

impl Node {
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

    /// Has a user's sockets read the log up to this change.
    fn offer_log(&self, user_id: UserId, committed: &Committed) {
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
        if committed.is_deletion() && self.directory.room(id).is_none() {
            for user_id in self.store.list_ended(id, revision).await? {
                self.offer_log(user_id, committed);
            }
        }
        Ok(())
    }

    /// Closes the sockets that a revocation concerns.
    pub fn close_sockets(&self, user_id: UserId, revocation: &Revocation) {
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
        self.notify(self.directory.sessions(user_id).into_iter(), event);
    }

    /// Tells a device's live sockets something about it.
    pub fn device_event<E: Event>(&self, user_id: UserId, device_id: DeviceId, event: &E) {
        let sessions = self.directory.sessions(user_id).into_iter();
        self.notify(sessions.filter(|entry| entry.device_id == device_id), event);
    }

    fn notify<E: Event>(&self, whom: impl Iterator<Item = SessionEntry>, event: &E) {
        let class = E::KIND.class();
        self.send_frame(whom, class, &wire::event(self.clock.now(), event));
    }

    /// Sends the live sockets of some users a frame outside any conversation.
    pub fn frame_for(&self, users: &[UserId], class: Class, frame: &Bytes) {
        let sessions = users
            .iter()
            .map(|user_id| self.directory.sessions(*user_id));
        self.send_frame(sessions.flatten(), class, frame);
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
