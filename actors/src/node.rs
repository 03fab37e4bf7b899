//! What the actors of a node stand on.

use actix::Recipient;
use sentinal_protocol::{Clock, ConversationId};
use sentinal_store::Store;
use uuid::Uuid;

use crate::bus::{Bus, BusSettings};
use crate::directory::{Directory, Worker};
use crate::messages::{SharedRecipient, ToRoom};
use crate::nodes::Nodes;
use crate::rosters::Rosters;

/// Starts the room of a conversation on a worker; it retires under the generation given.
pub type StartRoom = fn(&Node, &Worker, ConversationId, u64) -> Recipient<ToRoom>;

/// What every actor of a node needs, and nothing that decides what people may do. Cloning it is cheap.
#[derive(Clone)]
pub struct Node {
    /// This process, among all that share the database.
    pub id: Uuid,
    /// Which other processes live.
    pub(crate) nodes: Nodes,
    /// The way to the other nodes.
    pub bus: Bus,
    /// The database.
    pub store: Store,
    /// The clock that everything reads.
    pub clock: Clock,
    /// Who is where.
    pub directory: Directory,
    /// Who takes part where, in memory.
    pub rosters: Rosters,
    start_room: StartRoom,
}

impl Node {
    /// A node on which nobody is yet; without a bus it is alone.
    pub fn new(
        store: Store,
        clock: Clock,
        bus: Option<&BusSettings>,
        start_room: StartRoom,
    ) -> Self {
        let id = sentinal_protocol::ids::new_uuid(clock.now());
        Self {
            id,
            nodes: Nodes::default(),
            bus: bus.map_or_else(Bus::default, |settings| Bus::new(id, settings.clone())),
            rosters: Rosters::new(store.clone()),
            store,
            clock,
            directory: Directory::default(),
            start_room,
        }
    }

    /// The conversation's room, started if there is none. `None` before the first worker is up.
    pub fn start_room(&self, conversation_id: ConversationId) -> Option<SharedRecipient<ToRoom>> {
        self.directory
            .room_or_start(conversation_id, |worker, generation| {
                (self.start_room)(self, worker, conversation_id, generation)
            })
    }

    /// The conversation's room, started if anybody of it is here, as far as the roster in memory says.
    pub fn room_of_online(
        &self,
        conversation_id: ConversationId,
    ) -> Option<SharedRecipient<ToRoom>> {
        self.directory.room(conversation_id).or_else(|| {
            let roster = self.rosters.cached(conversation_id)?;
            let mut members = roster.members.iter();
            let online = members.any(|member| self.directory.is_online(member.user_id));
            online.then(|| self.start_room(conversation_id)).flatten()
        })
    }
}
