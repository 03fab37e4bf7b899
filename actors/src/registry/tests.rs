//! The registry between fake rooms, calls and hubs.

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::event::{Event as _, PresenceOnline, SignalType};
use sentinal_protocol::{Availability, ErrorCode, Timeline};
use serde_json::value::RawValue;

use super::*;
use crate::call::signals::ToDevice;
use crate::fakes::{Received, TestNode, fake, stalled, start_fake_room, started_room, until};
use crate::push::{Push, PushSettings};
use crate::wire;

/// A registry that has started.
struct Running {
    test: TestNode,
    registry: Registry,
}

impl Running {
    async fn start() -> Self {
        let test = TestNode::new(start_fake_room).await;
        let push = Push::new(&PushSettings::default()).unwrap();
        let registry = Registry::default();
        let calls = Calls::new(test.node.clone(), push);
        registry.start(test.node.clone(), calls, Listeners::default());
        // Its mailbox gets its size when it starts.
        let addr = registry.0.get().unwrap();
        addr.send(Route::Presence {
            whom: Vec::new(),
            frame: Bytes::new(),
        })
        .await
        .unwrap();
        Self { test, registry }
    }

    /// A call whose actor is this one.
    fn start_call(&self, call: Recipient<ToCall>) -> CallId {
        let test = &self.test;
        let id = CallId::new(test.node.clock.now());
        let timeline = Timeline::start(&test.node.clock);
        let started = test
            .node
            .directory
            .start_call(id, test.group, timeline, |_| call);
        started.unwrap();
        id
    }

    /// A signal from Alice to Bob that says this.
    fn signal(&self, content: usize) -> Signal {
        Signal {
            kind: SignalType::Ice,
            from: self.test.alice.user_id,
            device: DeviceName {
                id: self.test.alice.device_id,
                device_id: self.test.alice.name.clone(),
            },
            to: self.test.bob.user_id,
            to_device: ToDevice::Any,
            data: RawValue::from_string(content.to_string()).unwrap(),
        }
    }

    fn typing(&self) {
        let user_id = self.test.alice.user_id;
        let is_typing = true;
        let typing = Typing {
            user_id,
            is_typing,
            is_elsewhere: false,
        };
        self.registry.typing(self.test.group, typing);
    }
}

fn is_overloaded(answer: Result<Answer, CallFailure>) -> bool {
    match answer {
        Err(CallFailure::Error(error)) => error.code == ErrorCode::Overloaded,
        Ok(_) | Err(CallFailure::Refused(_)) => false,
    }
}

async fn next_signal(call: &mut Received<ToCall>) -> (String, Reply) {
    match call.next().await {
        ToCall::Relay { signal, reply } => (signal.data.get().to_owned(), reply),
        ToCall::Do { .. } | ToCall::Arrived(_) | ToCall::Gone(_) | ToCall::LoggedOut(_) => {
            panic!("no signal")
        }
    }
}

#[actix_rt::test]
async fn typing_starts_a_room_once_and_reaches_it() {
    let running = Running::start().await;
    let _hub = running.test.add_fake_hub(0);
    running.typing();
    running.typing();
    until(|| running.test.node.directory.rooms_running() == 1).await;
    let mut room = started_room().unwrap();
    for _ in 0..2 {
        let told = room.next().await;
        let ToRoom::Typing(typing) = told else {
            panic!("{told:?}");
        };
        assert_eq!(typing.user_id, running.test.alice.user_id);
        assert!(typing.is_typing);
    }
    assert!(started_room().is_none());
}

#[actix_rt::test]
async fn signals_of_one_socket_keep_their_order() {
    let running = Running::start().await;
    let _hub = running.test.add_fake_hub(0);
    let (call, mut received) = fake();
    let id = running.start_call(call);
    for content in 0..20 {
        drop(running.registry.signal(id, running.signal(content)));
    }
    for content in 0..20 {
        let (said, _) = next_signal(&mut received).await;
        assert_eq!(said, content.to_string());
    }
}

#[actix_rt::test]
async fn a_signal_for_a_call_with_a_full_mailbox_is_overloaded() {
    let running = Running::start().await;
    let _hub = running.test.add_fake_hub(0);
    let (call, mut received, open) = stalled().await;
    let id = running.start_call(call);
    let first = running.registry.signal(id, running.signal(1));
    let second = running.registry.signal(id, running.signal(2));
    assert!(is_overloaded(second.await.unwrap()));
    open.send(()).unwrap();
    let (said, reply) = next_signal(&mut received).await;
    assert_eq!(said, "1");
    drop(reply);
    assert!(first.await.is_err());
    assert!(received.is_empty());
}

#[actix_rt::test]
async fn past_its_own_mailbox_the_registry_refuses_signals_and_drops_typing() {
    let running = Running::start().await;
    let _hub = running.test.add_fake_hub(0);
    let (call, mut received) = fake();
    let id = running.start_call(call);
    // All of this is sent in one turn, in which the registry handles nothing.
    for content in 0..MAILBOX_LEN {
        drop(running.registry.signal(id, running.signal(content)));
    }
    running.typing();
    let refused = running.registry.signal(id, running.signal(MAILBOX_LEN));
    assert!(is_overloaded(refused.await.unwrap()));
    for content in 0..MAILBOX_LEN {
        assert_eq!(next_signal(&mut received).await.0, content.to_string());
    }
    assert_eq!(running.test.node.directory.rooms_running(), 0);
}

#[actix_rt::test]
async fn a_signal_for_a_call_that_is_not_here_gets_no_answer() {
    let running = Running::start().await;
    let id = CallId::new(running.test.node.clock.now());
    let answer = running.registry.signal(id, running.signal(1));
    assert!(answer.await.is_err());
}

#[actix_rt::test]
async fn presence_goes_to_the_hubs_of_those_named_only() {
    let running = Running::start().await;
    let test = &running.test;
    let (mut here, mut there) = (test.add_fake_hub(0), test.add_fake_hub(1));
    test.connect(&test.alice, 0, 1);
    test.connect(&test.bob, 1, 2);
    test.connect(&test.carol, 0, 3);
    let (alice, bob) = (test.alice.user_id, test.bob.user_id);
    for whom in [vec![bob], vec![alice, bob]] {
        let event = PresenceOnline {
            user_id: alice,
            is_online: true,
            status: Availability::Online,
        };
        let frame = wire::event(test.node.clock.now(), &event);
        running.registry.presence(whom, frame);
    }
    let said = |slot| format!("{} to [{slot}]", PresenceOnline::KIND.as_str());
    assert_eq!(there.words().await, said(2));
    assert_eq!(there.words().await, said(2));
    assert_eq!(here.words().await, said(1));
    assert!(here.is_empty());
}

/// A room with a fault.
struct Faulty;

impl Actor for Faulty {
    type Context = Context<Self>;
}

impl Handler<ToRoom> for Faulty {
    type Result = ();

    fn handle(&mut self, _: ToRoom, _: &mut Self::Context) {
        panic!("a fault in a room, as this test wants it");
    }
}

#[actix_rt::test]
async fn a_room_that_panicked_is_started_anew_by_the_heartbeat() {
    let running = Running::start().await;
    let test = &running.test;
    let _hub = test.add_fake_hub(0);
    test.enter_room(Faulty.start().recipient());
    let faulty = test.node.directory.room(test.group).unwrap();
    faulty.do_send(ToRoom::Refresh);
    until(|| !faulty.connected()).await;
    tokio::time::pause();
    tokio::time::advance(HEARTBEAT).await;
    // The heartbeat asks the database, which knows nothing of a time that stands still.
    tokio::time::resume();
    let anew = || test.node.directory.room(test.group).unwrap();
    until(|| anew().connected()).await;
    anew().do_send(ToRoom::Refresh);
    let mut room = started_room().unwrap();
    assert!(matches!(room.next().await, ToRoom::Refresh));
}

#[actix_rt::test]
async fn a_registry_that_was_stopped_takes_nothing_any_more() {
    let running = Running::start().await;
    assert!(running.registry.is_alive());
    running.registry.stop().await;
    assert!(!running.registry.is_alive());
    let id = CallId::new(running.test.node.clock.now());
    let answer = running.registry.signal(id, running.signal(1));
    assert!(answer.await.is_err());
}
