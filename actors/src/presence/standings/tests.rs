//! Walks through what presence decides.

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

fn node(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Standings of two nodes, of which the first has the smaller id. Long after the start.
fn two_nodes() -> (Standings, Standings, Duration) {
    let of = |number| Standings::of_node(Some(node(number)));
    (of(1), of(2), ms(100_000))
}

/// Hands what one node says to the other, until both have said all.
fn talk(one: &mut Standings, two: &mut Standings, now: Duration) {
    loop {
        let (from_one, from_two) = (one.take_sayings(), two.take_sayings());
        if from_one.is_empty() && from_two.is_empty() {
            return;
        }
        for (user_id, says) in from_one {
            two.hear(user_id, node(1), says, now);
        }
        for (user_id, says) in from_two {
            one.hear(user_id, node(2), says, now);
        }
    }
}

#[test]
fn of_two_nodes_one_tells_and_both_know() {
    let (mut one, mut two, start) = two_nodes();
    two.enter(user(1), key(1), start);
    talk(&mut one, &mut two, start);
    let now = start + FIRST_TOLD_AFTER;
    assert_eq!(told(&mut two, now), [Some(Online)]);
    two.set(user(1), key(1), Away, now);
    let now = now + ms(1_000);
    assert_eq!(told(&mut two, now), [Some(Away)]);
    // A second socket, on the node that tells from now on: what is known is no news.
    one.enter(user(1), key(7), now);
    talk(&mut one, &mut two, now);
    let now = now + ms(1_000);
    assert_eq!(told(&mut one, now), [Some(Online)]);
    assert_eq!(told(&mut two, now), []);
    for standings in [&one, &two] {
        assert_eq!(standings.present(user(1), now), Some(Online));
    }
    // It goes: the other one knows what was told, and goes on.
    one.leave(user(1), key(7), now);
    talk(&mut one, &mut two, now);
    let now = now + ms(1_000);
    assert_eq!(
        (told(&mut one, now), told(&mut two, now)),
        (vec![], vec![Some(Away)])
    );
    let now = now + GRACE;
    assert_eq!((told(&mut one, now), one.kept()), (vec![], 0));
    two.leave(user(1), key(1), now);
    assert_eq!(told(&mut two, now + GRACE), [None]);
}

#[test]
fn who_changes_nodes_was_never_gone() {
    let (mut one, mut two, start) = two_nodes();
    one.enter(user(1), key(1), start);
    let now = start + FIRST_TOLD_AFTER;
    assert_eq!(told(&mut one, now), [Some(Online)]);
    one.leave(user(1), key(1), now);
    talk(&mut one, &mut two, now);
    let now = now + ms(2_000);
    two.enter(user(1), key(2), now);
    talk(&mut one, &mut two, now);
    assert_eq!((told(&mut one, now), told(&mut two, now)), (vec![], vec![]));
    let now = now + GRACE * 2;
    talk(&mut one, &mut two, now);
    assert_eq!((told(&mut one, now), told(&mut two, now)), (vec![], vec![]));
    assert_eq!((one.kept(), two.kept()), (0, 1));
    assert_eq!(one.take_forgotten(), [user(1)]);
}

#[test]
fn a_dead_node_takes_its_sockets_with_it() {
    let (mut one, mut two, start) = two_nodes();
    one.enter(user(1), key(1), start);
    two.enter(user(1), key(2), start);
    two.set(user(1), key(2), Busy, start);
    talk(&mut one, &mut two, start);
    let now = start + FIRST_TOLD_AFTER;
    assert_eq!(
        (told(&mut one, now), told(&mut two, now)),
        (vec![Some(Online)], vec![])
    );
    two.bury(node(1), now);
    assert_eq!(told(&mut two, now), [Some(Busy)]);
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
