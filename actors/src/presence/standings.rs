//! Who is here, and what has to be told of it: pure, the time comes in.
//!
//! A user is what the most present of their sockets is: online if any is, else busy, else away. Who
//! has no socket any more is offline [`GRACE`] later, so that a change of networks is nobody's
//! business; until then they are what they were. Others are told at most once per user and
//! [`TOLD_EVERY`]; what changes in between is told as it is then, or not at all if it has changed
//! back. Nothing is kept of a user who is offline, once that was told and may be followed by news.
//!
//! With several nodes a user is kept on each that has a socket of theirs. These nodes say to each other
//! how the user is there, and all know the whole. The one with the least id tells the others; the rest
//! only take note of what it tells. A node whose last socket of the user is gone knows the user for as
//! long as the grace lasts, and leaves it to the others to tell, if there are any then.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use sentinal_protocol::{Availability, UserId};
use uuid::Uuid;

use crate::address::SessionKey;

/// A user is offline this long after the last socket is gone, so that a reconnect is no news.
pub const GRACE: Duration = Duration::from_secs(10);
/// A user's changes are told at most this often; of those in between only the last.
pub const TOLD_EVERY: Duration = Duration::from_secs(1);

/// With several nodes the first thing is told of a user after this: another node that has sockets of
/// theirs, or had them a moment ago, says so meanwhile.
const FIRST_TOLD_AFTER: Duration = Duration::from_millis(250);

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

/// What one node says to the others of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saying {
    /// What the user is there; `None`: no socket there any more.
    pub here: Option<Availability>,
    /// What those who may know were told last; `None`: offline, nothing yet, or not known for sure.
    pub told: Option<Availability>,
}

/// How a node knows what others were told of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Another node is to have told it. Nobody is told of this, because it may not have.
    Assumed,
    /// Another node has said so. What is said later is newer.
    Heard,
    /// This node told it.
    Own,
}

/// One user.
#[derive(Debug)]
struct Standing {
    /// At most as many as one user may have sockets.
    sockets: Vec<(SessionKey, Availability)>,
    /// How the user is on other nodes.
    elsewhere: Vec<(Uuid, Availability)>,
    /// What the other nodes were told last.
    said: Option<Availability>,
    /// What they were when the last socket went, and when that was.
    gone: Option<(Availability, Duration)>,
    /// What others were told last; `None`: offline, or nothing yet.
    told: Option<Availability>,
    source: Source,
    told_at: Option<Duration>,
    /// When to look again; the same as in [`Standings::due`].
    due: Option<Duration>,
}

impl Standing {
    /// What the user is at this moment.
    fn present(&self, now: Duration) -> Option<Availability> {
        let elsewhere = self.elsewhere.iter().map(|(_, availability)| *availability);
        self.here().max(elsewhere.max()).or(self.lingering(now))
    }

    /// What the user is by the sockets of this node.
    fn here(&self) -> Option<Availability> {
        let all = self.sockets.iter().map(|(_, availability)| *availability);
        all.max()
    }

    /// What the user was here a moment ago.
    fn lingering(&self, now: Duration) -> Option<Availability> {
        let lingers = self
            .gone
            .filter(|(_, since)| now < since.saturating_add(GRACE));
        lingers.map(|(availability, _)| availability)
    }

    /// Whether it is this node that tells others of the user.
    fn is_ours(&self, node: Uuid) -> bool {
        let Some(least) = self.elsewhere.iter().map(|(node, _)| *node).min() else {
            return true;
        };
        self.here().is_some() && node < least
    }

    /// What other nodes are told.
    fn saying(&self) -> Saying {
        Saying {
            here: self.here(),
            told: self.told.filter(|_| self.source != Source::Assumed),
        }
    }

    /// Takes note that another node is telling this.
    fn assume(&mut self, told: Option<Availability>) {
        self.told = told;
        self.source = Source::Assumed;
    }

    /// Whether the user is the business of other nodes alone.
    fn is_left_to_others(&self, now: Duration) -> bool {
        self.sockets.is_empty() && self.lingering(now).is_none() && !self.elsewhere.is_empty()
    }

    /// When there will be something to do: `None` if nothing changes by itself.
    fn next_look(&self, now: Duration) -> Option<Duration> {
        let may_tell = self.told_at.map(|at| at.saturating_add(TOLD_EVERY));
        let present = self.present(now);
        if present != self.told {
            return Some(may_tell.unwrap_or(now).max(now));
        }
        let goes = self.gone.map(|(_, since)| since.saturating_add(GRACE));
        if self.is_left_to_others(now) {
            return Some(now);
        }
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
    /// This node, if it may be one of several.
    node: Option<Uuid>,
    users: HashMap<UserId, Standing>,
    due: BTreeSet<(Duration, UserId)>,
    /// What other nodes are to be told of users here.
    sayings: Vec<(UserId, Saying)>,
    /// Users of whom nothing is kept any more.
    forgotten: Vec<UserId>,
}

impl Standings {
    /// Of a node that may be one of several.
    pub fn of_node(node: Option<Uuid>) -> Self {
        Self {
            node,
            ..Self::default()
        }
    }

    /// A socket of this user is live; it is online until it says otherwise. Answers whether the user is
    /// new here.
    pub fn enter(&mut self, user_id: UserId, key: SessionKey, now: Duration) -> bool {
        let is_new = !self.users.contains_key(&user_id);
        let told_at = (self.node.is_some() && now >= TOLD_EVERY).then(|| {
            now.saturating_add(FIRST_TOLD_AFTER)
                .saturating_sub(TOLD_EVERY)
        });
        let standing = self.users.entry(user_id).or_insert_with(|| Standing {
            sockets: Vec::with_capacity(1),
            elsewhere: Vec::new(),
            said: None,
            gone: None,
            told: None,
            source: Source::Assumed,
            told_at,
            due: None,
        });
        if standing.sockets.iter().all(|(known, _)| *known != key) {
            standing.sockets.push((key, Availability::Online));
        }
        standing.gone = None;
        self.say(user_id);
        self.look(user_id, now);
        is_new
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
        self.say(user_id);
        self.look(user_id, now);
    }

    /// Another node says how a user is there. One that has not said so before does not know how the user
    /// is here, and is told.
    pub fn hear(&mut self, user_id: UserId, from: Uuid, says: Saying, now: Duration) {
        let Some(standing) = self.users.get_mut(&user_id) else {
            return;
        };
        let before = standing.elsewhere.len();
        standing.elsewhere.retain(|(known, _)| *known != from);
        let was_known = standing.elsewhere.len() < before;
        if says.told.is_some() && standing.source != Source::Own {
            standing.told = says.told;
            standing.source = Source::Heard;
        }
        if let Some(availability) = says.here {
            standing.elsewhere.push((from, availability));
            if standing.told.is_none() && self.node.is_some_and(|node| from < node) {
                // It is about to tell that.
                standing.assume(says.here);
            }
            if !was_known {
                let says = standing.saying();
                standing.said = says.here;
                self.sayings.push((user_id, says));
            }
        }
        self.look(user_id, now);
    }

    /// Another node is gone, and with it its sockets.
    pub fn bury(&mut self, node: Uuid, now: Duration) {
        self.forget_elsewhere(|known| known == node, now);
    }

    /// What other nodes have said may be outdated: they are told again how everybody is here, and answer.
    pub fn start_over(&mut self, now: Duration) {
        self.forget_elsewhere(|_| true, now);
        for (user_id, standing) in &mut self.users {
            standing.said = standing.here();
            if standing.said.is_some() {
                self.sayings.push((*user_id, standing.saying()));
            }
        }
    }

    fn forget_elsewhere(&mut self, is_gone: impl Fn(Uuid) -> bool, now: Duration) {
        let mut concerned = Vec::new();
        for (user_id, standing) in &mut self.users {
            let before = standing.elsewhere.len();
            standing.elsewhere.retain(|(node, _)| !is_gone(*node));
            if standing.elsewhere.len() < before {
                concerned.push(*user_id);
            }
        }
        for user_id in concerned {
            self.look(user_id, now);
        }
    }

    /// What other nodes are to be told now.
    pub fn take_sayings(&mut self) -> Vec<(UserId, Saying)> {
        std::mem::take(&mut self.sayings)
    }

    /// Users of whom nothing is kept since this was last asked.
    pub fn take_forgotten(&mut self) -> Vec<UserId> {
        std::mem::take(&mut self.forgotten)
    }

    /// Notes what other nodes are to be told of a user.
    fn say(&mut self, user_id: UserId) {
        if self.node.is_none() {
            return;
        }
        if let Some(standing) = self.users.get_mut(&user_id) {
            let here = standing.here();
            if here != standing.said {
                standing.said = here;
                self.sayings.push((user_id, standing.saying()));
            }
        }
    }

    fn forget(&mut self, user_id: UserId) {
        if self.users.remove(&user_id).is_some() && self.node.is_some() {
            self.forgotten.push(user_id);
        }
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
        self.say(user_id);
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
                let node = self.node.unwrap_or_default();
                if standing.is_left_to_others(now) {
                    self.due.pop_first();
                    self.forget(user_id);
                    continue;
                }
                if present != standing.told && !standing.is_ours(node) {
                    standing.assume(present);
                } else if present != standing.told && may_tell {
                    standing.told = present;
                    standing.source = Source::Own;
                    standing.told_at = Some(now);
                    let gone = standing.gone.map(|(_, since)| now.saturating_sub(since));
                    news.push(News {
                        user_id,
                        availability: present,
                        gone_for: gone.unwrap_or_default(),
                    });
                } else if present.is_none() && may_tell {
                    self.due.pop_first();
                    self.forget(user_id);
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

    /// Whether something is kept of a user.
    pub fn knows(&self, user_id: UserId) -> bool {
        self.users.contains_key(&user_id)
    }

    /// Everybody of whom something is kept.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        self.users.keys().copied()
    }

    /// What a user is, or was a moment ago, by the sockets of this node.
    pub fn kept_here(&self, user_id: UserId, now: Duration) -> Option<Availability> {
        let standing = self.users.get(&user_id)?;
        standing.here().or(standing.lingering(now))
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
mod tests;
