//! A hub over sockets of the loopback, with fake sessions.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_codec::Framed;
use actix_http::ws::{Codec, Frame};
use bytes::Bytes;
use futures_util::StreamExt as _;
use sentinal_protocol::Timestamp;
use sentinal_protocol::event::Event as _;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::fakes::{Received, TestNode, fake, start_fake_room, until};
use crate::messages::Frames;
use crate::position::Start;
use crate::socket::{SharedSocket, Socket, UNSENT_BYTES_MAX};

/// A hub.
struct Running {
    test: TestNode,
    slots: SharedSlots,
    hub: Addr<Hub>,
}

/// A socket of the hub that has the group up to revision 1, and the client at its other end.
struct Peer {
    slot: u64,
    socket: SharedSocket,
    session: Received<ToSession>,
    client: Framed<TcpStream, Codec>,
}

impl Running {
    async fn start() -> Self {
        let test = TestNode::new(start_fake_room).await;
        let slots = SharedSlots::default();
        let hub = Hub::new(test.node.clone(), slots.clone()).start();
        Self { test, slots, hub }
    }

    async fn connect(&self) -> Peer {
        let until = self.test.node.clock.now().plus(Duration::from_hours(1));
        self.connect_until(until).await
    }

    async fn connect_until(&self, expires_at: Timestamp) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let now = Instant::now();
        let mut socket = Socket::new(accepted.unwrap().0, now);
        socket.positions.start([Start {
            conversation_id: self.test.group,
            position: 1,
            head: 1,
            receipts: 0,
            receipt_version: 0,
        }]);
        let socket = Rc::new(RefCell::new(socket));
        let (session, received) = fake();
        let mut slots = self.slots.borrow_mut();
        Peer {
            slot: slots.enter(socket.clone(), session, expires_at, now),
            socket,
            session: received,
            client: Framed::new(client.unwrap(), Codec::new().client_mode()),
        }
    }

    fn deliver(&self, treatment: Treatment, frames: Frames, targets: &[u64]) {
        self.hub.do_send(ToHub::Deliver(Deliver {
            conversation_id: self.test.group,
            treatment,
            frames,
            targets: Arc::from(targets),
            membership: None,
        }));
    }

    /// A revision that says its number.
    fn revision(&self, revision: u64, targets: &[u64]) {
        let frame = Frames::Same(frame(&format!("revision {revision}")));
        self.deliver(Treatment::Durable { revision }, frame, targets);
    }

    fn typing(&self, targets: &[u64]) {
        let frame = Frames::Same(frame("typing"));
        self.deliver(Treatment::Ephemeral, frame, targets);
    }

    fn offer(&self, revision: u64, targets: &[u64]) {
        self.hub.do_send(ToHub::Offer(Offer {
            conversation_id: self.test.group,
            revision,
            receipt_version: 0,
            targets: Arc::from(targets),
        }));
    }

    fn notify(&self, said: &str, targets: &[u64]) {
        self.hub.do_send(ToHub::Notify(Notify {
            frame: frame(said),
            class: Class::State,
            targets: targets.to_vec(),
        }));
    }

    /// Waits until the hub has handled everything that it was sent.
    async fn handled(&self) {
        let (targets, code) = (Vec::new(), CloseCode::Idle);
        self.hub.send(ToHub::Close { targets, code }).await.unwrap();
    }
}

impl Peer {
    async fn event(&mut self) -> Value {
        match self.client.next().await.unwrap().unwrap() {
            Frame::Text(text) => serde_json::from_slice(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// What the next frame says.
    async fn hears(&mut self) -> String {
        self.event().await["said"].as_str().unwrap().to_owned()
    }

    fn is_behind(&self, running: &Running) -> bool {
        self.socket.borrow().positions.is_behind(running.test.group)
    }

    /// Queues as much as may lie unsent. Answers how much that is.
    fn fill(&self) -> usize {
        let mut socket = self.socket.borrow_mut();
        socket.queue(frame(&"x".repeat(UNSENT_BYTES_MAX)));
        socket.unsent_bytes()
    }
}

fn frame(said: &str) -> Bytes {
    wire::text(json!({ "said": said }).to_string().as_bytes())
}

#[actix_rt::test]
async fn frames_arrive_at_each_socket_in_the_order_of_the_messages() {
    let running = Running::start().await;
    let (mut alice, mut bob) = (running.connect().await, running.connect().await);
    let both = [alice.slot, bob.slot];
    running.revision(2, &both);
    running.notify("only Bob", &[bob.slot]);
    running.revision(3, &both);
    running.revision(4, &both);
    for said in ["revision 2", "revision 3", "revision 4"] {
        assert_eq!(alice.hears().await, said);
    }
    for said in ["revision 2", "only Bob", "revision 3", "revision 4"] {
        assert_eq!(bob.hears().await, said);
    }
}

#[actix_rt::test]
async fn a_target_that_is_gone_is_skipped_and_the_others_get_their_own_frame() {
    let running = Running::start().await;
    let (gone, mut bob) = (running.connect().await, running.connect().await);
    running.slots.borrow_mut().leave(gone.slot);
    let frames = Frames::Each(vec![frame("for who is gone"), frame("for Bob")]);
    let treatment = Treatment::Durable { revision: 2 };
    running.deliver(treatment, frames, &[gone.slot, bob.slot]);
    running.notify("last", &[gone.slot, bob.slot]);
    assert_eq!(bob.hears().await, "for Bob");
    assert_eq!(bob.hears().await, "last");
}

#[actix_rt::test]
async fn where_much_lies_unsent_typing_is_dropped_and_a_revision_makes_behind() {
    let running = Running::start().await;
    let (slow, mut quick) = (running.connect().await, running.connect().await);
    let both = [slow.slot, quick.slot];
    let unsent = slow.fill();
    running.typing(&both);
    assert_eq!(quick.hears().await, "typing");
    assert_eq!(slow.socket.borrow().unsent_bytes(), unsent);
    assert!(!slow.is_behind(&running));
    running.revision(2, &both);
    assert_eq!(quick.hears().await, "revision 2");
    assert_eq!(slow.socket.borrow().unsent_bytes(), unsent);
    assert!(slow.is_behind(&running));
    assert!(!quick.is_behind(&running));
}

#[actix_rt::test]
async fn a_state_that_a_full_socket_missed_is_asked_for_again() {
    let running = Running::start().await;
    let slow = running.connect().await;
    let unsent = slow.fill();
    running.notify("a state", &[slow.slot]);
    running.handled().await;
    let mut socket = slow.socket.borrow_mut();
    assert_eq!(socket.unsent_bytes(), unsent);
    assert!(socket.take_missed_state());
}

#[actix_rt::test]
async fn a_repeated_revision_is_dropped_and_a_gap_is_read_from_the_log() {
    let running = Running::start().await;
    let mut bob = running.connect().await;
    for revision in [2, 2, 1, 3, 5, 4] {
        running.revision(revision, &[bob.slot]);
    }
    running.handled().await;
    {
        let mut socket = bob.socket.borrow_mut();
        let behind = socket.positions.next_behind();
        assert_eq!(behind, Some((running.test.group, Some(3))));
        // The session has read the log and queued what was missed.
        assert!(socket.positions.page(running.test.group, 5, 5));
    }
    running.revision(6, &[bob.slot]);
    for said in ["revision 2", "revision 3", "revision 6"] {
        assert_eq!(bob.hears().await, said);
    }
}

#[actix_rt::test]
async fn an_offer_makes_behind_only_who_has_less() {
    let running = Running::start().await;
    let (alice, bob) = (running.connect().await, running.connect().await);
    running.revision(2, &[alice.slot]);
    running.offer(2, &[alice.slot, bob.slot]);
    running.handled().await;
    assert!(!alice.is_behind(&running));
    assert!(bob.is_behind(&running));
}

#[actix_rt::test]
async fn a_receipt_without_a_frame_moves_the_counter_and_a_jump_makes_behind() {
    let running = Running::start().await;
    let mut bob = running.connect().await;
    for (version, frame) in [(1, Bytes::new()), (2, frame("read")), (2, frame("again"))] {
        let treatment = Treatment::Receipts { version };
        running.deliver(treatment, Frames::Same(frame), &[bob.slot]);
    }
    running.revision(2, &[bob.slot]);
    assert_eq!(bob.hears().await, "read");
    assert_eq!(bob.hears().await, "revision 2");
    let treatment = Treatment::Receipts { version: 4 };
    running.deliver(treatment, Frames::Same(frame("a jump")), &[bob.slot]);
    running.handled().await;
    assert!(bob.is_behind(&running));
}

#[actix_rt::test]
async fn closing_reaches_the_sessions_that_are_named() {
    let running = Running::start().await;
    let (mut alice, mut bob) = (running.connect().await, running.connect().await);
    let gone = bob.slot + 1;
    for (targets, code) in [
        (vec![gone, alice.slot], CloseCode::Replaced),
        (vec![alice.slot, bob.slot], CloseCode::DeviceRemoved),
    ] {
        running.hub.do_send(ToHub::Close { targets, code });
    }
    let close = async |peer: &mut Peer| match peer.session.next().await {
        ToSession::Close(code) => code,
        ToSession::Warn(at) => panic!("a warning of {at}"),
    };
    assert_eq!(close(&mut alice).await, CloseCode::Replaced);
    assert_eq!(close(&mut alice).await, CloseCode::DeviceRemoved);
    assert_eq!(close(&mut bob).await, CloseCode::DeviceRemoved);
}

#[actix_rt::test]
async fn a_drain_sends_everybody_away_in_slices_and_says_how_many_they_were() {
    let running = Running::start().await;
    let mut bob = running.connect().await;
    // One client for all of them: a socket for each would be 200 files.
    let expires_at = Timestamp::FOREVER;
    let (session, mut sessions) = fake();
    for _ in 0..DRAIN_SLICE {
        let (socket, session) = (bob.socket.clone(), session.clone());
        let mut slots = running.slots.borrow_mut();
        slots.enter(socket, session, expires_at, Instant::now());
    }
    running.slots.borrow_mut().leave(bob.slot);
    let slot =
        running
            .slots
            .borrow_mut()
            .enter(bob.socket.clone(), session, expires_at, Instant::now());
    assert_eq!(slot, bob.slot + 1 + DRAIN_SLICE as u64);
    tokio::time::pause();
    let (reply, mut drained) = oneshot::channel();
    running.hub.do_send(ToHub::Drain(reply));
    for _ in 0..DRAIN_SLICE {
        let told = sessions.next().await;
        assert!(matches!(told, ToSession::Close(CloseCode::Draining)));
    }
    running.handled().await;
    assert!(sessions.is_empty());
    assert!(drained.try_recv().is_err());
    tokio::time::advance(DRAIN_PAUSE).await;
    let told = sessions.next().await;
    assert!(matches!(told, ToSession::Close(CloseCode::Draining)));
    tokio::time::advance(DRAIN_PAUSE).await;
    assert_eq!(drained.await.unwrap(), DRAIN_SLICE + 1);
    tokio::time::resume();
    // A session writes it when it closes.
    bob.socket.borrow_mut().flush(Instant::now());
    for _ in 0..=DRAIN_SLICE {
        let event = bob.event().await;
        assert_eq!(event["type"], ServerDraining::KIND.as_str());
        assert!(event["reconnect_after_ms"].as_u64().unwrap() < RECONNECT_SPREAD_MS);
    }
}

#[actix_rt::test]
async fn a_client_is_warned_once_before_its_token_ends_and_closed_when_it_has() {
    let running = Running::start().await;
    let clock = running.test.node.clock.clone();
    let ends = clock.now().plus(EXPIRY_WARNING * 2);
    let mut bob = running.connect_until(ends).await;
    running.handled().await;
    tokio::time::pause();
    tokio::time::advance(HEARTBEAT_SCAN).await;
    running.handled().await;
    assert!(bob.session.is_empty());
    clock.advance(EXPIRY_WARNING);
    for _ in 0..3 {
        tokio::time::advance(HEARTBEAT_SCAN).await;
        running.handled().await;
    }
    clock.advance(EXPIRY_WARNING);
    tokio::time::advance(HEARTBEAT_SCAN).await;
    let told = bob.session.next().await;
    assert!(matches!(told, ToSession::Warn(at) if at == ends));
    let told = bob.session.next().await;
    assert!(matches!(told, ToSession::Close(CloseCode::Unauthorized)));
}

/// A message whose event and hint were both lost.
#[actix_rt::test]
async fn the_sweep_finds_what_no_hint_told() {
    let running = Running::start().await;
    let test = &running.test;
    let bob = running.connect().await;
    let messages = [test.message()];
    let stored = test
        .node
        .store
        .send_messages(&messages, test.node.clock.now());
    stored.await.unwrap();
    running.handled().await;
    assert!(!bob.is_behind(&running));
    tokio::time::pause();
    tokio::time::advance(sweep::EVERY).await;
    // The sweep asks the database, which knows nothing of a time that stands still.
    tokio::time::resume();
    until(|| bob.is_behind(&running)).await;
}
