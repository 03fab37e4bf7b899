//! What one socket has been sent of each conversation: the part of delivery that decides, free of
//! I/O.
//!
//! One rule per socket and conversation. Its *position* is the last revision queued on it. An
//! event at position + 1 is sent; at or below, dropped; above, the socket is *behind* and reads
//! the log from its position until a page reaches everything it has heard of meanwhile. Live
//! events never overtake that replay.

use std::collections::BTreeMap;

use sentinal_protocol::ConversationId;

/// A position that has to be asked of the database (the device's cursor).
const UNKNOWN: u64 = u64::MAX;

/// One conversation of one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Track {
    conversation_id: ConversationId,
    /// The last revision queued, or [`UNKNOWN`].
    position: u64,
    /// Behind: the highest revision heard of. Live: 0.
    heard: u64,
    /// The receipt counter up to which the socket was told.
    receipts: u64,
    /// The user's log ended at `position`: nothing follows, but it may still be acknowledged.
    ended: bool,
}

impl Track {
    fn is_behind(self) -> bool {
        self.heard > 0
    }

    /// Behind in something that has no revision: the next page, even an empty one, ends it.
    fn fall_behind(&mut self) {
        self.heard = if self.position == UNKNOWN {
            1
        } else {
            self.position.max(1)
        };
    }
}

/// What to do with a live event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Queue it; the position has moved.
    Send,
    /// The socket has it already, or will read it.
    Drop,
    /// The socket was live and is behind from now on: start reading.
    FellBehind,
}

/// How an event changes the membership of the socket's own user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Not at all.
    Same,
    /// The user's log begins or goes on here.
    Joins,
    /// The user's log ends here.
    Leaves,
}

/// Why an ack was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckRefusal {
    /// The socket follows no such conversation.
    UnknownConversation,
    /// Above what this socket was sent.
    Ahead,
}

/// All conversations of one socket.
///
/// A sorted vector: ten conversations take 400 bytes, which is what an idle socket has to pay.
#[derive(Debug, Default)]
pub struct Positions {
    tracks: Vec<Track>,
    /// What was heard before the positions were read from the database; `None` afterwards.
    early: Option<BTreeMap<ConversationId, u64>>,
}

impl Positions {
    /// Of a socket whose positions have not been read yet: everything heard counts as behind.
    pub fn connecting() -> Self {
        Self {
            tracks: Vec::new(),
            early: Some(BTreeMap::new()),
        }
    }

    fn find(&self, conversation_id: ConversationId) -> Result<usize, usize> {
        self.tracks
            .binary_search_by_key(&conversation_id, |track| track.conversation_id)
    }

    fn get(&self, conversation_id: ConversationId) -> Option<&Track> {
        self.find(conversation_id)
            .ok()
            .and_then(|index| self.tracks.get(index))
    }

    fn get_mut(&mut self, conversation_id: ConversationId) -> Option<&mut Track> {
        let index = self.find(conversation_id).ok()?;
        self.tracks.get_mut(index)
    }

    /// Ends connecting: takes the positions that the connect query saw. Answers how many
    /// conversations are behind.
    pub fn start(&mut self, standings: impl IntoIterator<Item = Start>) -> usize {
        let early = self.early.take().unwrap_or_default();
        self.tracks = standings
            .into_iter()
            .map(|start| {
                let mut track = Track {
                    conversation_id: start.conversation_id,
                    position: start.position,
                    heard: 0,
                    receipts: start.receipts,
                    ended: false,
                };
                if start.position < start.head {
                    track.heard = start.head;
                } else if start.receipts < start.receipt_version {
                    track.fall_behind();
                }
                track
            })
            .collect();
        self.tracks.sort_by_key(|track| track.conversation_id);
        self.tracks.shrink_to_fit();
        for (conversation_id, revision) in early {
            self.hear(conversation_id, revision);
        }
        self.tracks.iter().filter(|track| track.is_behind()).count()
    }

    /// Whether the positions are known.
    pub fn is_started(&self) -> bool {
        self.early.is_none()
    }

    /// Decides on a live event. `may_queue` is false while too much lies unsent.
    pub fn offer(
        &mut self,
        conversation_id: ConversationId,
        revision: u64,
        membership: Membership,
        may_queue: bool,
    ) -> Verdict {
        if let Some(early) = &mut self.early {
            let heard = early.entry(conversation_id).or_insert(0);
            *heard = revision.max(*heard);
            return Verdict::Drop;
        }
        let index = match self.find(conversation_id) {
            Ok(index) => index,
            Err(index) => {
                // A conversation that is new to this user starts with the event that says so. Any
                // other event of an unknown one means that its beginning was missed.
                let position = if membership == Membership::Joins {
                    revision - 1
                } else {
                    UNKNOWN
                };
                let track = Track {
                    conversation_id,
                    position,
                    heard: 0,
                    receipts: 0,
                    ended: false,
                };
                self.tracks.insert(index, track);
                index
            }
        };
        let Some(track) = self.tracks.get_mut(index) else {
            return Verdict::Drop;
        };
        if track.is_behind() {
            track.heard = track.heard.max(revision);
            return Verdict::Drop;
        }
        if track.ended && membership == Membership::Joins && revision > track.position {
            track.ended = false;
            track.position = revision - 1;
        }
        if track.position != UNKNOWN {
            if revision <= track.position {
                return Verdict::Drop;
            }
            // Behind the end of a log the next page decides: a room may not know of the end yet.
            if revision == track.position + 1 && may_queue && !track.ended {
                track.position = revision;
                track.ended = membership == Membership::Leaves;
                return Verdict::Send;
            }
        }
        track.ended = false;
        track.heard = revision;
        Verdict::FellBehind
    }

    /// Learns that the conversation has got to `revision`, without the event. Answers whether the
    /// socket fell behind by it.
    pub fn hear(&mut self, conversation_id: ConversationId, revision: u64) -> bool {
        if self.get(conversation_id).is_some_and(|track| {
            !track.is_behind() && track.position != UNKNOWN && revision <= track.position
        }) {
            return false;
        }
        self.offer(conversation_id, revision, Membership::Same, false) == Verdict::FellBehind
    }

    /// How many conversations are behind.
    pub fn behind(&self) -> usize {
        self.tracks.iter().filter(|track| track.is_behind()).count()
    }

    /// A conversation that is behind, and the revision after which to read (`None`: ask the
    /// device's cursor).
    pub fn next_behind(&self) -> Option<(ConversationId, Option<u64>)> {
        let track = self.tracks.iter().find(|track| track.is_behind())?;
        let after = (track.position != UNKNOWN).then_some(track.position);
        Some((track.conversation_id, after))
    }

    /// Takes note of a page that was queued: everything up to `position` was read when the log
    /// ended at `head`. Answers whether the socket is live again in this conversation.
    pub fn page(&mut self, conversation_id: ConversationId, position: u64, head: u64) -> bool {
        let Some(track) = self.get_mut(conversation_id) else {
            return true;
        };
        track.position = position;
        // What was heard of beyond the head that the page saw needs another page, except when the
        // log ends for this user: nothing above its end will ever be shown.
        if position >= head && position >= track.heard {
            track.heard = 0;
            return true;
        }
        track.heard = track.heard.max(head);
        false
    }

    /// The user's log of a conversation has ended and was read to the end.
    pub fn end(&mut self, conversation_id: ConversationId) {
        if let Some(track) = self.get_mut(conversation_id) {
            track.heard = 0;
            track.ended = true;
        }
    }

    /// Forgets a conversation in which the user never took part.
    pub fn forget(&mut self, conversation_id: ConversationId) {
        if let Ok(index) = self.find(conversation_id) {
            self.tracks.remove(index);
        }
    }

    /// Whether the socket follows this conversation.
    pub fn follows(&self, conversation_id: ConversationId) -> bool {
        self.get(conversation_id).is_some()
    }

    /// Whether a conversation is being read from the log.
    pub fn is_behind(&self, conversation_id: ConversationId) -> bool {
        self.get(conversation_id)
            .is_some_and(|track| track.is_behind())
    }

    /// The last revision queued; `None` if it is not known.
    pub fn position(&self, conversation_id: ConversationId) -> Option<u64> {
        let track = self.get(conversation_id)?;
        (track.position != UNKNOWN).then_some(track.position)
    }

    /// Checks an ack. Answers the receipt counter that goes with it.
    pub fn ack(&self, conversation_id: ConversationId, revision: u64) -> Result<u64, AckRefusal> {
        let track = self
            .get(conversation_id)
            .ok_or(AckRefusal::UnknownConversation)?;
        if track.position == UNKNOWN || revision > track.position {
            return Err(AckRefusal::Ahead);
        }
        Ok(track.receipts)
    }

    /// Decides on receipt news with this counter. While behind they are dropped, because every
    /// recovery ends with the present receipts; a jump of the counter makes the socket behind.
    pub fn receipts(
        &mut self,
        conversation_id: ConversationId,
        version: u64,
        may_queue: bool,
    ) -> Verdict {
        match self.get_mut(conversation_id) {
            Some(track) if !track.is_behind() && !track.ended && version > track.receipts => {
                if version == track.receipts + 1 && may_queue {
                    track.receipts = version;
                    Verdict::Send
                } else {
                    track.fall_behind();
                    Verdict::FellBehind
                }
            }
            Some(_) | None => Verdict::Drop,
        }
    }

    /// Learns the present receipt counter. Answers whether the socket fell behind by it.
    pub fn hear_receipts(&mut self, conversation_id: ConversationId, version: u64) -> bool {
        self.receipts(conversation_id, version, false) == Verdict::FellBehind
    }

    /// Takes note that the receipts of this counter were queued.
    pub fn receipts_recovered(&mut self, conversation_id: ConversationId, version: u64) {
        if let Some(track) = self.get_mut(conversation_id) {
            track.receipts = track.receipts.max(version);
        }
    }

    /// The receipt counter up to which the socket was told.
    pub fn receipts_seen(&self, conversation_id: ConversationId) -> u64 {
        self.get(conversation_id).map_or(0, |track| track.receipts)
    }

    /// Every conversation that the socket follows and whose log goes on.
    pub fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        let going_on = self.tracks.iter().filter(|track| !track.ended);
        going_on.map(|track| track.conversation_id)
    }
}

/// Where a socket starts in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Everything up to here counts as sent.
    pub position: u64,
    /// The last revision there is.
    pub head: u64,
    /// The receipt counter up to which the device was told.
    pub receipts: u64,
    /// The present receipt counter.
    pub receipt_version: u64,
}

#[cfg(test)]
mod tests;
