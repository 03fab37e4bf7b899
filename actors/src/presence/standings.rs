//! Who is here, and what has to be told of it: pure, the time comes in.
//!
//! A user is what the most present of their sockets is: online if any is, else busy, else away. Who
//! has no socket any more is offline [`GRACE`] later, so that a change of networks is nobody's
//! business; until then they are what they were. Others are told at most once per user and
//! [`TOLD_EVERY`]; what changes in between is told as it is then, or not at all if it has changed
//! back. Nothing is kept of a user who is offline, once that was told and may be followed by news.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sentinal_protocol::{Availability, UserId};

use crate::address::SessionKey;

/// A user is offline this long after the last socket is gone, so that a reconnect is no news.
pub const GRACE: Duration = Duration::from_secs(10);
/// A user's changes are told at most this often; of those in between only the last.
pub const TOLD_EVERY: Duration = Duration::from_secs(1);

/// What others are to be told of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The user it is about.
    pub user_id: UserId,
    /// What they are now; `None`: offline.
    pub availability: Option<Availability>,
    /// How long ago the last socket went; zero while there is one.
    pub gone_for: Duration,
}

/// One user.
#[derive(Debug)]
struct Standing {
    /// At most as many as one user may have sockets.
    sockets: Vec<(SessionKey, Availability)>,
    /// What they were when the last socket went, and when that was.
    gone: Option<(Availability, Duration)>,
    /// What others were told last; `None`: offline, or nothing yet.
    told: Option<Availability>,
    told_at: Option<Duration>,
    /// When to look again; the same as in [`Standings::due`].
    due: Option<Duration>,
}

impl Standing {
    /// What the user is at this moment.
    fn present(&self, now: Duration) -> Option<Availability> {
        let most = self.sockets.iter().map(|(_, availability)| *availability);
        let lingers = self
            .gone
            .filter(|(_, since)| now < since.saturating_add(GRACE));
        most.max().or(lingers.map(|(availability, _)| availability))
    }

    /// When there will be something to do: `None` if nothing changes by itself.
    fn next_look(&self, now: Duration) -> Option<Duration> {
        let may_tell = self.told_at.map(|at| at.saturating_add(TOLD_EVERY));
        let present = self.present(now);
        if present != self.told {
            return Some(may_tell.unwrap_or(now).max(now));
        }
        let goes = self.gone.map(|(_, since)| since.saturating_add(GRACE));
        match (present, goes) {
            // Nobody's business yet; then offline.
            (Some(_), goes) => goes,
            // Offline and told: forgotten as soon as it may be followed by news.
            (None, _) => Some(may_tell.unwrap_or(now)),
        }
    }
}

/// All users who are here or have just gone.
#[derive(Debug, Default)]
pub struct Standings {
    users: HashMap<UserId, Standing>,
    due: BTreeSet<(Duration, UserId)>,
}

impl Standings {
    /// A socket of this user is live; it is online until it says otherwise.
    pub fn enter(&mut self, user_id: UserId, key: SessionKey, now: Duration) {
        let standing = self.users.entry(user_id).or_insert_with(|| Standing {
            sockets: Vec::with_capacity(1),
            gone: None,
            told: None,
            told_at: None,
            due: None,
        });
        if standing.sockets.iter().all(|(known, _)| *known != key) {
            standing.sockets.push((key, Availability::Online));
        }
        standing.gone = None;
        self.look(user_id, now);
    }

    /// A socket has ended; one that never entered is no matter.
    pub fn leave(&mut self, user_id: UserId, key: SessionKey, now: Duration) {
        let Some(standing) = self.users.get_mut(&user_id) else {
            return;
        };
        let before = standing.present(now);
        let count = standing.sockets.len();
        standing.sockets.retain(|(known, _)| *known != key);
        if standing.sockets.len() == count {
            return;
        }
        if standing.sockets.is_empty() {
            standing.gone = before.map(|availability| (availability, now));
        }
        self.look(user_id, now);
    }

    /// What the client of a socket says of its user.
    pub fn set(&mut self, user_id: UserId, key: SessionKey, to: Availability, now: Duration) {
        let Some(standing) = self.users.get_mut(&user_id) else {
            return;
        };
        for (known, availability) in &mut standing.sockets {
            if *known == key {
                *availability = to;
            }
        }
        self.look(user_id, now);
    }

    /// What a user is; `None`: offline.
    pub fn present(&self, user_id: UserId, now: Duration) -> Option<Availability> {
        self.users.get(&user_id)?.present(now)
    }

    /// What has to be told now, of `most` users at most; it counts as told.
    pub fn take_news(&mut self, now: Duration, most: usize) -> Vec<News> {
        let mut news = Vec::new();
        while news.len() < most {
            let Some((_, user_id)) = self.due.first().copied().filter(|(at, _)| *at <= now) else {
                break;
            };
            if let Some(standing) = self.users.get_mut(&user_id) {
                let present = standing.present(now);
                let over = standing.told_at.map(|at| at.saturating_add(TOLD_EVERY));
                let may_tell = over.is_none_or(|over| over <= now);
                if present != standing.told && may_tell {
                    standing.told = present;
                    standing.told_at = Some(now);
                    let gone = standing.gone.map(|(_, since)| now.saturating_sub(since));
                    news.push(News {
                        user_id,
                        availability: present,
                        gone_for: gone.unwrap_or_default(),
                    });
                } else if present.is_none() && may_tell {
                    self.due.pop_first();
                    self.users.remove(&user_id);
                    continue;
                }
            }
            self.look(user_id, now);
        }
        news
    }

    /// Whether something will have to be looked at though nobody says anything.
    pub fn is_waiting(&self) -> bool {
        !self.due.is_empty()
    }

    /// Users of whom something is kept.
    pub fn kept(&self) -> usize {
        self.users.len()
    }

    /// Notes when the user has to be looked at next.
    fn look(&mut self, user_id: UserId, now: Duration) {
        let Some(standing) = self.users.get_mut(&user_id) else {
            return;
        };
        let next = standing.next_look(now);
        if next != standing.due {
            if let Some(old) = standing.due {
                self.due.remove(&(old, user_id));
            }
            if let Some(at) = next {
                self.due.insert((at, user_id));
            }
            standing.due = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use sentinal_protocol::Availability::{Away, Busy, Online};
    use uuid::Uuid;

    use super::*;

    const MOST: usize = 100;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn key(slot: u64) -> SessionKey {
        SessionKey { hub: 0, slot }
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// What is told of the one user there is.
    fn told(standings: &mut Standings, now: Duration) -> Vec<Option<Availability>> {
        let news = standings.take_news(now, MOST);
        news.iter().map(|news| news.availability).collect()
    }

    #[test]
    fn one_is_online_with_the_first_socket_and_offline_ten_seconds_after_the_last() {
        let mut standings = Standings::default();
        standings.enter(user(1), key(1), ms(0));
        assert_eq!(told(&mut standings, ms(0)), [Some(Online)]);
        standings.enter(user(1), key(2), ms(100));
        standings.leave(user(1), key(1), ms(200));
        assert!(
            !standings.is_waiting(),
            "nothing to tell, nothing to wait for"
        );
        standings.leave(user(1), key(2), ms(5_000));
        assert_eq!(told(&mut standings, ms(14_999)), []);
        assert_eq!(standings.present(user(1), ms(14_999)), Some(Online));
        assert_eq!(standings.present(user(1), ms(15_000)), None);
        let news = standings.take_news(ms(15_500), MOST);
        assert_eq!(news.len(), 1);
        assert_eq!(news[0].availability, None);
        assert_eq!(news[0].gone_for, ms(10_500));
        assert_eq!(standings.kept(), 1, "whoever comes back now is told later");
        assert_eq!(told(&mut standings, ms(16_500)), []);
        assert_eq!((standings.kept(), standings.is_waiting()), (0, false));
    }

    #[test]
    fn who_comes_back_in_time_was_never_gone() {
        let mut standings = Standings::default();
        standings.enter(user(1), key(1), ms(0));
        assert_eq!(told(&mut standings, ms(0)), [Some(Online)]);
        standings.leave(user(1), key(1), ms(2_000));
        standings.enter(user(1), key(2), ms(11_999));
        assert_eq!(told(&mut standings, ms(60_000)), []);
        assert!(!standings.is_waiting());
    }

    #[test]
    fn the_most_present_socket_counts() {
        let mut standings = Standings::default();
        standings.enter(user(1), key(1), ms(0));
        standings.enter(user(1), key(2), ms(0));
        assert_eq!(told(&mut standings, ms(0)), [Some(Online)]);
        standings.set(user(1), key(1), Away, ms(1_000));
        assert_eq!(told(&mut standings, ms(1_000)), []);
        standings.set(user(1), key(2), Busy, ms(2_000));
        assert_eq!(told(&mut standings, ms(2_000)), [Some(Busy)]);
        standings.leave(user(1), key(2), ms(3_000));
        assert_eq!(told(&mut standings, ms(3_000)), [Some(Away)]);
        standings.leave(user(1), key(1), ms(4_000));
        assert_eq!(standings.present(user(1), ms(13_999)), Some(Away));
        assert_eq!(told(&mut standings, ms(14_000)), [None]);
    }

    #[test]
    fn within_a_second_the_last_state_wins_and_one_that_changed_back_is_not_told() {
        let mut standings = Standings::default();
        standings.enter(user(1), key(1), ms(0));
        assert_eq!(told(&mut standings, ms(0)), [Some(Online)]);
        standings.set(user(1), key(1), Away, ms(100));
        standings.set(user(1), key(1), Busy, ms(200));
        assert_eq!(told(&mut standings, ms(999)), []);
        assert_eq!(told(&mut standings, ms(1_000)), [Some(Busy)]);
        standings.set(user(1), key(1), Away, ms(1_100));
        standings.set(user(1), key(1), Busy, ms(1_200));
        assert_eq!(told(&mut standings, ms(9_000)), []);
        assert!(!standings.is_waiting());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Enter(u128, u64),
        Leave(u128, u64),
        Set(u128, u64, Availability),
        Wait(u64),
        Tell(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let who = || 0_u128..3;
        let which = || 0_u64..3;
        let availability = prop_oneof![Just(Online), Just(Busy), Just(Away)];
        let step = prop_oneof![
            (who(), which()).prop_map(|(user, slot)| Step::Enter(user, slot)),
            (who(), which()).prop_map(|(user, slot)| Step::Leave(user, slot)),
            (who(), which(), availability).prop_map(|(user, slot, to)| Step::Set(user, slot, to)),
            (0_u64..12_000).prop_map(Step::Wait),
            (0_u64..500).prop_map(Step::Wait),
            (1_usize..4).prop_map(Step::Tell),
        ];
        proptest::collection::vec(step, 0..200)
    }

    proptest! {
        /// Whatever happens: nobody is told of a user twice in a second or of no change; once it is
        /// quiet, what was told is what is; and when all are gone nothing is kept.
        #[test]
        fn what_is_told_is_true_news_and_rare_and_nothing_stays(steps in steps()) {
            let mut standings = Standings::default();
            let mut now = ms(0);
            let mut last: HashMap<UserId, (Option<Availability>, Duration)> = HashMap::new();
            let mut model: HashMap<(u128, u64), Availability> = HashMap::new();
            let mut check = |news: Vec<News>, now: Duration| {
                for News { user_id, availability, .. } in news {
                    let (before, at) = last.get(&user_id).copied().unzip();
                    assert_ne!(before.unwrap_or(None), availability, "no news");
                    assert!(at.is_none_or(|at| now >= at + TOLD_EVERY), "too often");
                    last.insert(user_id, (availability, now));
                }
                last.clone()
            };
            for step in steps {
                match step {
                    Step::Enter(who, slot) => {
                        model.entry((who, slot)).or_insert(Online);
                        standings.enter(user(who), key(slot), now);
                    }
                    Step::Leave(who, slot) => {
                        model.remove(&(who, slot));
                        standings.leave(user(who), key(slot), now);
                    }
                    Step::Set(who, slot, to) => {
                        model.entry((who, slot)).and_modify(|it| *it = to);
                        standings.set(user(who), key(slot), to, now);
                    }
                    Step::Wait(millis) => now += ms(millis),
                    Step::Tell(most) => {
                        let news = standings.take_news(now, most);
                        prop_assert!(news.len() <= most);
                        check(news, now);
                    }
                }
            }
            for _ in 0..3 {
                now += GRACE;
                check(standings.take_news(now, MOST), now);
            }
            let told = check(Vec::new(), now);
            for who in 0..3 {
                let sockets = model.iter().filter(|((owner, _), _)| *owner == who);
                let is = sockets.map(|(_, availability)| *availability).max();
                prop_assert_eq!(standings.present(user(who), now), is);
                prop_assert_eq!(told.get(&user(who)).and_then(|(told, _)| *told), is);
            }
            for ((who, slot), _) in model.drain() {
                standings.leave(user(who), key(slot), now);
            }
            for _ in 0..3 {
                now += GRACE;
                check(standings.take_news(now, MOST), now);
            }
            prop_assert_eq!(standings.kept(), 0);
            prop_assert!(!standings.is_waiting());
        }
    }
}
