//! The people and conversations of a database, and how many messages it holds before a load.

use std::collections::BTreeSet;
use std::time::Duration;

use sentinal_protocol::{Clock, ConversationId, ConversationType, Timestamp};
use sentinal_store::{Backlog, SeededConversation, SeededDevice, Store, StoredBodies};

use crate::Outcome;

/// Of the stored messages, the part in the one DM under load.
const IN_DIRECT: u64 = 5;
/// The part in all rooms together.
const IN_ROOMS: u64 = 5;
/// The part in the group whose messages have a ciphertext per device; with 1,000 devices that is a
/// tenth of all stored ciphertexts.
const IN_GROUP: u64 = 10_000;
/// Devices of each of the two people in the one DM. A socket takes 64 requests at once, so four
/// sockets have 256 in flight.
const DIRECT_DEVICES: usize = 2;
/// Distance of the last stored message from the present.
const QUIET: Duration = Duration::from_mins(10);

/// How large a database is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Messages that it holds.
    pub messages: u64,
    /// DMs beside the one under load; they hold what the others do not.
    pub pairs: usize,
    /// How many rooms there are.
    pub rooms: usize,
    /// People in each room, and in the group.
    pub members: usize,
    /// Bytes of each ciphertext.
    pub bytes: usize,
}

/// A conversation, and the devices of those who take part.
pub struct Chat {
    /// The conversation.
    pub id: ConversationId,
    /// Its revision.
    pub head: u64,
    /// Everybody's.
    pub devices: Vec<SeededDevice>,
}

/// Who and what is in a database.
pub struct Population {
    /// A DM of two people with two devices each.
    pub direct: Chat,
    /// DMs of two people with one device each.
    pub pairs: Vec<Chat>,
    /// Rooms; nobody is in two of them.
    pub rooms: Vec<Chat>,
    /// A group of those who are in the first room, too.
    pub group: Chat,
}

/// A conversation that is to be made.
struct Planned {
    kind: ConversationType,
    devices: Vec<SeededDevice>,
    messages: u64,
    bodies: StoredBodies,
}

impl Population {
    /// Fills an empty, migrated database.
    pub async fn seed(store: &Store, size: Size) -> Outcome<Self> {
        let now = Clock::system().now();
        let names = |what: &str, count: usize| -> Vec<String> {
            (0..count).map(|number| format!("{what}{number}")).collect()
        };
        let two = store
            .db_add_people(&names("direct", 2), DIRECT_DEVICES, now)
            .await?;
        let count = (size.rooms * size.members)
            .max(size.pairs * 2)
            .max(size.members);
        let people = store.db_add_people(&names("person", count), 1, now).await?;

        let mut left = size.messages;
        let mut take = |messages: u64| {
            let messages = messages.min(left);
            left -= messages;
            messages
        };
        let direct = Planned {
            kind: ConversationType::Dm,
            devices: two,
            messages: take(size.messages / IN_DIRECT),
            bodies: StoredBodies::PerDevice,
        };
        let group = Planned {
            kind: ConversationType::Group,
            devices: people.iter().take(size.members).cloned().collect(),
            messages: take(size.messages / IN_GROUP),
            bodies: StoredBodies::PerDevice,
        };
        let in_room = size.messages / IN_ROOMS / (size.rooms as u64).max(1);
        let mut rooms = Vec::new();
        for members in people.chunks(size.members).take(size.rooms) {
            rooms.push(Planned {
                kind: ConversationType::Group,
                devices: members.to_vec(),
                messages: take(in_room),
                bodies: StoredBodies::Shared,
            });
        }
        let mut pairs = Vec::new();
        for (number, pair) in people.chunks_exact(2).take(size.pairs).enumerate() {
            let pairs_left = (size.pairs - number) as u64;
            let messages = left.div_ceil(pairs_left);
            left -= messages;
            pairs.push(Planned {
                kind: ConversationType::Dm,
                devices: pair.to_vec(),
                messages,
                bodies: StoredBodies::PerDevice,
            });
        }

        let mut since = now.minus(QUIET + Duration::from_millis(size.messages));
        let mut add = async |planned: Vec<Planned>| add(store, planned, size, &mut since).await;
        let population = Self {
            direct: only(add(vec![direct]).await?)?,
            pairs: add(pairs).await?,
            rooms: add(rooms).await?,
            group: only(add(vec![group]).await?)?,
        };
        Ok(population)
    }
}

fn only(mut chats: Vec<Chat>) -> Outcome<Chat> {
    Ok(chats.pop().ok_or("no conversation was made")?)
}

/// Makes conversations with their stored messages, the first of which is from `since`.
async fn add(
    store: &Store,
    planned: Vec<Planned>,
    size: Size,
    since: &mut Timestamp,
) -> Outcome<Vec<Chat>> {
    let conversations: Vec<_> = planned.iter().map(conversation).collect();
    let ids = store.db_add_conversations(&conversations, *since).await?;
    let mut chats = Vec::with_capacity(planned.len());
    for (planned, id) in planned.into_iter().zip(ids) {
        let sender = planned.devices.first().ok_or("a conversation of nobody")?;
        let backlog = Backlog {
            conversation_id: id,
            sender: sender.clone(),
            messages: planned.messages,
            ciphertext: vec![0; size.bytes.max(1)],
            bodies: planned.bodies,
            since: *since,
        };
        store.db_add_backlog(&backlog).await?;
        *since = since.plus(Duration::from_millis(planned.messages));
        chats.push(Chat {
            id,
            head: planned.messages + 1,
            devices: planned.devices,
        });
    }
    Ok(chats)
}

fn conversation(planned: &Planned) -> SeededConversation {
    let users: BTreeSet<_> = planned.devices.iter().map(|it| it.user_id).collect();
    SeededConversation {
        kind: planned.kind,
        members: users.into_iter().collect(),
    }
}
