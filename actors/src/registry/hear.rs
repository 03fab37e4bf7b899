//! The part of the registry that takes what other nodes say to where its people are on this node.
//!
//! An envelope for a conversation comes once for each of its people with sockets here. Only the first
//! is handed on. All of it can be lost: what matters has a number, by which rooms, sockets and the
//! sweep find that they missed it.

use std::collections::{HashSet, VecDeque};

use actix::prelude::*;
use sentinal_protocol::ConversationId;
use sentinal_store::{Committed, Entry};

use super::RegistryActor;
use crate::bus::{ChangeNews, Channel, Envelope, News};
use crate::messages::{Elsewhere, Receipts, SharedRecipient, ToHub, ToRoom, Typing};
use crate::revocation::Revocation;

/// Places in logs that are remembered, to hand on each only once: a second of the busiest node.
const REMEMBERED_MAX: usize = 16_384;

/// What another node says, by the channel that it came by.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Heard {
    pub(super) channel: Channel,
    pub(super) envelope: Envelope,
}

/// The places in logs that were handed on lately.
#[derive(Default)]
pub(super) struct HandedOn {
    places: HashSet<(ConversationId, u64)>,
    order: VecDeque<(ConversationId, u64)>,
}

impl HandedOn {
    /// Whether this place is new; it is remembered.
    fn is_new(&mut self, place: (ConversationId, u64)) -> bool {
        if !self.places.insert(place) {
            return false;
        }
        self.order.push_back(place);
        if self.order.len() > REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.places.remove(&oldest);
        }
        true
    }
}

impl RegistryActor {
    fn hear(&mut self, channel: Channel, envelope: Envelope, ctx: &mut Context<Self>) {
        match envelope.news {
            News::Change(change) => self.hear_change(channel, change),
            News::Receipts(receipts) => {
                let id = receipts.marked.conversation_id;
                // A lost receipt is found by the jump of its counter; one that comes twice has no
                // effect.
                self.to_room(channel, id, |room| {
                    let _ = room.try_send(ToRoom::Receipts(Receipts {
                        marked: receipts.marked,
                        unread_count: receipts.unread_count,
                    }));
                });
            }
            News::Typing(typing) => {
                let told = Typing {
                    user_id: typing.user_id,
                    is_typing: typing.is_typing,
                    is_elsewhere: true,
                };
                // At most once: a room with a full mailbox has better things to do.
                self.to_room(channel, typing.conversation_id, |room| {
                    let _ = room.try_send(ToRoom::Typing(told));
                });
            }
            News::Expired(message) => {
                if self
                    .handed_on
                    .is_new((message.conversation_id, message.revision))
                    && let Some(room) = self.node.directory.room(message.conversation_id)
                {
                    // At most once: clients know the moment, and history hides it by itself.
                    let _ = room.try_send(ToRoom::Expired(message));
                }
            }
            News::Refresh(refresh) => self.node.refresh_here(refresh.conversation_id),
            News::Frame(frame) => {
                if let Channel::User(user_id) = channel {
                    self.node.frame_here(user_id, &frame);
                }
            }
            News::Revoked(revoked) => {
                let (user_id, revocation) = (revoked.user_id, revoked.revocation);
                (self.listeners.revoked)(user_id);
                self.node.close_sockets_here(user_id, &revocation);
                match revocation {
                    Revocation::Device(device) => self.calls.remove_device(user_id, device),
                    Revocation::LoginSession(_) | Revocation::User { .. } => {
                        self.calls.log_out(user_id);
                    }
                }
            }
            News::Presence(presence) => {
                (self.listeners.presence)(Elsewhere::Says(presence, envelope.from));
            }
            News::GiveWay(news) => self.node.give_way_here(news.user_id, news.device_id),
            News::Gap(_) => {
                if envelope.from == self.node.id {
                    // Redis is back. A node that has lost something says everything anew by itself.
                    (self.listeners.presence)(Elsewhere::Gap);
                }
                self.sweep();
                self.repair(ctx);
            }
            // Only of interest to the node itself.
            News::Probe(_) => {}
        }
    }

    fn hear_change(&mut self, channel: Channel, change: ChangeNews) {
        let ChangeNews {
            conversation_id,
            revision,
            entry,
        } = change;
        let committed = entry.map(|entry| Committed {
            conversation_id,
            revision,
            entry,
        });
        let is_deletion = committed.as_ref().is_some_and(Committed::is_deletion);
        let is_running = self.node.directory.room(conversation_id).is_some();
        if let (Channel::User(user_id), Some(committed), false) = (channel, &committed, is_running)
            && is_deletion
        {
            // Nobody is in the roster any more: no room will know whom to tell.
            self.node.offer_log(user_id, committed);
        }
        if !self.handed_on.is_new((conversation_id, revision)) {
            return;
        }
        if let Some(committed) = &committed {
            if let Entry::Change(_) = committed.entry {
                self.node.rosters.forget(conversation_id);
            }
            self.calls.follow(committed);
            if !is_running {
                self.node.offer_to_departed(committed);
            }
        }
        if is_deletion && !is_running {
            return;
        }
        self.to_room(channel, conversation_id, |room| {
            let told = match committed {
                Some(committed) => ToRoom::ApplyElsewhere(committed),
                None => ToRoom::Hint { revision },
            };
            // The next change finds the jump, else the sweep does.
            let _ = room.try_send(told);
        });
    }

    /// The conversation's room, started if somebody of it is here: who hears by a user's channel has
    /// that user's sockets, or had them a moment ago.
    fn to_room(
        &self,
        channel: Channel,
        id: ConversationId,
        tell: impl FnOnce(&SharedRecipient<ToRoom>),
    ) {
        let running = self.node.directory.room(id);
        let room = running.or_else(|| match channel {
            Channel::User(user_id) if self.node.directory.is_online(user_id) => {
                self.node.start_room(id)
            }
            Channel::User(_) | Channel::Conversation(_) | Channel::Node(_) | Channel::Nodes => None,
        });
        if let Some(room) = room {
            tell(&room);
        }
    }

    /// Has every hub compare the positions of its sockets with the database.
    pub(super) fn sweep(&self) {
        for (_, worker) in self.node.directory.workers() {
            // A control message: the bus says it at most every so often.
            worker.hub.do_send(ToHub::Sweep);
        }
    }
}

impl Handler<Heard> for RegistryActor {
    type Result = ();

    fn handle(&mut self, Heard { channel, envelope }: Heard, ctx: &mut Self::Context) {
        self.hear(channel, envelope, ctx);
    }
}
