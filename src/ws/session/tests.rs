//! A session at one end of a loopback connection, with the use cases over a database of its own.

use actix_codec::Framed;
use actix_http::ws::{Codec, Frame, Message};
use futures_util::{SinkExt as _, StreamExt as _};
use sentinal_actors::directory::Worker;
use sentinal_actors::hub::Hub;
use sentinal_actors::messages::ToHub;
use sentinal_actors::revocation::Revocation;
use sentinal_app::Settings;
use sentinal_protocol::limits::SOCKETS_PER_USER_MAX;
use sentinal_protocol::{Clock, ConversationType};
use sentinal_store::{ConnectOptions, Created, NewConversation, SeededDevice, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a connection begins with.
const HANDSHAKE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";

/// A worker thread, and a group of two at revision 1.
struct Running {
    worker: Rc<WorkerContext>,
    alice: SeededDevice,
    bob: SeededDevice,
    group: ConversationId,
    _directory: TempDir,
}

/// The client's end of a connection.
struct Client(Framed<TcpStream, Codec>);

impl Running {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", directory.path().display());
        sentinal_migration::migrate(&url).await.unwrap();
        let options = ConnectOptions {
            url,
            connections_max: 1,
            pooler: sentinal_store::Pooler::None,
        };
        let store = Store::open(&options).await.unwrap();
        let now = Clock::system().now();
        let names = ["alice", "bob"].map(str::to_owned);
        let people = store.db_add_people(&names, 1, now).await.unwrap();
        let [alice, bob] = <[_; 2]>::try_from(people).unwrap();
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
        let mut settings = Settings::for_tests();
        settings.data_dir = directory.path().to_owned();
        settings.files.place = sentinal_app::FilePlace::Directory(directory.path().join("files"));
        let app = App::start(settings, store, Clock::system()).await.unwrap();
        let worker = Rc::new(WorkerContext::new(app, 0));
        let node = worker.app.live.node.clone();
        let hub = Hub::new(node.clone(), worker.slots.clone()).start();
        let hub = Worker {
            hub: Arc::new(hub.recipient()),
            arbiter: actix_rt::Arbiter::current(),
        };
        node.directory.add_worker(0, hub);
        Self {
            worker,
            alice,
            bob,
            group,
            _directory: directory,
        }
    }

    fn caller(device: &SeededDevice) -> Caller {
        Caller {
            user_id: device.user_id,
            device_id: device.device_id,
            device_name: device.name.as_str().into(),
            session_id: device.session_id,
            expires_at: Timestamp::FOREVER,
        }
    }

    /// A device whose handshake named it.
    async fn connect(&self, device: &SeededDevice) -> Client {
        let permit = self.worker.app.connects().acquire().await.unwrap();
        let admitted = Some((Self::caller(device), permit));
        self.open(admitted, Resume::Server).await
    }

    /// A device that is live and has everything.
    async fn connect_live(&self, device: &SeededDevice) -> Client {
        let mut client = self.connect(device).await;
        client.until("sync:complete").await;
        client
    }

    async fn open(&self, admitted: Option<(Caller, ConnectPermit)>, resume: Resume) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, peer) = accepted.unwrap();
        Session::start_on(
            self.worker.clone(),
            Connection {
                stream,
                open: OpenConnection::for_test(),
                early: BytesMut::new(),
                handshake: bytes::Bytes::from_static(HANDSHAKE),
                admitted,
                resume,
                address: peer.ip(),
            },
        );
        let mut client = client.unwrap();
        let mut handshake = [0; HANDSHAKE.len()];
        client.read_exact(&mut handshake).await.unwrap();
        assert_eq!(handshake, HANDSHAKE);
        Client(Framed::new(client, Codec::new().client_mode()))
    }

    fn sessions(&self, device: &SeededDevice) -> usize {
        let directory = self.worker.app.directory();
        directory.sessions(device.user_id).len()
    }

    /// A message to the group.
    fn message(&self, id: u64) -> Value {
        json!({
            "type": "message:send",
            "id": id,
            "conversation_id": self.group,
            "shared_ciphertext": "c2VjcmV0",
            "roster_version": 1,
        })
    }
}

impl Client {
    async fn say(&mut self, frame: Value) {
        let text = frame.to_string().into();
        self.0.send(Message::Text(text)).await.unwrap();
    }

    /// The next frame; `None` at the end of the connection.
    async fn frame(&mut self) -> Option<Frame> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.expect("nothing comes").map(Result::unwrap)
    }

    async fn event(&mut self) -> Value {
        match self.frame().await {
            Some(Frame::Text(text)) => serde_json::from_slice(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The first event of this type, without what comes before it.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Waits for the end of the connection and answers why it came.
    async fn closed(&mut self) -> Option<CloseCode> {
        let mut code = None;
        while let Some(frame) = self.frame().await {
            if let Frame::Close(Some(reason)) = frame {
                code = CloseCode::from_number(reason.code.into());
            }
        }
        code
    }
}

async fn until(reached: impl Fn() -> bool) {
    let waiting = async {
        while !reached() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.expect("the state is not reached");
}

/// Answers come as they are ready; only the numbers are promised to follow the requests.
#[actix_rt::test]
async fn sends_are_numbered_in_their_order_and_each_is_answered_once() {
    let running = Running::start().await;
    let mut alice = running.connect_live(&running.alice).await;
    for id in 1..=10 {
        alice.say(running.message(id)).await;
    }
    let mut numbers = Vec::new();
    for _ in 1..=10 {
        let ok = alice.until("ok").await;
        numbers.push((ok["id"].as_u64(), ok["data"]["sequence_number"].as_u64()));
    }
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=10).map(|id| (Some(id), Some(id))).collect();
    assert_eq!(numbers, expected);
    alice.say(json!({"type": "ping", "id": 11})).await;
    while let Some(event) = Some(alice.event().await).filter(|event| event["type"] != "pong") {
        assert_ne!(event["type"], "ok");
    }
}

#[actix_rt::test]
async fn what_one_says_the_other_hears_in_order() {
    let running = Running::start().await;
    let mut bob = running.connect_live(&running.bob).await;
    let mut alice = running.connect_live(&running.alice).await;
    for id in 1..=3 {
        alice.say(running.message(id)).await;
    }
    for number in 1..=3 {
        let message = bob.until("message:new").await;
        assert_eq!(message["sequence_number"], number);
        assert_eq!(message.get("replay"), None);
    }
}

#[actix_rt::test]
async fn what_was_missed_comes_between_hello_and_the_end_of_the_sync() {
    let running = Running::start().await;
    let mut alice = running.connect_live(&running.alice).await;
    for id in 1..=2 {
        alice.say(running.message(id)).await;
        alice.until("ok").await;
    }
    let mut bob = running.connect(&running.bob).await;
    let hello = bob.event().await;
    assert_eq!(
        (&hello["type"], &hello["behind"]),
        (&json!("hello"), &json!(1))
    );
    let mut revisions = Vec::new();
    loop {
        let event = bob.event().await;
        if event["type"] == "sync:complete" {
            break;
        }
        if let Some(revision) = event["revision"].as_u64() {
            revisions.push(revision);
        }
    }
    assert_eq!(revisions, [1, 2, 3]);
}

#[actix_rt::test]
async fn before_hello_nothing_is_done_but_a_ping() {
    let running = Running::start().await;
    let permit = running.worker.app.connects().acquire().await.unwrap();
    let admitted = Some((Running::caller(&running.alice), permit));
    let mut alice = running.open(admitted, Resume::Client).await;
    alice.say(running.message(1)).await;
    alice.say(json!({"type": "ping", "id": 2})).await;
    alice
        .say(json!({"type": "sync", "id": 3, "cursors": {}}))
        .await;
    let refused = alice.event().await;
    assert_eq!(
        (&refused["type"], &refused["id"]),
        (&json!("error"), &json!(1))
    );
    for kind in ["pong", "ok", "hello"] {
        assert_eq!(alice.event().await["type"], kind);
    }
}

#[actix_rt::test]
async fn without_a_token_only_auth_is_understood() {
    let running = Running::start().await;
    let mut stranger = running.open(None, Resume::Server).await;
    stranger.say(json!({"type": "ping"})).await;
    assert_eq!(stranger.closed().await, Some(CloseCode::Unauthorized));
}

#[actix_rt::test]
async fn a_socket_that_is_closed_by_the_hub_says_why_and_leaves_the_directory() {
    let running = Running::start().await;
    let mut alice = running.connect_live(&running.alice).await;
    let mut bob = running.connect_live(&running.bob).await;
    assert_eq!(running.worker.slots.borrow().len(), 2);
    let node = &running.worker.app.live.node;
    let (user_id, device_id) = (running.alice.user_id, running.alice.device_id);
    node.close_sockets(user_id, &Revocation::Device(device_id));
    assert_eq!(alice.closed().await, Some(CloseCode::DeviceRemoved));
    assert_eq!(running.sessions(&running.alice), 0);
    assert_eq!(running.worker.slots.borrow().len(), 1);
    bob.say(json!({"type": "ping", "id": 1})).await;
    assert_eq!(bob.until("pong").await["id"], 1);
}

#[actix_rt::test]
async fn a_client_that_goes_without_a_word_leaves_the_directory_and_its_room() {
    let running = Running::start().await;
    let mut bob = running.connect_live(&running.bob).await;
    let mut alice = running.connect_live(&running.alice).await;
    alice.say(running.message(1)).await;
    bob.until("message:new").await;
    let typing = json!({"type": "typing:started", "conversation_id": running.group});
    alice.say(typing).await;
    bob.until("typing:started").await;
    drop(alice);
    // Of a room only the last socket's end stops it at once.
    bob.until("typing:stopped").await;
    until(|| running.sessions(&running.alice) == 0).await;
    assert_eq!(running.worker.slots.borrow().len(), 1);
}

#[actix_rt::test]
async fn one_socket_too_many_takes_the_place_of_the_oldest_of_its_device() {
    let running = Running::start().await;
    let mut oldest = running.connect_live(&running.alice).await;
    let mut others = Vec::new();
    for _ in 0..SOCKETS_PER_USER_MAX {
        others.push(running.connect_live(&running.alice).await);
    }
    assert_eq!(oldest.closed().await, Some(CloseCode::Replaced));
    assert_eq!(running.sessions(&running.alice), SOCKETS_PER_USER_MAX);
}

#[actix_rt::test]
async fn a_drain_says_when_to_come_back_and_lets_nobody_in() {
    let running = Running::start().await;
    let mut alice = running.connect_live(&running.alice).await;
    let directory = running.worker.app.directory();
    directory.start_draining();
    let (reply, drained) = oneshot::channel();
    let worker = directory.worker(0).unwrap();
    worker.hub.do_send(ToHub::Drain(reply));
    let goodbye = alice.until("server:draining").await;
    assert!(goodbye["reconnect_after_ms"].is_u64());
    assert_eq!(alice.closed().await, Some(CloseCode::Draining));
    assert_eq!(drained.await.unwrap(), 1);
    let mut late = running.connect(&running.bob).await;
    assert_eq!(late.closed().await, Some(CloseCode::Draining));
    assert_eq!(running.sessions(&running.bob), 0);
}
