//! What tests put in the place of an actor's neighbours, and people for whom it acts.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_rt::Arbiter;
use sentinal_protocol::api::messages::SentMessage;
use sentinal_protocol::{Clock, ConversationId, ConversationType, MessageId, MessageType};
use sentinal_protocol::{Timestamp, UserId};
use sentinal_store::{
    Body, Committed, ConnectOptions, Created, NewConversation, NewMessage, SeededDevice, SendKey,
    Store, committed,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

use crate::address::{SessionEntry, SessionKey, Target};
use crate::directory::{Entered, Worker};
use crate::messages::{Deliver, Notify, ToHub, ToRoom, Treatment};
use crate::node::{Node, StartRoom};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);
/// Messages that may wait for a fake: more than any actor's own mailbox holds.
const FAKE_MAILBOX_LEN: usize = 8_192;
/// Sockets that one user may have.
const SOCKETS_MAX: usize = 8;

/// Waits for a state that actors of this thread, or of others, bring about.
pub async fn until(reached: impl Fn() -> bool) {
    let waiting = async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.expect("the state is not reached");
}

/// Stands in for an actor: hands on what it is sent, in order.
struct Fake<M> {
    handled: mpsc::UnboundedSender<M>,
    /// Of one that handles nothing yet: says that it has started, and waits to be opened.
    stalled: Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>,
}

impl<M: Message<Result = ()> + Send + 'static> Actor for Fake<M> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(FAKE_MAILBOX_LEN);
        if let Some((started, opened)) = self.stalled.take() {
            ctx.set_mailbox_capacity(1);
            ctx.wait(opened.into_actor(self).map(|_, _, _| ()));
            started.send(()).unwrap();
        }
    }
}

impl<M: Message<Result = ()> + Send + 'static> Handler<M> for Fake<M> {
    type Result = ();

    fn handle(&mut self, message: M, _: &mut Self::Context) {
        // A test that has seen enough drops the other end.
        let _ = self.handled.send(message);
    }
}

/// What a fake was sent.
pub struct Received<M>(mpsc::UnboundedReceiver<M>);

impl<M> Received<M> {
    /// The next message.
    pub async fn next(&mut self) -> M {
        let next = tokio::time::timeout(PATIENCE, self.0.recv()).await;
        next.expect("nothing comes").expect("the fake has ended")
    }

    /// Whether everything that has come was looked at.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Received<ToHub> {
    /// The next message in a few words, for example `revision 2 to [1, 2]`.
    pub async fn words(&mut self) -> String {
        words(&self.next().await)
    }
}

/// A fake and what it receives.
pub fn fake<M: Message<Result = ()> + Send + 'static>() -> (Recipient<M>, Received<M>) {
    let (handled, received) = mpsc::unbounded_channel();
    let fake = Fake {
        handled,
        stalled: None,
    };
    (fake.start().recipient(), Received(received))
}

/// A fake whose mailbox is full with one message, which it handles once it is opened.
pub async fn stalled<M: Message<Result = ()> + Send + 'static>()
-> (Recipient<M>, Received<M>, oneshot::Sender<()>) {
    let (handled, received) = mpsc::unbounded_channel();
    let (started, starting) = oneshot::channel();
    let (open, opened) = oneshot::channel();
    let fake = Fake {
        handled,
        stalled: Some((started, opened)),
    };
    let recipient = fake.start().recipient();
    starting.await.unwrap();
    (recipient, Received(received), open)
}

thread_local! {
    static STARTED_ROOMS: RefCell<Vec<Received<ToRoom>>> = const { RefCell::new(Vec::new()) };
}

/// Starts a fake in the place of a room; [`started_room`] has what it receives.
pub fn start_fake_room(
    _: &Node,
    _: &Worker,
    _: ConversationId,
    _generation: u64,
) -> Recipient<ToRoom> {
    let (room, received) = fake();
    STARTED_ROOMS.with_borrow_mut(|rooms| rooms.push(received));
    room
}

/// What the room receives that was started last on this thread.
pub fn started_room() -> Option<Received<ToRoom>> {
    STARTED_ROOMS.with_borrow_mut(Vec::pop)
}

fn slots(mut slots: Vec<u64>) -> String {
    slots.sort_unstable();
    format!("{slots:?}")
}

fn words(message: &ToHub) -> String {
    match message {
        ToHub::Deliver(Deliver {
            treatment,
            frames,
            targets,
            ..
        }) => {
            let what = match treatment {
                Treatment::Durable { revision } => format!("revision {revision}"),
                Treatment::Receipts { version } => format!("receipts {version}"),
                Treatment::Ephemeral => kind(frames.get(0).unwrap()),
            };
            format!("{what} to {}", slots(targets.to_vec()))
        }
        ToHub::Offer(offer) => {
            format!(
                "offer {} to {}",
                offer.revision,
                slots(offer.targets.to_vec())
            )
        }
        ToHub::Notify(Notify { frame, targets, .. }) => {
            format!("{} to {}", kind(frame), slots(targets.clone()))
        }
        ToHub::Close { targets, code } => {
            format!("close {} of {}", code.number(), slots(targets.clone()))
        }
        ToHub::Drain(_) => "drain".to_owned(),
        ToHub::Sweep => "sweep".to_owned(),
    }
}

/// The type of an event in a frame without a mask.
fn kind(frame: &[u8]) -> String {
    let start = frame.iter().position(|byte| *byte == b'{').unwrap();
    let event: Value = serde_json::from_slice(&frame[start..]).unwrap();
    event["type"].as_str().unwrap().to_owned()
}

/// A node over an SQLite file of its own: Alice and Bob in a group, Carol a stranger to it, each
/// with one device.
pub struct TestNode {
    pub node: Node,
    pub alice: SeededDevice,
    pub bob: SeededDevice,
    pub carol: SeededDevice,
    /// At revision 1.
    pub group: ConversationId,
    _directory: TempDir,
}

impl TestNode {
    pub async fn new(start_room: StartRoom) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", directory.path().display());
        sentinal_migration::migrate(&url).await.unwrap();
        let options = ConnectOptions {
            url,
            connections_max: 1,
            pooler: sentinal_store::Pooler::None,
        };
        let store = Store::open(&options).await.unwrap();
        let clock = Clock::manual(Timestamp(1_800_000_000_000));
        let now = clock.now();
        let names = ["alice", "bob", "carol"].map(str::to_owned);
        let people = store.db_add_people(&names, 1, now).await.unwrap();
        let [alice, bob, carol] = <[_; 3]>::try_from(people).unwrap();
        let group = NewConversation {
            kind: ConversationType::Group,
            creator_id: alice.user_id,
            subject: Some("test".to_owned()),
            description: None,
            avatar_url: None,
            others: vec![bob.user_id],
        };
        let (created, _) = store.create_conversation(&group, now).await.unwrap();
        let Ok(Created::New(group)) = created else {
            panic!("{created:?}");
        };
        Self {
            node: Node::new(store, clock, None, start_room),
            alice,
            bob,
            carol,
            group,
            _directory: directory,
        }
    }

    /// Makes this the hub of a worker on this thread.
    pub fn add_hub(&self, index: usize, hub: Recipient<ToHub>) {
        let worker = Worker {
            hub: Arc::new(hub),
            arbiter: Arbiter::current(),
        };
        self.node.directory.add_worker(index, worker);
    }

    /// Puts a fake in the place of a worker's hub.
    pub fn add_fake_hub(&self, index: usize) -> Received<ToHub> {
        let (hub, received) = fake();
        self.add_hub(index, hub);
        received
    }

    /// Makes this the running room of the group. A worker must be there.
    pub fn enter_room(&self, room: Recipient<ToRoom>) {
        let directory = &self.node.directory;
        directory.room_or_start(self.group, |_, _| room).unwrap();
    }

    /// Enters a socket in the directory, as its session does before it looks for rooms.
    pub fn connect(&self, device: &SeededDevice, hub: usize, slot: u64) -> Target {
        let entry = SessionEntry {
            key: SessionKey { hub, slot },
            device_id: device.device_id,
            login_session_id: device.session_id,
        };
        let user_id = device.user_id;
        let entered = self.node.directory.enter(user_id, entry, SOCKETS_MAX);
        assert_eq!(entered, Entered::Yes);
        Target {
            key: entry.key,
            user_id,
            device_id: device.device_id,
        }
    }

    /// Whether a running room has entered the group's people in the directory.
    pub fn is_room_loaded(&self) -> bool {
        let members: [UserId; 2] = [self.alice.user_id, self.bob.user_id];
        let rooms = members.map(|user_id| self.node.directory.user_rooms(user_id));
        rooms.iter().all(|rooms| rooms.contains(&self.group))
    }

    /// A message of Alice's to the group, checked against the group as it was created.
    pub fn message(&self) -> NewMessage {
        NewMessage {
            id: MessageId::new(self.node.clock.now()),
            conversation_id: self.group,
            sender_id: self.alice.user_id,
            sender_device_id: self.alice.device_id,
            message_type: MessageType::Text,
            key: SendKey::None,
            request_hash: [0; 32],
            reply_to_message_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            poll: None,
            metadata: None,
            shared: Some(Body {
                ciphertext: b"secret".to_vec(),
                header: None,
            }),
            bodies: Vec::new(),
            hidden_from: None,
            expires_in_seconds: None,
            roster_version: 1,
            access_version: 1,
        }
    }

    /// What a room is told of a message of Alice's with this revision.
    pub fn committed(&self, revision: u64) -> Committed {
        let message = self.message();
        let sent = SentMessage {
            id: message.id,
            conversation_id: self.group,
            sender_id: message.sender_id,
            client_message_id: None,
            sequence_number: revision,
            revision,
            created_at: self.node.clock.now(),
        };
        committed(&message, &sent)
    }

    /// The group's revision in the database.
    pub async fn revision(&self) -> u64 {
        let heads = self.node.store.list_heads(&[self.group]).await.unwrap();
        heads[0].1
    }
}
