//! Logins: only wrong passwords count, and the owner of an account is not locked out by others.
//!
//! Counted are: the failures of a network at anything; those at an account (or at an identity that
//! nobody has, which must not be told apart) from one network; those at it from everywhere. A device
//! that proves that it was signed in to the account before has a bucket of its own instead.
//!
//! What an answer shows is the bucket of the network alone: how often others have tried at an account
//! is nobody's business.

use std::net::IpAddr;

use sentinal_protocol::DeviceId;

use super::limiter::{Limiter, Taken};
use super::{Bucket, Key, RateLimits, Subject, note};
use crate::ApiError;

/// A login whose outcome is open. Dropped, it stays counted as failed.
#[must_use]
pub struct LoginAttempt<'a> {
    limits: &'a RateLimits,
    address: IpAddr,
    by: By,
    /// What the attempt itself has taken.
    taken: Vec<Taken<'a>>,
    /// What it has taken at each account that it was tried at.
    guesses: Vec<(Subject, Vec<Taken<'a>>)>,
}

/// What a login is counted by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Where it comes from.
    Network,
    /// A device that was signed in before.
    Device,
}

impl RateLimits {
    /// Counts a login from this address as failed until it turns out otherwise: attempts made at once
    /// must not all pass before the first has failed.
    pub fn begin_login(&self, address: IpAddr) -> Result<LoginAttempt<'_>, ApiError> {
        let mut attempt = self.attempt(address, By::Network);
        if let Some(limiter) = &self.guessers {
            let taken = limiter.take(Bucket::Auth, address.into())?;
            attempt.taken.push(taken);
        }
        Ok(attempt)
    }

    /// The same for a device that has proved itself. It shares no bucket with anybody.
    pub fn begin_known_login(
        &self,
        address: IpAddr,
        device: DeviceId,
    ) -> Result<LoginAttempt<'_>, ApiError> {
        let mut attempt = self.attempt(address, By::Device);
        attempt.show_network();
        if let Some(limiter) = &self.known_devices {
            let taken = limiter.take_unseen(device.into())?;
            attempt.taken.push(taken);
        }
        Ok(attempt)
    }

    fn attempt(&self, address: IpAddr, by: By) -> LoginAttempt<'_> {
        LoginAttempt {
            limits: self,
            address,
            by,
            taken: Vec::new(),
            guesses: Vec::new(),
        }
    }
}

impl LoginAttempt<'_> {
    /// Shows with the answer what the network may still do, of which nothing was taken.
    fn show_network(&self) {
        if let Some(limiter) = &self.limits.guessers {
            note(limiter.peek(Bucket::Auth, self.address.into()));
        }
    }

    /// Counts a guess at this account's password, or at the identity that nobody has. Where it is
    /// refused, only the network has been charged: for finding out whose identity it is.
    pub fn guess_at(&mut self, subject: Subject) -> Result<(), ApiError> {
        if self.by == By::Device {
            return Ok(());
        }
        let limits = self.limits;
        let here = Key::guess(subject, self.address);
        let anywhere = Key::subject(subject, self.address);
        let mut taken = Vec::new();
        for (limiter, key) in [(&limits.guesses, here), (&limits.guessed_at, anywhere)] {
            match limiter.as_ref().map(|limiter| limiter.take_unseen(key)) {
                Some(Ok(part)) => taken.push(part),
                None => {}
                // No password is looked at, so nothing has failed there.
                Some(Err(refused)) => {
                    refund(taken);
                    return Err(refused);
                }
            }
        }
        self.guesses.push((subject, taken));
        Ok(())
    }

    /// Nothing was wrong at this account: the password was right, or was not looked at. What was tried
    /// at others that the identity may mean stays counted.
    pub fn give_back(self, subject: Subject) {
        refund(self.taken);
        for (guessed, taken) in self.guesses {
            if guessed == subject {
                refund(taken);
            }
        }
    }

    /// No password could be looked at.
    pub fn withdraw(self) {
        refund(self.taken);
        for (_, taken) in self.guesses {
            refund(taken);
        }
    }
}

fn refund(taken: Vec<Taken<'_>>) {
    for taken in taken {
        Limiter::give_back(taken);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sentinal_protocol::{Clock, Timestamp, UserId};

    use super::super::observe;
    use super::*;
    use crate::{Quota, RateLimitSettings};

    fn limits(requests: u32) -> RateLimits {
        let auth = Some(Quota {
            requests,
            period: Duration::from_mins(1),
        });
        let settings = RateLimitSettings {
            auth,
            ..RateLimitSettings::OFF
        };
        RateLimits::new(&settings, &Clock::manual(Timestamp(1_000_000)))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A wrong password; whether it was looked at.
    fn fails(limits: &RateLimits, subject: Subject, from: &str) -> bool {
        let attempt = limits.begin_login(address(from));
        attempt.is_ok_and(|mut attempt| {
            let is_looked_at = attempt.guess_at(subject).is_ok();
            if !is_looked_at {
                attempt.withdraw();
            }
            is_looked_at
        })
    }

    #[test]
    fn only_failed_logins_count_and_another_address_is_not_locked_out() {
        let limits = limits(2);
        let alice = limits.subject_of(UserId::new(Timestamp(0)));
        let bob = limits.subject("bob");
        for _ in 0..10 {
            let mut right = limits.begin_login(address("10.0.0.1")).unwrap();
            right.guess_at(alice).unwrap();
            right.give_back(alice);
        }
        assert!(fails(&limits, alice, "10.0.0.1"));
        assert!(fails(&limits, alice, "10.0.0.1"));
        assert!(!fails(&limits, alice, "10.0.0.1"));
        assert!(fails(&limits, bob, "10.0.0.1"));
        assert!(fails(&limits, alice, "10.0.0.2"));
    }

    #[test]
    fn guessing_at_one_account_from_everywhere_ends_at_the_high_cap() {
        let limits = limits(1);
        let alice = limits.subject("alice");
        let looked_at = (0..=255)
            .filter(|last| fails(&limits, alice, &format!("10.0.0.{last}")))
            .count();
        assert_eq!(looked_at, 20);
    }

    #[test]
    fn a_device_that_proves_itself_is_counted_by_itself() {
        let limits = limits(2);
        let alice = limits.subject("alice");
        let here = address("10.0.0.1");
        while fails(&limits, alice, "10.0.0.1") {}
        while limits.begin_login(here).is_ok() {}
        let device = DeviceId::new(Timestamp(0));
        for _ in 0..2 {
            let mut wrong = limits.begin_known_login(here, device).unwrap();
            wrong.guess_at(alice).unwrap();
        }
        assert!(limits.begin_known_login(here, device).is_err());
        let other = DeviceId::new(Timestamp(0));
        limits.begin_known_login(here, other).unwrap().withdraw();
    }

    #[test]
    fn who_signs_in_to_the_one_account_has_guessed_at_the_other() {
        let limits = limits(1);
        let (mine, theirs) = (limits.subject("mine"), limits.subject("theirs"));
        let mut attempt = limits.begin_login(address("10.0.0.1")).unwrap();
        attempt.guess_at(theirs).unwrap();
        attempt.guess_at(mine).unwrap();
        attempt.give_back(mine);
        assert!(!fails(&limits, theirs, "10.0.0.1"));
        assert!(fails(&limits, mine, "10.0.0.1"));
    }

    /// The answer shows the same whatever was tried at the account before.
    #[tokio::test]
    async fn an_answer_shows_the_bucket_of_the_network_alone() {
        let limits = limits(2);
        let alice = limits.subject("alice");
        for last in 2..12 {
            fails(&limits, alice, &format!("10.0.0.{last}"));
        }
        let device = DeviceId::new(Timestamp(0));
        let (_, seen) = observe(async { fails(&limits, alice, "10.0.0.1") }).await;
        let seen = seen.unwrap();
        assert_eq!((seen.limit, seen.remaining), (40, 39));
        let (_, seen) = observe(async {
            let attempt = limits.begin_known_login(address("10.0.0.1"), device);
            attempt.map(LoginAttempt::withdraw)
        })
        .await;
        let seen = seen.unwrap();
        assert_eq!((seen.limit, seen.remaining), (40, 39));
    }
}
