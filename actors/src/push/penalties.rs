//! Which push services are left alone for a while: pure, the time comes in.
//!
//! Users name the services of Web Push. One that does not answer costs a slot for as long as it is
//! waited for, so a token whose service was not reached rests for [`PENALTY`], and after
//! [`HOST_FAILURES_MAX`] such failures in a row the whole host does. What is known is bounded; past
//! [`ENTRIES_MAX`] what ends first is forgotten first.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use uuid::Uuid;

/// How long a token or a host is left alone.
pub const PENALTY: Duration = Duration::from_mins(2);
/// Failures in a row after which a whole host is left alone.
pub const HOST_FAILURES_MAX: u32 = 8;
/// Tokens, and hosts, of which failures are known.
const ENTRIES_MAX: usize = 4_096;

/// Who is left alone.
#[derive(Debug, Default)]
pub struct Penalties {
    /// Tokens, and until when.
    tokens: HashMap<Uuid, Duration>,
    /// Hosts that failed lately.
    hosts: HashMap<String, Failures>,
}

/// How a host failed.
#[derive(Clone, Copy, Debug)]
struct Failures {
    /// How often since it was last reached.
    in_a_row: u32,
    /// When that does not matter any more.
    until: Duration,
}

impl Penalties {
    /// The service of a token was not reached.
    pub fn failed(&mut self, token_id: Uuid, host: Option<&str>, now: Duration) {
        let until = now.saturating_add(PENALTY);
        if !self.tokens.contains_key(&token_id) {
            make_room(&mut self.tokens, |it| *it);
        }
        self.tokens.insert(token_id, until);
        if let Some(host) = host {
            let known = self.hosts.get(host).filter(|it| now < it.until);
            let in_a_row = known.map_or(0, |it| it.in_a_row).saturating_add(1);
            if !self.hosts.contains_key(host) {
                make_room(&mut self.hosts, |it| it.until);
            }
            self.hosts
                .insert(host.to_owned(), Failures { in_a_row, until });
        }
    }

    /// A host was reached.
    pub fn reached(&mut self, host: &str) {
        self.hosts.remove(host);
    }

    /// Whether a token, or the host of its endpoint, is left alone now.
    pub fn bars(&self, token_id: Uuid, host: Option<&str>, now: Duration) -> bool {
        let token = self.tokens.get(&token_id).is_some_and(|it| now < *it);
        let host = host.and_then(|host| self.hosts.get(host));
        token || host.is_some_and(|it| it.in_a_row >= HOST_FAILURES_MAX && now < it.until)
    }

    /// Forgets what is over.
    pub fn forget(&mut self, now: Duration) {
        self.tokens.retain(|_, until| now < *until);
        self.hosts.retain(|_, it| now < it.until);
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.hosts.is_empty()
    }
}

/// Forgets what ends first, if there is no place for one more.
fn make_room<K: Clone + Eq + Hash, V>(entries: &mut HashMap<K, V>, until: impl Fn(&V) -> Duration) {
    if entries.len() < ENTRIES_MAX {
        return;
    }
    let first = entries.iter().min_by_key(|&(_, it)| until(it));
    if let Some(first) = first.map(|(key, _)| key.clone()) {
        entries.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Option<&str> = Some("https://push.example");

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn token(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    #[test]
    fn a_token_rests_after_one_failure() {
        let mut penalties = Penalties::default();
        penalties.failed(token(1), HOST, seconds(0));
        assert!(penalties.bars(token(1), HOST, seconds(119)));
        assert!(!penalties.bars(token(2), HOST, seconds(1)));
        assert!(!penalties.bars(token(1), HOST, PENALTY));
        penalties.forget(seconds(119));
        assert!(!penalties.is_empty());
        penalties.forget(PENALTY);
        assert!(penalties.is_empty());
    }

    #[test]
    fn a_host_rests_after_some_failures_in_a_row() {
        let mut penalties = Penalties::default();
        let fail = |penalties: &mut Penalties, count: u32| {
            for number in 1..=count {
                penalties.failed(token(number as usize), HOST, seconds(0));
            }
        };
        let other = token(100);
        fail(&mut penalties, HOST_FAILURES_MAX - 1);
        assert!(!penalties.bars(other, HOST, seconds(0)));
        penalties.reached("https://push.example");
        fail(&mut penalties, HOST_FAILURES_MAX - 1);
        assert!(!penalties.bars(other, HOST, seconds(0)), "not in a row");
        fail(&mut penalties, 1);
        assert!(penalties.bars(other, HOST, seconds(119)));
        assert!(!penalties.bars(other, Some("https://other.example"), seconds(0)));
        assert!(!penalties.bars(other, None, seconds(0)));
        assert!(!penalties.bars(other, HOST, PENALTY));
        // What is over does not count.
        penalties.failed(other, HOST, PENALTY);
        assert!(!penalties.bars(token(101), HOST, PENALTY));
    }

    #[test]
    fn what_ends_first_is_forgotten_where_there_is_no_room() {
        let mut penalties = Penalties::default();
        penalties.failed(token(0), Some("first"), seconds(0));
        for number in 1..=ENTRIES_MAX {
            penalties.failed(token(number), Some(&number.to_string()), seconds(1));
        }
        assert_eq!(penalties.tokens.len(), ENTRIES_MAX);
        assert_eq!(penalties.hosts.len(), ENTRIES_MAX);
        assert!(!penalties.bars(token(0), None, seconds(1)));
        assert!(penalties.bars(token(1), None, seconds(1)));
    }
}
