//! Whose audience is still to be told what: pure, the reading comes in.
//!
//! Every user whose state has changed waits in one queue, and each round takes a page of a few of
//! them and puts those that have more to read back at its end: so nobody waits behind an audience of
//! many pages, only behind a page of it. Who is in the queue is in it once. If their state changes
//! again meanwhile, the newer one takes the place of the older: reading resumes where it is, goes
//! round and ends where the newer one came in. So a user who changes without end still reaches
//! everybody, and nobody is told the same state twice.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use sentinal_protocol::UserId;
use sentinal_store::AudiencePlace;
use uuid::Uuid;

/// How far one half of an audience was told, in the order of its keys. It is read from where it
/// began to its end, then from the start to where it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Half {
    after: Uuid,
    began: Uuid,
    wrapped: bool,
    done: bool,
}

impl Half {
    /// After which key the next page begins; `None` once all were told.
    pub(super) fn place(&self) -> Option<Uuid> {
        (!self.done).then_some(self.after)
    }

    /// Everybody was told without reading page by page.
    pub(super) fn finish(&mut self) {
        *self = Self {
            done: true,
            ..Self::default()
        };
    }

    /// A page was read, the last one if `is_last`. How many of its keys, from the first, belong to
    /// what was still to be told.
    pub(super) fn advance(&mut self, keys: &[Uuid], is_last: bool) -> usize {
        let wanted = if self.wrapped {
            keys.partition_point(|key| *key <= self.began)
        } else {
            keys.len()
        };
        let last = keys.last().copied().unwrap_or(self.after);
        let ended = is_last || self.wrapped && last >= self.began;
        if !ended {
            self.after = last;
        } else if self.wrapped || self.began.is_nil() {
            self.finish();
        } else {
            self.wrapped = true;
            self.after = Uuid::nil();
        }
        wanted
    }

    /// Everybody is to be told again, whoever would be next first.
    fn renew(&mut self) {
        *self = Self {
            after: self.after,
            began: self.after,
            wrapped: false,
            done: false,
        };
    }
}

/// What is to be told of a user, and how far.
#[derive(Clone, Debug)]
pub(super) struct Audience {
    /// Whose audience.
    pub(super) user_id: UserId,
    /// The event.
    pub(super) frame: Bytes,
    /// Those who have the user as a contact.
    pub(super) contacts: Half,
    /// Those who share a DM.
    pub(super) dms: Half,
}

impl Audience {
    /// One that nobody of was told yet.
    pub(super) fn new(user_id: UserId, frame: Bytes) -> Self {
        Self {
            user_id,
            frame,
            contacts: Half::default(),
            dms: Half::default(),
        }
    }

    /// From where the next page is read.
    pub(super) fn place(&self) -> AudiencePlace {
        AudiencePlace {
            user_id: self.user_id,
            contacts: self.contacts.place(),
            dms: self.dms.place(),
        }
    }

    /// Whether nobody was told yet.
    pub(super) fn is_fresh(&self) -> bool {
        [self.contacts, self.dms] == [Half::default(); 2]
    }

    /// Whether all were told.
    pub(super) fn is_done(&self) -> bool {
        self.contacts.done && self.dms.done
    }
}

/// One in the queue.
#[derive(Debug)]
struct Waiting {
    audience: Audience,
    /// Whether a page of it is being read.
    is_read: bool,
    /// Whether the state has changed since that began.
    is_renewed: bool,
}

/// All that is still to be told: at most once for each user who is here or has just gone.
#[derive(Debug, Default)]
pub(super) struct Audiences {
    queue: VecDeque<UserId>,
    of: HashMap<UserId, Waiting>,
}

impl Audiences {
    /// This is to be told of a user, and nothing older any more.
    pub(super) fn enter(&mut self, user_id: UserId, frame: Bytes) {
        let Some(waiting) = self.of.get_mut(&user_id) else {
            let waiting = Waiting {
                audience: Audience::new(user_id, frame),
                is_read: false,
                is_renewed: false,
            };
            self.of.insert(user_id, waiting);
            self.queue.push_back(user_id);
            return;
        };
        waiting.audience.frame = frame;
        if waiting.is_read {
            waiting.is_renewed = true;
        } else {
            waiting.audience.contacts.renew();
            waiting.audience.dms.renew();
        }
    }

    /// Takes up to so many, of each of which a page is read and told before it is given back.
    pub(super) fn take(&mut self, most: usize) -> Vec<Audience> {
        let count = most.min(self.queue.len());
        let users: Vec<UserId> = self.queue.drain(..count).collect();
        let taken = users.into_iter().filter_map(|user_id| {
            let waiting = self.of.get_mut(&user_id)?;
            waiting.is_read = true;
            Some(waiting.audience.clone())
        });
        taken.collect()
    }

    /// Gives one back as far as it was told.
    pub(super) fn give_back(&mut self, told: &Audience) {
        let user_id = told.user_id;
        let Some(waiting) = self.of.get_mut(&user_id) else {
            return;
        };
        waiting.is_read = false;
        let audience = &mut waiting.audience;
        (audience.contacts, audience.dms) = (told.contacts, told.dms);
        if std::mem::take(&mut waiting.is_renewed) {
            audience.contacts.renew();
            audience.dms.renew();
        }
        if audience.is_done() {
            self.of.remove(&user_id);
        } else {
            self.queue.push_back(user_id);
        }
    }

    /// Whether nothing waits that could be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Audiences of a round.
    const ROUND: usize = 4;
    /// Rows of a page.
    const ROWS: usize = 10;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    /// Stands in for the database: who may know, by user; and notes who was told what.
    #[derive(Default)]
    struct World {
        watchers: HashMap<UserId, BTreeSet<Uuid>>,
        told: HashMap<(UserId, Uuid), Vec<Bytes>>,
        pages: usize,
    }

    impl World {
        fn watch(&mut self, user_id: UserId, watchers: u128) {
            let keys = (1..=watchers).map(Uuid::from_u128);
            self.watchers.insert(user_id, keys.collect());
        }

        fn read(&mut self, audience: &mut Audience) {
            audience.dms.finish();
            let Some(place) = audience.contacts.place() else {
                return;
            };
            self.pages += 1;
            let all = &self.watchers[&audience.user_id];
            let after = all.iter().copied().filter(|key| *key > place);
            let keys: Vec<Uuid> = after.take(ROWS).collect();
            let wanted = audience.contacts.advance(&keys, keys.len() < ROWS);
            for key in &keys[..wanted] {
                let told = self.told.entry((audience.user_id, *key)).or_default();
                told.push(audience.frame.clone());
            }
        }

        fn round(&mut self, audiences: &mut Audiences) {
            for mut audience in audiences.take(ROUND) {
                self.read(&mut audience);
                audiences.give_back(&audience);
            }
        }

        fn heard(&self, user_id: UserId, watcher: u128) -> &[Bytes] {
            let key = (user_id, Uuid::from_u128(watcher));
            self.told.get(&key).map_or(&[], Vec::as_slice)
        }
    }

    #[test]
    fn a_neighbour_is_told_of_at_once_while_large_audiences_are_read_each_page_once() {
        const LARGE: u128 = 2_000;
        let (mut world, mut audiences) = (World::default(), Audiences::default());
        for number in 1..=5 {
            world.watch(user(number), LARGE);
            audiences.enter(user(number), Bytes::from_static(b"online"));
        }
        for _ in 0..20 {
            world.round(&mut audiences);
        }
        world.watch(user(9), 3);
        audiences.enter(user(9), Bytes::from_static(b"away"));
        // Five wait before it: two rounds of four.
        world.round(&mut audiences);
        world.round(&mut audiences);
        assert_eq!(world.heard(user(9), 3), ["away"]);
        assert!(
            world.heard(user(1), LARGE).is_empty(),
            "others are not done"
        );
        while !audiences.is_empty() {
            world.round(&mut audiences);
        }
        assert_eq!(world.heard(user(5), LARGE), ["online"]);
        // Each page once, and one of each that finds its end.
        let pages = usize::try_from(LARGE).unwrap() / ROWS + 1;
        assert_eq!(world.pages, 5 * pages + 1);
        assert!(audiences.of.is_empty());
    }

    #[test]
    fn who_changes_without_end_still_reaches_everybody() {
        let (mut world, mut audiences) = (World::default(), Audiences::default());
        world.watch(user(1), 100);
        for number in 0..50_u8 {
            audiences.enter(user(1), Bytes::copy_from_slice(&[number]));
            world.round(&mut audiences);
        }
        assert!((1..=100).all(|watcher| world.heard(user(1), watcher).len() >= 4));
        assert_eq!(world.pages, 50);
    }

    proptest! {
        /// Whenever states change, between rounds or within one: everybody hears the last one in the
        /// end, none twice, and never an older one after a newer.
        #[test]
        fn everybody_hears_the_last_state_and_none_twice(
            sizes in proptest::collection::vec(0_u128..60, 1..6),
            steps in proptest::collection::vec((0_usize..6, 0_usize..3), 1..60),
        ) {
            let (mut world, mut audiences) = (World::default(), Audiences::default());
            for (number, size) in (1..).zip(&sizes) {
                world.watch(user(number), *size);
            }
            let mut last: HashMap<UserId, u32> = HashMap::new();
            for (state, (who, rounds)) in (0_u32..).zip(steps) {
                let user_id = user((who % sizes.len()) as u128 + 1);
                let frame = Bytes::copy_from_slice(&state.to_be_bytes());
                let mut taken = audiences.take(if rounds == 0 { ROUND } else { 0 });
                for audience in &mut taken {
                    world.read(audience);
                }
                audiences.enter(user_id, frame);
                last.insert(user_id, state);
                for audience in taken {
                    audiences.give_back(&audience);
                }
                for _ in 1..rounds {
                    world.round(&mut audiences);
                }
            }
            for _ in 0..1_000 {
                world.round(&mut audiences);
            }
            prop_assert!(audiences.is_empty() && audiences.of.is_empty());
            for (user_id, state) in last {
                for key in &world.watchers[&user_id] {
                    let told = world.told.get(&(user_id, *key)).cloned().unwrap_or_default();
                    prop_assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
                    let newest = told.last().map(|it| it.to_vec());
                    prop_assert_eq!(newest, Some(state.to_be_bytes().to_vec()));
                }
            }
        }
    }
}
