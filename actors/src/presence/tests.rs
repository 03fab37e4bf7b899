//! Presence over a real database, with a fake hub in front of it.

use sentinal_protocol::Timestamp;
use sentinal_store::SeededDevice;

use super::*;
use crate::call::Calls;
use crate::fakes::{Received, TestNode, start_fake_room};
use crate::messages::ToHub;
use crate::push::{Push, PushSettings};
use crate::registry::Listeners;

/// More than are asked about one by one.
const WATCHERS: usize = 300;

struct Running {
    test: TestNode,
    presence: Presence,
    hub: Received<ToHub>,
    watchers: Vec<SeededDevice>,
}

impl Running {
    /// Everybody but Alice and Bob is connected and has Alice as a contact; the first of them has
    /// Bob, too.
    async fn start(count: usize) -> Self {
        let test = TestNode::new(start_fake_room).await;
        let hub = test.add_fake_hub(0);
        let names: Vec<String> = (0..count).map(|number| format!("w{number}")).collect();
        let (store, now) = (&test.node.store, Timestamp(1_800_000_000_000));
        let watchers = store.db_add_people(&names, 1, now).await.unwrap();
        for (slot, watcher) in (0..).zip(&watchers) {
            let added = store.put_contact(watcher.user_id, test.alice.user_id, None, now);
            added.await.unwrap().unwrap();
            test.connect(watcher, 0, slot);
        }
        let first = watchers[0].user_id;
        let added = store.put_contact(first, test.bob.user_id, None, now);
        added.await.unwrap().unwrap();
        let push = Push::new(&PushSettings::default()).unwrap();
        let registry = Registry::default();
        let calls = Calls::new(test.node.clone(), push);
        registry.start(test.node.clone(), calls, Listeners::default());
        let presence = Presence::new(test.node.clone(), registry);
        presence.start();
        Self {
            test,
            presence,
            hub,
            watchers,
        }
    }

    fn enter(&self, device: &SeededDevice, slot: u64) {
        let key = SessionKey { hub: 0, slot };
        self.presence.enter(device.user_id, key);
    }

    /// The sockets of the next event.
    async fn told(&mut self) -> Vec<u64> {
        match self.hub.next().await {
            ToHub::Notify(notify) => notify.targets,
            ToHub::Deliver(_)
            | ToHub::Offer(_)
            | ToHub::Sweep
            | ToHub::Close { .. }
            | ToHub::Drain(_) => {
                panic!("no event")
            }
        }
    }
}

#[actix_rt::test]
async fn an_audience_is_read_by_key_and_each_of_it_is_told_once() {
    let mut running = Running::start(WATCHERS).await;
    let before = running.test.node.store.statements();
    running.enter(&running.test.alice, 1_000);
    let mut told = running.told().await;
    told.sort_unstable();
    assert_eq!(told, (0..WATCHERS as u64).collect::<Vec<_>>());
    // One page and one question about those who are here.
    assert_eq!(running.test.node.store.statements() - before, 2);
    running.enter(&running.test.bob, 1_001);
    assert_eq!(running.told().await, [0]);
    assert!(running.hub.is_empty());
    let of_alice = running.presence.watchers_of(running.test.alice.user_id);
    assert_eq!(of_alice.await.unwrap().len(), WATCHERS);
}

#[actix_rt::test]
async fn where_few_are_here_only_they_are_asked_about() {
    let mut running = Running::start(3).await;
    let blocked = running.watchers[1].user_id;
    let (store, now) = (&running.test.node.store, Timestamp(1_800_000_000_000));
    let blocking = store.block_user(blocked, running.test.alice.user_id, now);
    blocking.await.unwrap();
    let before = store.statements();
    running.enter(&running.test.alice, 1_000);
    let mut told = running.told().await;
    told.sort_unstable();
    assert_eq!(told, [0, 2]);
    assert_eq!(running.test.node.store.statements() - before, 1);
}
