use sentinal_protocol::{DeviceId, PushPlatform};
use sentinal_store::PushTarget;

use super::super::job::FRESH;
use super::super::penalties::{HOST_FAILURES_MAX, PENALTY};
use super::*;

const CALL: Uuid = Uuid::from_u128(99);

fn aim(number: u128) -> Aim {
    let id = Uuid::from_u128(number);
    let target = PushTarget {
        token_id: id,
        user_id: UserId(id),
        device_id: DeviceId(id),
        platform: PushPlatform::Fcm,
        token: "token".to_owned(),
    };
    Aim {
        target,
        lane: Lane::Webhook,
    }
}

/// One of many devices of the same user.
fn aim_of(user: u128, number: u128) -> Aim {
    let mut mine = aim(number);
    mine.target.user_id = aim(user).target.user_id;
    mine
}

fn aim_at(host: &str, number: u128) -> Aim {
    Aim {
        lane: Lane::WebPush(host.to_owned()),
        ..aim(number)
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Takes all that may go, and has none of it arrive.
fn begun(pending: &mut Pending, now: Duration) -> Vec<Job> {
    std::iter::from_fn(|| pending.take(now)).collect()
}

fn taken(pending: &mut Pending, now: Duration) -> Vec<Notice> {
    let mut notices = Vec::new();
    while let Some(job) = pending.take(now) {
        pending.done(&job);
        notices.push(job.notice);
    }
    notices
}

/// What has to be read again is found as it was.
fn refresh(pending: &mut Pending, number: u128, is_asleep: bool, now: Duration) {
    let stale = pending.stale(now, 10);
    let asked: HashSet<Uuid> = stale.into_iter().map(|(_, token_id)| token_id).collect();
    let aim = aim(number);
    let found = HashMap::from([(aim.target.token_id, (aim, is_asleep))]);
    pending.refresh(&asked, &found, now);
}

fn cancel(pending: &mut Pending, number: u128, now: Duration) {
    let aim = aim(number);
    pending.cancel((aim.target.user_id, CALL), [aim], now);
}

#[test]
fn a_device_is_woken_at_once_and_then_once_more_for_all_that_follows() {
    let mut pending = Pending::default();
    pending.message(aim(1), seconds(0));
    assert_eq!(taken(&mut pending, seconds(0)), [Notice::Message]);
    for at in 1..5 {
        pending.message(aim(1), seconds(at));
        assert!(pending.take_later(seconds(at), 10).is_empty());
    }
    assert_eq!(taken(&mut pending, seconds(4)), []);
    let later = pending.take_later(seconds(5), 10);
    let target = aim(1).target;
    assert_eq!(later, [(target.user_id, target.token_id)]);
    pending.message(aim(1), seconds(5));
    assert_eq!(taken(&mut pending, seconds(5)), [Notice::Message]);
    assert!(pending.take_later(seconds(60), 10).is_empty());
    assert!(!pending.is_waiting());
}

#[test]
fn a_token_has_one_message_waiting_or_on_its_way() {
    let mut pending = Pending::default();
    pending.message(aim(1), seconds(0));
    let job = pending.take(seconds(0)).unwrap();
    for at in 1..30 {
        pending.message(aim(1), seconds(at));
        assert!(pending.take_later(seconds(at), 10).is_empty());
        assert!(pending.jobs.is_empty());
    }
    pending.done(&job);
    assert_eq!(pending.take_later(seconds(30), 10).len(), 1, "once more");
    pending.message(aim(1), seconds(30));
    pending.message(aim(1), seconds(40));
    assert_eq!(pending.jobs.len(), 1, "it waits");
}

#[test]
fn what_waits_for_too_long_is_dropped() {
    let mut pending = Pending::default();
    pending.message(aim(1), seconds(0));
    assert!(pending.take(MESSAGE_TRIED).is_none());
    assert!(pending.jobs.is_empty() && pending.busy.is_empty() && pending.queued.is_empty());
}

#[test]
fn nobody_takes_all_the_room_there_is() {
    let mut pending = Pending::default();
    for number in 1..=PER_USER_MAX as u128 + 1 {
        pending.message(aim_of(100, number), seconds(0));
    }
    pending.message(aim(50), seconds(0));
    let taken = begun(&mut pending, seconds(0));
    assert_eq!(taken.len(), PER_USER_MAX + 1);
    assert_eq!(taken[PER_USER_MAX].target, aim(50).target);
    pending.done(&taken[0]);
    assert!(pending.take(seconds(0)).is_some(), "the last of the first");
}

#[test]
fn hosts_and_lanes_have_their_shares() {
    let mut pending = Pending::default();
    for number in 1..=HOST_MAX as u128 + 1 {
        pending.message(aim_at("slow", number), seconds(0));
    }
    assert_eq!(begun(&mut pending, seconds(0)).len(), HOST_MAX);
    for number in 100..200 {
        pending.message(aim_at(&number.to_string(), number), seconds(0));
    }
    assert_eq!(begun(&mut pending, seconds(0)).len(), LANE_MAX - HOST_MAX);
    for number in 200..300 {
        pending.message(aim(number), seconds(0));
    }
    assert_eq!(begun(&mut pending, seconds(0)).len(), AT_ONCE - LANE_MAX);
}

#[test]
fn a_user_has_a_share_of_what_waits_and_calls_have_messages_give_way() {
    let mut pending = Pending::default();
    let most = QUEUED_PER_USER_MAX as u128;
    for number in 1..=most + 1 {
        pending.message(aim_of(1, number), seconds(0));
    }
    assert_eq!(pending.jobs.len(), QUEUED_PER_USER_MAX);
    pending.call(aim_of(1, 1), CALL, seconds(0));
    assert_eq!(pending.jobs.len(), QUEUED_PER_USER_MAX);
    assert_eq!(pending.jobs[0].notice, Notice::Call(CALL));
    let mut number = 1_000;
    while pending.jobs.len() < JOBS_MAX {
        number += 1;
        pending.message(aim(number), seconds(0));
    }
    pending.message(aim(number + 1), seconds(0));
    pending.call(aim(number + 2), CALL, seconds(0));
    assert_eq!(pending.jobs.len(), JOBS_MAX);
    assert_eq!(pending.jobs[0].target, aim(number + 2).target);
    assert!(!pending.busy.contains(&aim(number).target.token_id));
    assert!(!pending.busy.contains(&aim(number + 1).target.token_id));
    assert_eq!(pending.queued.values().sum::<usize>(), JOBS_MAX);
}

#[test]
fn who_is_not_reached_is_left_alone_for_a_while() {
    let mut pending = Pending::default();
    let count = u128::from(HOST_FAILURES_MAX);
    for number in 1..=count + 1 {
        pending.message(aim_at("dead", number), seconds(0));
    }
    for _ in 0..count {
        let job = pending.take(seconds(0)).unwrap();
        pending.unreachable(&job, seconds(3));
    }
    assert!(pending.take(seconds(1)).is_none(), "its host is dead");
    assert!(pending.jobs.is_empty() && pending.on_the_way.is_empty());
    pending.message(aim_at("dead", 50), seconds(60));
    pending.call(aim_at("dead", 51), CALL, seconds(60));
    pending.call(aim_at("alive", 1), CALL, seconds(60));
    assert!(pending.take(seconds(60)).is_none());
    pending.message(aim_at("alive", 52), seconds(60));
    assert_eq!(taken(&mut pending, seconds(60)), [Notice::Message]);
    let over = seconds(3) + PENALTY;
    pending.message(aim_at("dead", 1), over);
    assert_eq!(taken(&mut pending, over), [Notice::Message]);
}

#[test]
fn what_is_refused_is_tried_again_a_few_times_within_its_time() {
    let mut pending = Pending::default();
    pending.message(aim(1), seconds(0));
    let mut attempts = Vec::new();
    for now in 0..200 {
        refresh(&mut pending, 1, true, seconds(now));
        while let Some(job) = pending.take(seconds(now)) {
            attempts.push(now);
            pending.again(job, None, seconds(now));
        }
    }
    assert_eq!(attempts, [0, 1, 5, 21]);
    pending.call(aim(1), CALL, seconds(300));
    let job = pending.take(seconds(300)).unwrap();
    pending.again(job, Some(seconds(60)), seconds(300));
    assert!(pending.jobs.is_empty(), "by then nobody rings");
}

#[test]
fn who_may_not_be_woken_any_more_is_not() {
    let mut pending = Pending::default();
    let nobody = HashMap::new();
    let token_id = aim(1).target.token_id;
    // Waited for long.
    pending.message(aim(1), seconds(0));
    assert!(pending.stale(seconds(0), 10).is_empty());
    assert!(pending.take(FRESH).is_none());
    assert_eq!(
        pending.stale(FRESH, 10),
        [(aim(1).target.user_id, token_id)]
    );
    pending.refresh(&HashSet::from([token_id]), &nobody, FRESH);
    assert!(pending.jobs.is_empty() && pending.busy.is_empty());
    // Awake by the time of another attempt.
    pending.message(aim(2), seconds(10));
    let job = pending.take(seconds(10)).unwrap();
    pending.again(job, None, seconds(10));
    assert!(pending.take(seconds(11)).is_none());
    refresh(&mut pending, 2, false, seconds(11));
    assert!(pending.jobs.is_empty());
    // Another user's by then.
    pending.message(aim(3), seconds(20));
    let found = HashMap::from([(aim(3).target.token_id, (aim_of(4, 3), true))]);
    pending.refresh(
        &HashSet::from([aim(3).target.token_id]),
        &found,
        seconds(20),
    );
    assert!(pending.jobs.is_empty());
}

#[test]
fn the_end_of_a_call_takes_back_what_was_not_sent() {
    let mut pending = Pending::default();
    pending.call(aim(1), CALL, seconds(0));
    pending.call(aim(2), CALL, seconds(0));
    cancel(&mut pending, 1, seconds(0));
    pending.call(aim(1), CALL, seconds(1));
    let rings = [Notice::Call(CALL)];
    assert_eq!(taken(&mut pending, seconds(1)), rings, "for the other user");
}

#[test]
fn the_end_of_a_call_follows_what_was_sent_and_never_overtakes_it() {
    let mut pending = Pending::default();
    pending.message(aim(1), seconds(0));
    pending.call(aim(1), CALL, seconds(0));
    let call = pending.take(seconds(0)).unwrap();
    assert_eq!(call.notice, Notice::Call(CALL), "before the message");
    cancel(&mut pending, 1, seconds(1));
    assert_eq!(taken(&mut pending, seconds(1)), [Notice::Message]);
    pending.again(call, None, seconds(2));
    assert_eq!(
        taken(&mut pending, seconds(2)),
        [Notice::CallCancelled(CALL)]
    );
    assert_eq!(taken(&mut pending, seconds(44)), [], "not tried again");
}
