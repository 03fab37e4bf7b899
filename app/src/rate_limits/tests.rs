//! Buckets, and what is counted in which.

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
fn mails_are_counted_by_account_and_by_address_alike() {
    let (limits, clock) = limits(1);
    let from = IpAddr::from([10, 0, 0, 1]);
    let check = |user, email: &str| limits.check_mail(user, email, from);
    let users: Vec<_> = (0..7).map(|at| UserId::new(Timestamp(at))).collect();
    for number in 0..5 {
        check(users[0], &format!("{number}@example.org")).unwrap();
    }
    check(users[0], "5@example.org").unwrap_err();
    let aliases = ["bob", "bob+1", "BOB+2", "\"bob\"", "\"b\\ob\""];
    for (user, alias) in users[1..6].iter().zip(aliases) {
        check(*user, &format!("{alias}@example.org")).unwrap();
    }
    check(users[6], "Bob@Example.org.").unwrap_err();
    // What was not sent is not counted.
    for number in 10..15 {
        check(users[6], &format!("{number}@example.org")).unwrap();
    }
    clock.advance(Duration::from_mins(12));
    check(users[0], "5@example.org").unwrap();
    let off = RateLimits::new(&RateLimitSettings::OFF, &clock);
    for _ in 0..20 {
        off.check_mail(users[0], "bob@example.org", from).unwrap();
    }
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
