use std::task::Poll;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::poll;
use sentinal_protocol::{Clock, ErrorCode, Timestamp};

use super::*;
use crate::RateLimitSettings;
use crate::rate_limits::RateLimits;

type Waiting<'a> = BoxFuture<'a, Result<Turn, ApiError>>;

fn at(number: u8) -> Asker {
    Asker::at(IpAddr::from([192, 0, 2, number]))
}

/// Somebody who has asked and waits.
async fn waiting(turns: &Turns, asker: Asker) -> Waiting<'_> {
    let mut waiting = turns.wait(asker).boxed();
    assert!(poll!(&mut waiting).is_pending());
    waiting
}

async fn is_called(waiting: &mut Waiting<'_>) -> Option<Turn> {
    match poll!(waiting) {
        Poll::Ready(turn) => Some(turn.unwrap()),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn a_flood_from_one_network_makes_another_wait_for_one_turn() {
    let turns = Turns::new(1);
    let running = turns.wait(at(1)).await.unwrap();
    let mut flood = Vec::new();
    for _ in 0..WAITING_PER_CORE {
        flood.push(waiting(&turns, at(1)).await);
    }
    // The queue is full: the newest of the flood makes room.
    let mut other = waiting(&turns, at(2)).await;
    let evicted = flood.pop().unwrap().await;
    assert_eq!(evicted.err().unwrap().code, ErrorCode::Overloaded);
    drop(running);
    let first = is_called(&mut flood[0]).await.unwrap();
    assert!(is_called(&mut other).await.is_none());
    drop(first);
    assert!(is_called(&mut other).await.is_some());
}

#[tokio::test]
async fn a_flood_finds_no_more_room_than_the_queue_has() {
    let turns = Turns::new(1);
    let _running = turns.wait(at(1)).await.unwrap();
    let mut flood = Vec::new();
    for _ in 0..WAITING_PER_CORE {
        flood.push(waiting(&turns, at(1)).await);
    }
    let refused = turns.wait(at(1)).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::Overloaded);
    assert!(refused.retry_after.is_some());
}

#[tokio::test]
async fn who_is_known_comes_first_and_does_not_shut_strangers_out() {
    let turns = Turns::new(1);
    let running = turns.wait(at(1)).await.unwrap();
    let mut stranger = waiting(&turns, at(2)).await;
    let mut known = Vec::new();
    for _ in 0..TURNS_PER_STRANGER {
        let user = UserId::new(Timestamp(0));
        known.push(waiting(&turns, Asker::known(user)).await);
    }
    drop(running);
    let mut before_the_stranger = 0;
    for known in &mut known {
        let Some(turn) = is_called(known).await else {
            break;
        };
        before_the_stranger += 1;
        drop(turn);
    }
    assert!(is_called(&mut stranger).await.is_some());
    assert!((1..TURNS_PER_STRANGER).contains(&before_the_stranger));
}

#[tokio::test]
async fn one_account_has_few_places_and_others_are_served() {
    let limits = RateLimits::new(&RateLimitSettings::OFF, &Clock::manual(Timestamp(0)));
    let (alice, bob) = (limits.subject("alice"), limits.subject("bob"));
    let turns = Turns::new(1);
    let running = turns.wait(at(1).about(alice)).await.unwrap();
    let mut held = Vec::new();
    for number in 1..PLACES_PER_ACCOUNT {
        let number = u8::try_from(number).unwrap();
        held.push(waiting(&turns, at(number + 1).about(alice)).await);
    }
    let refused = turns.wait(at(100).about(alice)).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::Overloaded);
    let _bob = waiting(&turns, at(100).about(bob)).await;
    drop(running);
    let _alice = waiting(&turns, at(101).about(alice)).await;
}

#[tokio::test]
async fn who_goes_away_leaves_neither_place_nor_core_taken() {
    let turns = Turns::new(1);
    let running = turns.wait(at(1)).await.unwrap();
    drop(waiting(&turns, at(2)).await);
    let called = waiting(&turns, at(3)).await;
    drop(running);
    // Called, and gone before it has heard of it.
    drop(called);
    drop(turns.wait(at(4)).await.unwrap());
    let queue = turns.lock();
    assert_eq!((queue.running, queue.strangers.len), (0, 0));
    assert!(queue.strangers.order.is_empty() && queue.accounts.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let turns = Turns::new(1);
    let _running = turns.wait(at(1)).await.unwrap();
    let refused = turns.wait(at(2)).await.err().unwrap();
    assert_eq!(refused.code, ErrorCode::Overloaded);
    assert_eq!(turns.lock().strangers.len, 0);
}
