//! Who may do how much: buckets of requests, filled again as time goes by (GCRA).
//!
//! The decision is governor's. What governor does not offer is here: looking without taking (for
//! the headers of an answer), giving back (a login that succeeded was no failure), and a bound on
//! the number of keys.

mod limiter;

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use sentinal_protocol::{Clock, LoginSessionId, UserId};
use uuid::Uuid;

use self::limiter::Limiter;
use super::{ApiError, Quota, RateLimitSettings};

/// How much more than one (identity, address) may fail, an identity and an address may over all
/// pairs: enough that nobody can lock another out by failing in their name, little enough to stop
/// guessing from many addresses, or at many identities from one.
const FAILED_LOGINS_FACTOR: u32 = 20;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Registration, password resets, refresh.
    Auth,
    /// Sends by both doors, edits, broadcasts.
    Messages,
    /// Calls.
    Calls,
    /// Everything else.
    General,
    /// New sockets.
    WsConnect,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 5] = [
        Self::Auth,
        Self::Messages,
        Self::Calls,
        Self::General,
        Self::WsConnect,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Messages => "messages",
            Self::Calls => "calls",
            Self::General => "general",
            Self::WsConnect => "ws_connect",
        }
    }
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(Who);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Address(IpAddr),
    User(Uuid),
    LoginSession(Uuid),
    Identity(u64),
    Login(u64, IpAddr),
    /// All others, when there are too many to know each.
    Crowd,
}

impl From<IpAddr> for Key {
    /// An IPv4 address, or the /64 of an IPv6 address: whoever has one has all of it.
    fn from(address: IpAddr) -> Self {
        Self(Who::Address(network(address)))
    }
}

impl From<UserId> for Key {
    fn from(user: UserId) -> Self {
        Self(Who::User(user.0))
    }
}

impl From<LoginSessionId> for Key {
    fn from(session: LoginSessionId) -> Self {
        Self(Who::LoginSession(session.0))
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

/// What a bucket held at one moment, as the headers of an answer show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which one.
    pub bucket: Bucket,
    /// Requests that a full bucket allows.
    pub limit: u32,
    /// Requests that it allows now.
    pub remaining: u32,
    /// Time until it is full again.
    pub reset: Duration,
}

impl Snapshot {
    /// [`Self::reset`] in whole seconds, rounded up.
    pub fn reset_seconds(&self) -> u64 {
        u64::try_from(self.reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
    }
}

tokio::task_local! {
    /// The tightest bucket that the present request was counted in.
    static TIGHTEST: Cell<Option<Snapshot>>;
}

/// Runs a request and tells with its outcome the tightest bucket that it was counted in.
pub async fn observe<F: Future>(request: F) -> (F::Output, Option<Snapshot>) {
    TIGHTEST
        .scope(Cell::new(None), async move {
            let outcome = request.await;
            (outcome, TIGHTEST.with(Cell::get))
        })
        .await
}

/// Notes a bucket for the answer's headers, if a request is being observed.
fn note(snapshot: Snapshot) {
    // Outside of a request (a frame of a socket) nobody observes, which is no error.
    let _ = TIGHTEST.try_with(|tightest| {
        if tightest
            .get()
            .is_none_or(|noted| snapshot.remaining < noted.remaining)
        {
            tightest.set(Some(snapshot));
        }
    });
}

/// Hands a bucket that a part of the present request was counted in, in a task of its own, on to the
/// request.
pub fn relay(snapshot: Option<Snapshot>) {
    if let Some(snapshot) = snapshot {
        note(snapshot);
    }
}

/// All buckets of this node.
pub struct RateLimits {
    auth: Option<Limiter>,
    failed_logins: Option<Limiter>,
    failed_logins_wide: Option<Limiter>,
    messages: Option<Limiter>,
    calls: Option<Limiter>,
    general: Option<Limiter>,
    ws_connect: Option<Limiter>,
    identities: RandomState,
}

impl RateLimits {
    /// Full buckets.
    pub fn new(settings: &RateLimitSettings, clock: &Clock) -> Self {
        let limiter = |quota: Option<Quota>| Some(Limiter::new(quota?, clock.clone()));
        let wide = settings.auth.map(|quota| Quota {
            requests: quota.requests.saturating_mul(FAILED_LOGINS_FACTOR),
            ..quota
        });
        Self {
            auth: limiter(settings.auth),
            failed_logins: limiter(settings.auth),
            failed_logins_wide: limiter(wide),
            messages: limiter(settings.messages),
            calls: limiter(settings.calls),
            general: limiter(settings.general),
            ws_connect: limiter(settings.ws_connect),
            identities: RandomState::new(),
        }
    }

    /// The key of an identity that somebody claims, compared without case. Only a keyed hash is
    /// kept: it is shorter, and no log or dump can tell who tried.
    pub fn identity(&self, identity: &str) -> Key {
        Key(Who::Identity(self.hash(identity)))
    }

    fn hash(&self, identity: &str) -> u64 {
        self.identities.hash_one(identity.trim().to_lowercase())
    }

    /// Takes one request out of a bucket; refuses if it is empty.
    pub fn check(&self, bucket: Bucket, key: impl Into<Key>) -> Result<(), ApiError> {
        match self.limiter(bucket) {
            Some(limiter) => limiter.take(bucket, key.into()),
            None => Ok(()),
        }
    }

    /// What a bucket holds; `None` if it has no limit.
    pub fn peek(&self, bucket: Bucket, key: impl Into<Key>) -> Option<Snapshot> {
        Some(self.limiter(bucket)?.peek(bucket, key.into()))
    }

    /// Gives back one request that was taken out of a bucket.
    pub fn give_back(&self, bucket: Bucket, key: impl Into<Key>) {
        if let Some(limiter) = self.limiter(bucket) {
            limiter.give_back(key.into());
        }
    }

    /// Counts a login as failed until [`LoginAttempt::succeeded`] takes that back: attempts made at
    /// once must not all pass before the first has failed.
    pub fn begin_login(
        &self,
        identity: &str,
        address: IpAddr,
    ) -> Result<LoginAttempt<'_>, ApiError> {
        let hash = self.hash(identity);
        let mut attempt = LoginAttempt {
            taken: Vec::with_capacity(3),
        };
        let address = network(address);
        attempt.take(self.failed_logins.as_ref(), Who::Login(hash, address))?;
        attempt.take(self.failed_logins_wide.as_ref(), Who::Identity(hash))?;
        attempt.take(self.failed_logins_wide.as_ref(), Who::Address(address))?;
        Ok(attempt)
    }

    fn limiter(&self, bucket: Bucket) -> Option<&Limiter> {
        match bucket {
            Bucket::Auth => self.auth.as_ref(),
            Bucket::Messages => self.messages.as_ref(),
            Bucket::Calls => self.calls.as_ref(),
            Bucket::General => self.general.as_ref(),
            Bucket::WsConnect => self.ws_connect.as_ref(),
        }
    }
}

/// A login whose outcome is open. Dropped, it stays counted as failed.
#[must_use]
pub struct LoginAttempt<'a> {
    taken: Vec<(&'a Limiter, Key)>,
}

impl<'a> LoginAttempt<'a> {
    fn take(&mut self, limiter: Option<&'a Limiter>, who: Who) -> Result<(), ApiError> {
        let Some(limiter) = limiter else {
            return Ok(());
        };
        let key = Key(who);
        match limiter.take(Bucket::Auth, key) {
            Ok(()) => {
                self.taken.push((limiter, key));
                Ok(())
            }
            // No password was looked at, so nothing has failed.
            Err(refused) => {
                self.give_back();
                Err(refused)
            }
        }
    }

    /// The password was right.
    pub fn succeeded(mut self) {
        self.give_back();
    }

    fn give_back(&mut self) {
        for (limiter, key) in self.taken.drain(..) {
            limiter.give_back(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn limits(requests: u32) -> (RateLimits, Clock) {
        let quota = Quota {
            requests,
            period: Duration::from_mins(1),
        };
        let settings = RateLimitSettings {
            auth: Some(quota),
            general: Some(quota),
            ..RateLimitSettings::OFF
        };
        let clock = Clock::manual(Timestamp(1_000_000));
        (RateLimits::new(&settings, &clock), clock)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_full_bucket_is_a_burst_and_fills_again_one_by_one() {
        let (limits, clock) = limits(3);
        let user = UserId::new(Timestamp(0));
        for _ in 0..3 {
            limits.check(Bucket::General, user).unwrap();
        }
        let refused = limits.check(Bucket::General, user).unwrap_err();
        assert_eq!(refused.code.as_str(), "RATE_LIMIT_EXCEEDED");
        assert_eq!(refused.retry_after, Some(Duration::from_secs(20)));
        clock.advance(Duration::from_secs(20));
        limits.check(Bucket::General, user).unwrap();
        limits.check(Bucket::General, user).unwrap_err();
        limits
            .check(Bucket::General, UserId::new(Timestamp(1)))
            .unwrap();
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let (limits, _) = limits(1);
        let user = UserId::new(Timestamp(0));
        limits.check(Bucket::General, user).unwrap();
        limits.check(Bucket::General, user).unwrap_err();
        limits.give_back(Bucket::General, user);
        limits.check(Bucket::General, user).unwrap();
    }

    #[test]
    fn a_bucket_that_is_off_refuses_nobody() {
        let (limits, _) = limits(1);
        let user = UserId::new(Timestamp(0));
        for _ in 0..100 {
            limits.check(Bucket::Messages, user).unwrap();
        }
        assert_eq!(limits.peek(Bucket::Messages, user), None);
    }

    #[test]
    fn whoever_has_an_ipv6_network_has_one_bucket() {
        let key = |text: &str| Key::from(address(text));
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("10.0.0.1"), key("10.0.0.2"));
        assert_eq!(key("10.0.0.1"), key("::ffff:10.0.0.1"));
    }

    #[test]
    fn only_failed_logins_count_and_another_address_is_not_locked_out() {
        let (limits, _) = limits(2);
        let (here, there) = (address("10.0.0.1"), address("10.0.0.2"));
        for _ in 0..10 {
            limits.begin_login("alice", here).unwrap().succeeded();
        }
        for _ in 0..2 {
            drop(limits.begin_login("Alice ", here).unwrap());
        }
        assert!(limits.begin_login("alice", here).is_err());
        assert!(limits.begin_login("bob", here).is_ok());
        limits.begin_login("alice", there).unwrap().succeeded();
    }

    #[test]
    fn guessing_at_one_identity_from_everywhere_ends_at_the_high_cap() {
        let (limits, _) = limits(1);
        let passed = (0..=255u8)
            .filter(|last| {
                limits
                    .begin_login("alice", IpAddr::from([10, 0, 0, *last]))
                    .is_ok()
            })
            .count();
        assert_eq!(passed, 20);
    }

    #[tokio::test]
    async fn an_observed_request_tells_its_tightest_bucket() {
        let (limits, _) = limits(3);
        let (one, other) = (UserId::new(Timestamp(0)), UserId::new(Timestamp(1)));
        limits.check(Bucket::General, one).unwrap();
        let ((), seen) = observe(async {
            limits.check(Bucket::General, one).unwrap();
            limits.check(Bucket::General, other).unwrap();
        })
        .await;
        let seen = seen.unwrap();
        assert_eq!((seen.limit, seen.remaining), (3, 1));
        assert_eq!(seen.reset, Duration::from_secs(40));
        let ((), seen) = observe(async {}).await;
        assert_eq!(seen, None);
    }
}
