//! What a connect, a send and acknowledgements take in statements does not grow with what is stored,
//! nor acknowledgements with how many there are. `sentinal-loadtest growth` measures the same in CPU
//! time, on a million messages.

use sentinal_protocol::event::EventKind;
use sentinal_protocol::{Clock, ConversationId, DeviceId, LoginSessionId};
use sentinal_store::{Backlog, ConnectOptions, Reader, SeededDevice, Store, StoredBodies};
use sentinal_tests::{TestServer, TestUser, until};

/// What runs beside a request from time to time (sweeps, ticks) must not be taken for it.
const TRIES: usize = 5;
/// The same for acknowledgements, each of which waits for the next slice.
const ACK_TRIES: usize = 3;
/// Messages of a small and of a large database.
const STORED: [u64; 2] = [100, 10_000];
/// People in a small and in a larger group.
const MEMBERS: [usize; 2] = [2, 16];

/// A server whose database can be looked into.
struct Stage {
    server: TestServer,
    store: Store,
    people: Vec<TestUser>,
    devices: Vec<DeviceId>,
    chat: ConversationId,
}

impl Stage {
    /// People in a group that holds so many messages, which all of them have.
    async fn new(members: usize, stored: u64) -> Self {
        let server = TestServer::spawn().await;
        let mut people = Vec::new();
        for number in 0..members {
            people.push(server.user(&format!("user{number}")).await);
        }
        let others = people.iter().skip(1).map(|user| user.id).collect();
        let chat = people[0].client.create_group("group", others).await;
        let chat = chat.unwrap().id;
        let participants = people[0].client.participants(chat).await.unwrap();
        let device = |user: &TestUser| {
            let mut of = participants.participants.iter();
            of.find(|it| it.user_id == user.id).unwrap().devices[0].id
        };
        let devices: Vec<DeviceId> = people.iter().map(device).collect();
        let options = ConnectOptions {
            url: server.database().url().to_owned(),
            connections_max: 2,
            pooler: sentinal_store::Pooler::None,
        };
        let store = Store::open(&options).await.unwrap();
        let now = Clock::system().now();
        let backlog = Backlog {
            conversation_id: chat,
            sender: SeededDevice {
                user_id: people[0].id,
                device_id: devices[0],
                name: people[0].device.clone(),
                session_id: LoginSessionId::new(now),
            },
            messages: stored,
            ciphertext: vec![7; 32],
            bodies: StoredBodies::Shared,
            since: now,
        };
        store.db_add_backlog(&backlog).await.unwrap();
        Self {
            server,
            store,
            people,
            devices,
            chat,
        }
    }

    fn statements(&self) -> u64 {
        self.server.app().statements()
    }

    /// Waits until every device's cursor is at the head, in the database.
    async fn all_acknowledged(&self) {
        until("everything is acknowledged", async || {
            for (person, device_id) in self.people.iter().zip(&self.devices) {
                let reader = Reader {
                    user_id: person.id,
                    device_id: *device_id,
                };
                let standings = self.store.list_standings(reader).await.ok()?;
                let mut standings = standings.iter();
                let standing = standings.find(|it| it.conversation_id == self.chat)?;
                if standing.cursor < standing.head {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// Statements from a connection to `sync:complete`.
    async fn connect(&mut self) -> u64 {
        let mut taken = u64::MAX;
        for _ in 0..TRIES {
            let before = self.statements();
            self.people[1].connect().await;
            self.people[1].wait_for(EventKind::SyncComplete).await;
            taken = taken.min(self.statements() - before);
            self.people[1].disconnect().await;
        }
        taken
    }

    /// Statements of a send while nobody listens.
    async fn send(&self) -> u64 {
        let mut taken = u64::MAX;
        for number in 0..TRIES {
            let message = self.people[0].message(self.chat, number as u64).await;
            let before = self.statements();
            let sent = self.people[0].client.send_message(&message).await;
            sent.unwrap();
            taken = taken.min(self.statements() - before);
        }
        taken
    }

    /// Statements from the arrival of a message on everybody's socket until all have acknowledged it.
    async fn acknowledgements(&mut self) -> u64 {
        for person in &mut self.people {
            person.connect().await;
            person.messages_until_synced().await;
        }
        self.all_acknowledged().await;
        let mut taken = u64::MAX;
        for number in 0..ACK_TRIES {
            let chat = self.chat;
            let message = self.people[0].message(chat, number as u64).await;
            let sent = self.people[0].client.send_message(&message).await;
            sent.unwrap();
            let before = self.statements();
            for person in &mut self.people {
                person.wait_for(EventKind::MessageNew).await;
            }
            self.all_acknowledged().await;
            taken = taken.min(self.statements() - before);
        }
        taken
    }
}

#[tokio::test]
async fn what_is_stored_makes_no_request_take_more_statements() {
    let mut few = Stage::new(MEMBERS[0], STORED[0]).await;
    let mut many = Stage::new(MEMBERS[0], STORED[1]).await;
    assert_eq!(many.connect().await, few.connect().await);
    assert_eq!(many.send().await, few.send().await);
    let [few, many] = [few.acknowledgements().await, many.acknowledgements().await];
    // They may come in one slice or in two.
    assert!(many <= few * 2, "{few}, then {many}");
}

#[tokio::test]
async fn a_slice_of_acknowledgements_takes_as_many_statements_for_many_devices() {
    let mut two = Stage::new(MEMBERS[0], 1).await;
    let mut many = Stage::new(MEMBERS[1], 1).await;
    let [two, many] = [two.acknowledgements().await, many.acknowledgements().await];
    assert!(many <= two * 2, "{two} for two, then {many}");
}
