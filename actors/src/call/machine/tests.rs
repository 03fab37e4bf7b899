//! What calls promise beyond their random lives.

use std::collections::BTreeSet;

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{CallId, CallType, ConversationId};
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn name(id: DeviceId) -> DeviceName {
    DeviceName {
        id,
        device_id: id.to_string(),
    }
}

struct Group {
    call: Call,
    users: [UserId; 3],
    devices: [DeviceId; 3],
}

impl Group {
    /// Alice calls in a group.
    fn new() -> Self {
        let users = [(); 3].map(|()| UserId::new(NOW));
        let devices = [(); 3].map(|()| DeviceId::new(NOW));
        let new = NewCall {
            id: CallId::new(NOW),
            conversation_id: ConversationId::new(NOW),
            conversation: ConversationType::Group,
            kind: CallType::Audio,
            initiator: users[0],
            device: name(devices[0]),
            other: None,
            names: Vec::new(),
            hidden: Hidden::No,
            node_id: Uuid::nil(),
        };
        let call = Call::create(new, NOW).next;
        Self {
            call,
            users,
            devices,
        }
    }

    fn apply(&mut self, input: Input) -> Result<Vec<Effect>, Refusal> {
        let step = self.call.apply(NOW, input)?;
        self.call = step.next;
        Ok(step.effects)
    }

    fn invite(&mut self, by: usize, user: usize) -> Vec<Effect> {
        let (by, user) = (self.users[by], self.users[user]);
        self.apply(Input::Invite { by, user }).unwrap()
    }

    fn join(&mut self, user: usize) -> Result<Vec<Effect>, Refusal> {
        self.apply(Input::Join {
            user: self.users[user],
            device: name(self.devices[user]),
            online: BTreeSet::new(),
        })
    }

    fn leave(&mut self, user: usize) {
        let device = name(self.devices[user]);
        let user = self.users[user];
        self.apply(Input::Leave { user, device }).unwrap();
    }

    /// Alice, Bob and Carol are in it.
    fn with_all() -> Self {
        let mut group = Self::new();
        for user in [1, 2] {
            group.invite(0, user);
            group.join(user).unwrap();
        }
        group
    }
}

fn told(effects: &[Effect]) -> BTreeSet<UserId> {
    let whom = effects.iter().map(|effect| match effect.whom {
        Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _) => user,
    });
    whom.collect()
}

#[test]
fn all_sockets_of_the_device_that_answers_are_told() {
    let mut group = Group::new();
    group.invite(0, 1);
    let effects = group.join(1).unwrap();
    let (bob, phone) = (group.users[1], group.devices[1]);
    assert!(effects.contains(&Effect {
        whom: Whom::Only(bob, phone),
        tell: Tell::Participant(bob),
    }));
}

#[test]
fn who_has_left_the_group_hears_nothing_more_of_its_call() {
    let mut group = Group::with_all();
    let [alice, bob, carol] = group.users;
    let effects = group.apply(Input::Depart { user: bob }).unwrap();
    assert!(told(&effects).contains(&bob), "that they are out");
    assert_eq!(group.call.state_for(bob, group.devices[1]), None);
    let ended = group.call.apply(
        NOW,
        Input::End {
            by: alice,
            reason: None,
        },
    );
    assert_eq!(
        told(&ended.unwrap().effects),
        BTreeSet::from([alice, carol])
    );
    // Back in the group, they are asked again.
    let effects = group.invite(0, 1);
    assert!(told(&effects).contains(&bob));
    assert!(group.call.state_for(bob, group.devices[1]).is_some());
}

#[test]
fn a_device_that_was_removed_joins_only_once_it_is_back() {
    let mut group = Group::new();
    group.invite(0, 1);
    let (bob, device) = (group.users[1], group.devices[1]);
    let removed = Input::DeviceRemoved { user: bob, device };
    assert_eq!(group.apply(removed), Ok(Vec::new()));
    assert_eq!(group.join(1), Err(Refusal::NotInCall));
    group.call = group.call.with_device(device);
    group.join(1).unwrap();
}

#[test]
fn a_device_that_lost_its_socket_while_it_rang_has_twenty_seconds() {
    let mut group = Group::new();
    group.invite(0, 1);
    let bob = group.users[1];
    for online in [BTreeSet::from([group.devices[1]]), BTreeSet::new()] {
        group.apply(Input::Sockets { user: bob, online }).unwrap();
    }
    group.join(1).unwrap();
    assert_eq!(group.call.deadline(), Some(NOW.plus(SOCKETLESS_MAX)));
}

#[test]
fn a_device_that_is_logged_out_leaves_and_one_that_rings_does_not() {
    let mut group = Group::with_all();
    group
        .apply(Input::LoggedOut {
            user: group.users[1],
            live: BTreeSet::from([group.devices[1]]),
        })
        .unwrap();
    assert!(group.call.is_live(group.users[1]));
    let logged_out = |user| Input::LoggedOut {
        user,
        live: BTreeSet::new(),
    };
    group.apply(logged_out(group.users[1])).unwrap();
    assert!(!group.call.is_live(group.users[1]));
    group.invite(0, 1);
    group.apply(logged_out(group.users[1])).unwrap();
    assert!(group.call.is_live(group.users[1]), "others of theirs ring");
}

#[test]
fn a_device_that_comes_back_hears_who_asked() {
    let mut group = Group::with_all();
    let [_, bob, carol] = group.users;
    group.leave(1);
    group.invite(2, 1);
    let told = group.call.state_for(bob, group.devices[1]);
    assert_eq!(told, Some(Tell::Incoming { by: carol }));
}

#[test]
fn who_has_left_a_group_call_decides_nothing_in_it() {
    let mut group = Group::with_all();
    let [alice, bob, _] = group.users;
    group.leave(0);
    let remove = Input::Remove {
        by: alice,
        user: bob,
    };
    assert_eq!(group.apply(remove), Err(Refusal::NotInCall));
    let end = Input::End {
        by: alice,
        reason: None,
    };
    assert_eq!(group.apply(end.clone()), Err(Refusal::NotInCall));
    group.leave(1);
    assert!(group.call.is_ended());
    assert_eq!(group.apply(end), Ok(Vec::new()));
}

#[test]
fn saying_that_media_flow_is_an_answer_with_the_device_that_says_it() {
    let mut group = Group::new();
    group.invite(0, 1);
    let bob = group.users[1];
    let connected = |device| Input::Connected {
        by: bob,
        device: name(device),
        online: BTreeSet::new(),
    };
    let (phone, tablet) = (group.devices[1], DeviceId::new(NOW));
    group.apply(connected(phone)).unwrap();
    assert_eq!(group.call.record.status, CallStatus::Connected);
    let party = group.call.party(bob).unwrap();
    assert_eq!(party.device, Some(name(phone)));
    let late = group.apply(connected(tablet));
    assert_eq!(late, Err(Refusal::AlreadyAnswered));
    assert_eq!(group.apply(connected(phone)), Ok(Vec::new()));
    // A device that was removed answers as little by this as by joining.
    let mut group = Group::new();
    group.invite(0, 1);
    let (user, device) = (group.users[1], group.devices[1]);
    group.apply(Input::DeviceRemoved { user, device }).unwrap();
    let connected = Input::Connected {
        by: user,
        device: name(device),
        online: BTreeSet::new(),
    };
    assert_eq!(group.call.newcomer(&connected), Some((user, Some(device))));
    assert_eq!(group.apply(connected), Err(Refusal::NotInCall));
}

#[test]
fn the_call_of_who_has_left_is_ended_by_who_has_been_there_longest() {
    let mut group = Group::with_all();
    let end = |by| Input::End { by, reason: None };
    let [alice, bob, carol] = group.users;
    assert_eq!(group.call.host(), Some(alice));
    group.leave(0);
    assert_eq!(group.call.host(), group.users.iter().copied().skip(1).min());
    let later = bob.max(carol);
    assert_eq!(group.apply(end(later)), Err(Refusal::NotInitiator));
    group.apply(end(bob.min(carol))).unwrap();
    assert!(group.call.is_ended());
}
