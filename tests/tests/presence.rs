//! Who is here: what is told, to whom, how often, and what is left of it.

use std::time::Duration;

use reqwest::Method;
use sentinal_actors::address::SessionKey;
use sentinal_client::ClientError;
use sentinal_protocol::api::accounts::AddContactRequest;
use sentinal_protocol::api::settings::UpdateSettingsRequest;
use sentinal_protocol::event::{
    ErrorAnswer, EventKind, PresenceOffline, PresenceOnline, ServerEvent, ServerFrame,
};
use sentinal_protocol::frame::{ClientFrame, Presence};
use sentinal_protocol::{
    Availability, Clock, ErrorCode, PresenceStatus, Timestamp, UserId, Visibility,
};
use sentinal_tests::{Said, TestServer, TestUser, answered, outcome, patiently, request, until};
use serde_json::{Value, json};

const GRACE: Duration = Duration::from_secs(10);
/// Not yet offline, but a second later.
const NEARLY: Duration = Duration::from_secs(9);
const SECOND: Duration = Duration::from_secs(1);

/// A server whose time stands still unless the test moves it.
async fn server() -> (TestServer, Clock) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    (TestServer::spawn_at(clock.clone(), &[]).await, clock)
}

async fn connected(user: &mut TestUser) {
    user.connect().await;
    user.messages_until_synced().await;
}

async fn add_contact(user: &TestUser, other: UserId) {
    let adding = AddContactRequest {
        contact_user_id: other,
        nickname: None,
    };
    user.client.add_contact(&adding).await.unwrap();
}

async fn say(user: &mut TestUser, frame: ClientFrame) -> Result<Value, ClientError> {
    let sender = user.socket().sender();
    patiently("an answer", sender.request::<Value>(frame))
        .await
        .map(|answer| json!(answer))
}

/// The next news of this user's presence.
async fn heard(user: &mut TestUser, of: UserId) -> ServerFrame {
    loop {
        let frame = user.next_frame().await;
        let who = match &frame.event {
            ServerEvent::PresenceOnline(news) => news.user_id,
            ServerEvent::PresenceOffline(news) => news.user_id,
            _ => continue,
        };
        if who == of {
            return frame;
        }
    }
}

async fn status(viewer: &TestUser, of: UserId) -> PresenceStatus {
    viewer.client.presence(&[of]).await.unwrap()[0].status
}

async fn until_status(viewer: &TestUser, of: UserId, expected: PresenceStatus) {
    until("the status", async || {
        (status(viewer, of).await == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_is_online_with_the_first_socket_and_offline_ten_seconds_after_the_last() {
    let (server, clock) = server().await;
    let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    let mut tablet = alice.another_device("tablet").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    let news = heard(&mut bob, alice.id).await;
    assert_eq!(news.kind(), Some(EventKind::PresenceOnline));
    let news = news.says::<PresenceOnline>();
    assert_eq!((news.is_online, news.status), (true, Availability::Online));
    connected(&mut tablet).await;
    clock.advance(SECOND);
    alice.disconnect().await;
    clock.advance(GRACE * 2);
    assert_eq!(status(&bob, alice.id).await, PresenceStatus::Online);
    let gone_at = clock.now();
    tablet.disconnect().await;
    let sockets = || async { (server.app().directory().sockets() == 1).then_some(()) };
    until("the last socket's end", async || sockets().await).await;
    // The answer comes after what the actor was told of that end, which begins the grace.
    assert_eq!(status(&bob, alice.id).await, PresenceStatus::Online);
    clock.advance(NEARLY);
    assert_eq!(status(&bob, alice.id).await, PresenceStatus::Online);
    clock.advance(SECOND);
    let news = heard(&mut bob, alice.id).await;
    assert_eq!(
        news.kind(),
        Some(EventKind::PresenceOffline),
        "nothing between"
    );
    let news = news.says::<PresenceOffline>();
    assert!(!news.is_online);
    assert_eq!(news.status, PresenceStatus::Offline);
    assert_eq!(news.last_seen_at, Some(gone_at));
    let seen = until("when she was last seen", async || {
        let presence = bob.client.presence(&[alice.id]).await.unwrap()[0];
        presence.last_seen_at.filter(|at| *at >= gone_at)
    });
    assert_eq!(seen.await, gone_at);
}

#[tokio::test]
async fn who_is_back_within_ten_seconds_was_not_gone() {
    let (server, clock) = server().await;
    let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    heard(&mut bob, alice.id).await;
    for _ in 0..3 {
        alice.disconnect().await;
        clock.advance(NEARLY);
        connected(&mut alice).await;
        clock.advance(GRACE);
    }
    say(&mut alice, ClientFrame::PresenceAway(Presence::default()))
        .await
        .unwrap();
    let news = heard(&mut bob, alice.id).await;
    let status = news.says::<PresenceOnline>().status;
    assert_eq!(status, Availability::Away, "nothing before it");
}

#[tokio::test]
async fn the_most_present_device_counts_and_only_the_last_of_a_second_is_told() {
    let (server, clock) = server().await;
    let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    let mut tablet = alice.another_device("tablet").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    heard(&mut bob, alice.id).await;
    connected(&mut tablet).await;
    clock.advance(SECOND);
    let busy = ClientFrame::PresenceBusy(Presence::default());
    say(&mut alice, busy).await.unwrap();
    assert_eq!(status(&bob, alice.id).await, PresenceStatus::Online);
    let away = ClientFrame::PresenceOnline(Presence {
        status: Some(Availability::Away),
    });
    say(&mut tablet, away).await.unwrap();
    let news = heard(&mut bob, alice.id).await;
    assert_eq!(news.kind(), Some(EventKind::PresenceOnline));
    assert_eq!(news.says::<PresenceOnline>().status, Availability::Busy);
    // All within one second: the last counts.
    let here = ClientFrame::PresenceOnline(Presence::default());
    let away = ClientFrame::PresenceAway(Presence::default());
    say(&mut alice, here).await.unwrap();
    say(&mut alice, away).await.unwrap();
    assert_eq!(status(&bob, alice.id).await, PresenceStatus::Away);
    clock.advance(SECOND);
    let news = heard(&mut bob, alice.id).await;
    assert_eq!(news.says::<PresenceOnline>().status, Availability::Away);
}

#[tokio::test]
async fn presence_frames_have_a_limit_and_known_words() {
    let (server, _) = server().await;
    let mut alice = server.user("alice").await;
    connected(&mut alice).await;
    let mut raw = alice.raw_socket().await;
    raw.wait_for(EventKind::Hello).await.unwrap();
    for word in ["offline", "invisible"] {
        let frame = json!({"type": "presence:online", "id": 1, "status": word});
        raw.send_text(frame.to_string()).await.unwrap();
        let error = patiently("a refusal", raw.wait_for(EventKind::Error)).await;
        assert_eq!(
            error.unwrap().says::<ErrorAnswer>().code,
            "VALIDATION_ERROR",
            "{word}"
        );
    }
    for _ in 0..30 {
        let busy = ClientFrame::PresenceBusy(Presence::default());
        say(&mut alice, busy).await.unwrap();
    }
    let away = ClientFrame::PresenceAway(Presence::default());
    let refusal = say(&mut alice, away).await.unwrap_err();
    assert_eq!(refusal.code(), Some(ErrorCode::RateLimitExceeded));
    assert_eq!(
        status(&alice, alice.id).await,
        PresenceStatus::Online,
        "the raw one"
    );
}

async fn show_last_seen_to(user: &TestUser, whom: Visibility) {
    let request = UpdateSettingsRequest {
        privacy_last_seen: Some(Some(whom)),
        ..UpdateSettingsRequest::default()
    };
    user.client.update_settings(&request).await.unwrap();
}

/// Everybody around Alice, under each of her settings, by both ways to know.
#[tokio::test]
async fn contacts_and_those_with_a_dm_may_know_as_far_as_privacy_and_blocks_allow() {
    let (server, clock) = server().await;
    let mut alice = server.user("alice").await;
    let mut viewers = Vec::new();
    for name in [
        "fan",
        "friend",
        "partner",
        "groupmate",
        "stranger",
        "blocked",
        "blocker",
    ] {
        viewers.push(server.user(name).await);
    }
    let ids: Vec<UserId> = viewers.iter().map(|user| user.id).collect();
    let [fan, friend, dm, groupmate, _, shunned, blocker] = ids[..] else {
        unreachable!()
    };
    for user in [0, 1, 5, 6] {
        add_contact(&viewers[user], alice.id).await;
    }
    for user in [friend, shunned, blocker] {
        add_contact(&alice, user).await;
    }
    alice.client.create_direct(dm).await.unwrap();
    alice
        .client
        .create_group("group", vec![groupmate])
        .await
        .unwrap();
    alice.client.block(shunned).await.unwrap();
    viewers[6].client.block(alice.id).await.unwrap();
    for viewer in &mut viewers {
        connected(viewer).await;
    }
    connected(&mut alice).await;
    let settings: [(Visibility, Availability, &[UserId]); 3] = [
        (
            Visibility::Everyone,
            Availability::Online,
            &[fan, friend, dm],
        ),
        (Visibility::Contacts, Availability::Busy, &[friend]),
        (Visibility::Nobody, Availability::Away, &[]),
    ];
    for (whom, availability, may_know) in settings {
        show_last_seen_to(&alice, whom).await;
        clock.advance(SECOND);
        let status = Some(availability);
        say(&mut alice, ClientFrame::PresenceOnline(Presence { status }))
            .await
            .unwrap();
        until_status(&alice, alice.id, PresenceStatus::from(Some(availability))).await;
        for viewer in &mut viewers {
            let may = may_know.contains(&viewer.id);
            let seen = viewer.client.presence(&[alice.id]).await.unwrap()[0];
            let expected = Some(availability).filter(|_| may);
            assert_eq!(
                seen.status,
                PresenceStatus::from(expected),
                "{} {whom}",
                viewer.name
            );
            assert_eq!(seen.last_seen_at, None);
            if may {
                let news = heard(viewer, alice.id).await;
                assert_eq!(news.says::<PresenceOnline>().status, availability);
            }
        }
    }
    // Now all may: whoever had heard before what was not for them would hear it first.
    show_last_seen_to(&alice, Visibility::Everyone).await;
    alice.client.unblock(shunned).await.unwrap();
    viewers[6].client.unblock(alice.id).await.unwrap();
    for viewer in &viewers {
        add_contact(viewer, alice.id).await;
    }
    clock.advance(SECOND);
    say(&mut alice, ClientFrame::PresenceOnline(Presence::default()))
        .await
        .unwrap();
    for viewer in &mut viewers {
        loop {
            let news = heard(viewer, alice.id).await;
            match news.event {
                ServerEvent::PresenceOnline(news) if news.status == Availability::Online => break,
                // That she is lost sight of, and what she was when she was seen again.
                ServerEvent::PresenceOffline(_) => {}
                ServerEvent::PresenceOnline(news) if news.status == Availability::Away => {}
                other => panic!("{} heard {other:?}", viewer.name),
            }
        }
    }
}

/// Who may not know any more sees the other leave, and who may know again sees them come.
#[tokio::test]
async fn a_change_of_who_may_know_is_told_at_once() {
    let (server, _) = server().await;
    let (mut alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    connected(&mut bob).await;
    connected(&mut alice).await;
    assert_eq!(
        heard(&mut bob, alice.id).await.kind(),
        Some(EventKind::PresenceOnline)
    );
    let gone = async |bob: &mut TestUser| {
        let news = heard(bob, alice.id).await;
        assert_eq!(news.kind(), Some(EventKind::PresenceOffline));
        assert_eq!(news.says::<PresenceOffline>().last_seen_at, None);
    };
    let here = async |bob: &mut TestUser| {
        let news = heard(bob, alice.id).await;
        assert_eq!(news.kind(), Some(EventKind::PresenceOnline));
    };
    show_last_seen_to(&alice, Visibility::Nobody).await;
    gone(&mut bob).await;
    show_last_seen_to(&alice, Visibility::Contacts).await;
    add_contact(&alice, bob.id).await;
    here(&mut bob).await;
    alice.client.remove_contact(bob.id).await.unwrap();
    gone(&mut bob).await;
    show_last_seen_to(&alice, Visibility::Everyone).await;
    here(&mut bob).await;
    alice.client.block(bob.id).await.unwrap();
    gone(&mut bob).await;
    alice.client.unblock(bob.id).await.unwrap();
    here(&mut bob).await;
    alice.client.delete_account().await.unwrap();
    gone(&mut bob).await;
}

#[tokio::test]
async fn many_are_asked_for_with_one_statement_and_unknown_ones_are_offline() {
    let (server, _) = server().await;
    let (alice, mut bob, _) = server.direct_chat("alice", "bob").await;
    connected(&mut bob).await;
    until_status(&alice, bob.id, PresenceStatus::Online).await;
    let unknown: Vec<UserId> = (0..98).map(|_| UserId(uuid::Uuid::now_v7())).collect();
    let all: Vec<UserId> = [bob.id, alice.id].into_iter().chain(unknown).collect();
    let presences = alice.client.presence(&all).await.unwrap();
    let ids: Vec<UserId> = presences.iter().map(|it| it.user_id).collect();
    assert_eq!(ids, all);
    assert_eq!(presences[0].status, PresenceStatus::Online);
    assert!(presences[1].last_seen_at.is_some(), "one knows of oneself");
    for presence in &presences[2..] {
        let shown = (presence.status, presence.last_seen_at);
        assert_eq!(shown, (PresenceStatus::Offline, None));
    }
    let mut counts = Vec::new();
    for asked in [&all[..1], &all] {
        let mut fewest = u64::MAX;
        for _ in 0..5 {
            let before = server.app().statements();
            alice.client.presence(asked).await.unwrap();
            fewest = fewest.min(server.app().statements() - before);
        }
        counts.push(fewest);
    }
    assert_eq!(counts[0], counts[1]);
    let path = |ids: String| format!("/v1/presence?user_ids={ids}");
    let repeated = path(format!("{0},{1},{0}", bob.id, alice.id));
    let (code, body) = answered(request(&server, Some(&alice), Method::GET, &repeated)).await;
    assert_eq!(
        (code, body["data"]["presences"].as_array().unwrap().len()),
        (200, 2)
    );
    let id = uuid::Uuid::now_v7();
    let many: Vec<String> = (0..101).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    for (ids, user, expected) in [
        (String::new(), Some(&alice), 422),
        ("x".to_owned(), Some(&alice), 400),
        (many.join(","), Some(&alice), 422),
        (id.to_string(), None, 401),
    ] {
        let asked = request(&server, user, Method::GET, &path(ids));
        assert_eq!(outcome(asked).await.0, expected);
    }
}

/// Half a network comes and goes at once, through the door that sessions use; some of it by real
/// sockets.
#[tokio::test]
async fn ten_thousand_flaps_hold_no_message_up_and_leave_nothing_behind() {
    const ROUNDS: u64 = 100;
    const FLAPS_PER_ROUND: u64 = 100;
    const PEOPLE: usize = 10;
    let (server, clock) = server().await;
    let (mut alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let somebody = server.user(&format!("somebody{number}")).await;
        add_contact(&bob, somebody.id).await;
        people.push(somebody);
    }
    connected(&mut bob).await;
    alice.send_text(chat, 0).await;
    assert_eq!(bob.next_number(chat).await, 0);
    bob.disconnect().await;
    let app = server.app();
    until("rest", async || {
        (app.directory().sockets() == 0).then_some(())
    })
    .await;
    let actors = app.live_actors();
    connected(&mut bob).await;
    connected(&mut alice).await;
    let mut slot = 1_u64 << 32;
    for round in 1..=ROUNDS {
        for flap in 0..FLAPS_PER_ROUND {
            slot += 1;
            let key = SessionKey { hub: 0, slot };
            let user = &people[usize::try_from(flap).unwrap() % PEOPLE];
            app.presence().enter(user.id, key);
            let to = Availability::ALL[usize::try_from(slot % 3).unwrap()];
            // A full mailbox refuses what is said, and nothing else.
            let _ = app.presence().set(user.id, key, to);
            app.presence().leave(user.id, key);
        }
        let mut real = people[0].raw_socket().await;
        real.wait_for(EventKind::Hello).await.unwrap();
        real.close().await.unwrap();
        clock.advance(Duration::from_millis(300));
        alice.send_text(chat, round).await;
        assert_eq!(bob.next_number(chat).await, round);
    }
    until("the sockets' end", async || {
        (app.directory().sockets() == 2).then_some(())
    })
    .await;
    until("the others to be forgotten", async || {
        clock.advance(GRACE);
        (app.presence().kept().await == 2).then_some(())
    })
    .await;
    for somebody in &people {
        assert_eq!(status(&bob, somebody.id).await, PresenceStatus::Offline);
    }
    alice.disconnect().await;
    bob.disconnect().await;
    until("nobody to be kept", async || {
        clock.advance(GRACE);
        let nobody = app.directory().sockets() == 0 && app.presence().kept().await == 0;
        nobody.then_some(())
    })
    .await;
    assert_eq!(app.live_actors(), actors);
}
