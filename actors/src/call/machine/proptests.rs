//! Random lives of calls: several people with several devices, every input at any moment.
//!
//! The test keeps beside the call what each device was told, as a phone would, and holds the call to
//! what it promises at every step.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{CallDecline, CallEndReason, CallId, CallType, ConversationId};
use uuid::Uuid;

use super::*;

const USERS: usize = 4;
const DEVICES: usize = 3;

/// What a device can see of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Phone {
    online: bool,
    rings: bool,
}

struct World {
    call: Call,
    now: Timestamp,
    users: Vec<UserId>,
    devices: Vec<Vec<DeviceId>>,
    phones: BTreeMap<(UserId, DeviceId), Phone>,
    /// The record as it was last written and told.
    stored: CallRecord,
}

#[derive(Clone, Debug)]
enum Event {
    Wait(u64),
    WaitForDeadline,
    Connect(usize, usize),
    Disconnect(usize, usize),
    Invite(usize, usize),
    Join(usize, usize),
    Decline(usize, usize, bool),
    Leave(usize, usize),
    Remove(usize, usize),
    Mute(usize, usize, bool),
    Ringing(usize),
    Connected(usize, usize),
    End(usize),
    DeviceRemoved(usize, usize),
    LoggedOut(usize, usize),
    Depart(usize),
    Abandon,
}

fn event() -> impl Strategy<Value = Event> {
    let user = 0..USERS;
    let device = 0..DEVICES;
    let both = || (0..USERS, 0..DEVICES);
    let two = || (0..USERS, 0..USERS);
    prop_oneof![
        3 => (1_u64..30_000).prop_map(Event::Wait),
        2 => Just(Event::WaitForDeadline),
        4 => both().prop_map(|(u, d)| Event::Connect(u, d)),
        2 => both().prop_map(|(u, d)| Event::Disconnect(u, d)),
        6 => two().prop_map(|(a, b)| Event::Invite(a, b)),
        8 => both().prop_map(|(u, d)| Event::Join(u, d)),
        2 => (user, device, any::<bool>()).prop_map(|(u, d, b)| Event::Decline(u, d, b)),
        2 => both().prop_map(|(u, d)| Event::Leave(u, d)),
        1 => two().prop_map(|(a, b)| Event::Remove(a, b)),
        1 => (0..USERS, 0..USERS, any::<bool>()).prop_map(|(a, b, m)| Event::Mute(a, b, m)),
        1 => (0..USERS).prop_map(Event::Ringing),
        2 => both().prop_map(|(u, d)| Event::Connected(u, d)),
        1 => (0..USERS).prop_map(Event::End),
        1 => both().prop_map(|(u, d)| Event::DeviceRemoved(u, d)),
        1 => both().prop_map(|(u, d)| Event::LoggedOut(u, d)),
        1 => (0..USERS).prop_map(Event::Depart),
        1 => Just(Event::Abandon),
    ]
}

fn name(id: DeviceId) -> DeviceName {
    DeviceName {
        id,
        device_id: id.to_string(),
    }
}

impl World {
    fn new(conversation: ConversationType, hidden: Hidden) -> Self {
        let now = Timestamp(1_800_000_000_000);
        let users: Vec<_> = (0..USERS).map(|_| UserId::new(now)).collect();
        let devices: Vec<Vec<_>> = users
            .iter()
            .map(|_| (0..DEVICES).map(|_| DeviceId::new(now)).collect())
            .collect();
        let is_dm = conversation == ConversationType::Dm;
        let new = NewCall {
            id: CallId::new(now),
            conversation_id: ConversationId::new(now),
            conversation,
            kind: CallType::Audio,
            initiator: users[0],
            device: name(devices[0][0]),
            other: is_dm.then_some(users[1]),
            names: Vec::new(),
            hidden: if is_dm { hidden } else { Hidden::No },
            node_id: Uuid::nil(),
        };
        let mut phones = BTreeMap::new();
        for (user, own) in users.iter().zip(&devices) {
            for device in own {
                phones.insert((*user, *device), Phone::default());
            }
        }
        let step = Call::create(new, now);
        let mut world = Self {
            call: step.next.clone(),
            now,
            users,
            devices,
            phones,
            stored: step.next.record.clone(),
        };
        world.told(&step.effects);
        world
    }

    fn online(&self, user: UserId) -> BTreeSet<DeviceId> {
        let phones = self.phones.iter();
        phones
            .filter(|((owner, _), phone)| *owner == user && phone.online)
            .map(|((_, device), _)| *device)
            .collect()
    }

    /// What devices with a socket make of what they are told.
    fn told(&mut self, effects: &[Effect]) {
        for effect in effects {
            let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = effect.whom;
            assert!(
                !self.call.record.is_hidden_from(user),
                "somebody who must not know is told"
            );
            let status = self.call.party(user).map(|party| party.status);
            for ((owner, device), phone) in &mut self.phones {
                let meant = *owner == user
                    && match effect.whom {
                        Whom::All(_) => true,
                        Whom::Only(_, only) => *device == only,
                        Whom::AllBut(_, but) => *device != but,
                    };
                if !meant || !phone.online {
                    continue;
                }
                match effect.tell {
                    Tell::Incoming { .. } => phone.rings = true,
                    Tell::AnsweredElsewhere | Tell::Ended => phone.rings = false,
                    Tell::Participant(whose) if whose == user => {
                        phone.rings &= status.is_some_and(Status::is_ringing);
                    }
                    Tell::Participant(_) | Tell::Accepted(_) | Tell::Declined(_) => {}
                }
            }
        }
    }

    /// The state that a device is told when it connects.
    fn arrive(&mut self, user: UserId, device: DeviceId) {
        let tell = self.call.state_for(user, device);
        if let Some(phone) = self.phones.get_mut(&(user, device)) {
            phone.rings = matches!(tell, Some(Tell::Incoming { .. }));
        }
    }

    fn apply(&mut self, input: Input) -> Result<(), Refusal> {
        let before = self.call.clone();
        let step = self.call.apply(self.now, input)?;
        let changed = step.next.record != before.record;
        assert_eq!(changed, step.next.record.version != before.record.version);
        assert!(changed || step.effects.is_empty(), "news of nothing");
        Self::check_forward(&before, &step.next);
        // What is stored: the call's row and those who have changed.
        let mut stored = step.next.record.clone();
        stored.parties.clone_from(&self.stored.parties);
        for party in step.next.changed_since(&before) {
            stored.parties.retain(|it| it.user_id != party.user_id);
            stored.parties.push(party);
        }
        in_order(&mut stored.parties);
        self.stored = stored;
        self.call = step.next;
        for Effect { whom, .. } in &step.effects {
            let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = whom;
            let is_out = |call: &Call| call.memory.departed.contains(user);
            assert!(
                !is_out(&before) || !is_out(&self.call),
                "who is not in the conversation is told"
            );
        }
        // The answer to a request goes to one socket of a device; the others hear it like this.
        self.told(&step.effects);
        Ok(())
    }

    /// Statuses only move forward; whoever is done starts over by being asked or joining anew.
    fn check_forward(before: &Call, after: &Call) {
        assert!(after.record.status >= before.record.status);
        assert!(
            !before.is_ended() || after.record == before.record,
            "a call came back"
        );
        for party in &after.record.parties {
            let Some(earlier) = before.party(party.user_id) else {
                continue;
            };
            if earlier.status.is_live() {
                assert!(party.status >= earlier.status, "{earlier:?} {party:?}");
            }
            if earlier.status == Status::Joined && party.status == Status::Joined {
                assert_eq!(earlier.device, party.device, "another device has won");
            }
        }
    }

    fn happen(&mut self, event: Event) {
        let (user, device) = (
            |index: usize| self.users[index],
            |user: usize, index: usize| self.devices[user][index],
        );
        let input = match event {
            Event::Wait(millis) => {
                self.now = self.now.plus(Duration::from_millis(millis));
                return self.tick();
            }
            Event::WaitForDeadline => {
                if let Some(at) = self.call.deadline() {
                    self.now = self.now.max(at);
                }
                return self.tick();
            }
            Event::Connect(u, d) | Event::Disconnect(u, d) => {
                let (owner, phone) = (user(u), device(u, d));
                let online = matches!(event, Event::Connect(_, _));
                let known = self.phones.get_mut(&(owner, phone)).unwrap();
                let is_new = online && !known.online;
                *known = Phone {
                    online,
                    rings: known.rings && online,
                };
                let sockets = Input::Sockets {
                    user: owner,
                    online: self.online(owner),
                };
                self.apply(sockets).unwrap();
                if is_new {
                    self.arrive(owner, phone);
                }
                return self.check();
            }
            Event::Invite(a, b) => Input::Invite {
                by: user(a),
                user: user(b),
            },
            Event::Join(u, d) => Input::Join {
                user: user(u),
                device: name(device(u, d)),
                online: self.online(user(u)),
            },
            Event::Decline(u, d, busy) => Input::Decline {
                user: user(u),
                device: name(device(u, d)),
                why: if busy {
                    CallDecline::Busy
                } else {
                    CallDecline::Declined
                },
            },
            Event::Leave(u, d) => Input::Leave {
                user: user(u),
                device: name(device(u, d)),
            },
            Event::Remove(a, b) => Input::Remove {
                by: user(a),
                user: user(b),
            },
            Event::Mute(a, b, muted) => Input::Mute {
                by: user(a),
                user: user(b),
                audio: Some(muted),
                video: None,
            },
            Event::Ringing(u) => Input::Ringing { user: user(u) },
            Event::Connected(u, d) => Input::Connected {
                by: user(u),
                device: name(device(u, d)),
                online: self.online(user(u)),
            },
            Event::End(u) => Input::End {
                by: user(u),
                reason: None,
            },
            Event::DeviceRemoved(u, d) => Input::DeviceRemoved {
                user: user(u),
                device: device(u, d),
            },
            Event::LoggedOut(u, d) => Input::LoggedOut {
                user: user(u),
                live: self.devices[u].iter().copied().skip(d + 1).collect(),
            },
            Event::Depart(u) => Input::Depart { user: user(u) },
            Event::Abandon => Input::Abandon {
                reason: CallEndReason::Failed,
            },
        };
        // A refusal changes nothing.
        let _ = self.apply(input);
        self.check();
    }

    fn tick(&mut self) {
        if self.call.deadline().is_some_and(|at| at <= self.now) {
            self.apply(Input::Deadline).unwrap();
        }
        assert!(
            self.call.deadline().is_none_or(|at| at > self.now),
            "time would stand still"
        );
        self.check();
    }

    fn check(&self) {
        let call = &self.call;
        assert_eq!(self.stored, call.record, "the record is what was told");
        assert_eq!(call.deadline().is_none(), call.is_ended(), "it always ends");
        assert!(call.live_count() <= CALL_PARTICIPANTS_MAX);
        for ((user, device), phone) in &self.phones {
            if phone.rings {
                let party = call.party(*user).expect("who is not in it does not ring");
                assert!(party.status.is_ringing(), "{device} rings on: {party:?}");
            }
        }
        if call.is_ended() {
            let parties = call.record.parties.iter();
            assert!(parties.clone().all(|party| !party.status.is_live()));
            assert!(call.record.reason.is_some() && call.record.ended_at.is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// At most one device of somebody wins, every device that rang is told to stop, the record is what
    /// was told, statuses move forward, and every call ends.
    #[test]
    fn any_life_of_a_call_keeps_its_promises(
        is_group in any::<bool>(),
        is_hidden in any::<bool>(),
        events in proptest::collection::vec(event(), 0..60),
    ) {
        let conversation = if is_group { ConversationType::Group } else { ConversationType::Dm };
        let hidden = if is_hidden { Hidden::FromOther } else { Hidden::No };
        let mut world = World::new(conversation, hidden);
        for event in events {
            world.happen(event);
        }
        // Left alone, time ends it: each deadline is one of a few of each participant.
        let bound = 8 * USERS;
        for _ in 0..bound {
            if world.call.is_ended() {
                break;
            }
            world.happen(Event::WaitForDeadline);
        }
        prop_assert!(world.call.is_ended());
        prop_assert!(world.phones.values().all(|phone| !phone.rings));
        // From the database it is the same call.
        let restored = Call::restore(world.stored.clone(), conversation);
        prop_assert_eq!(&restored.record, &world.call.record);
    }
}

/// An answer and a decline of two devices: whichever is first, the other is too late.
#[test]
fn the_first_device_to_answer_wins() {
    for first_declines in [false, true] {
        let mut world = World::new(ConversationType::Dm, Hidden::No);
        let (bob, phone, tablet) = (world.users[1], world.devices[1][0], world.devices[1][1]);
        let first = if first_declines {
            Input::Decline {
                user: bob,
                device: name(phone),
                why: CallDecline::Declined,
            }
        } else {
            Input::Join {
                user: bob,
                device: name(phone),
                online: BTreeSet::new(),
            }
        };
        world.apply(first).unwrap();
        let second = Input::Join {
            user: bob,
            device: name(tablet),
            online: BTreeSet::new(),
        };
        assert_eq!(world.apply(second), Err(Refusal::AlreadyAnswered));
    }
}
