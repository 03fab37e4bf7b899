//! How good calls were, and the servers that help devices reach each other.

use std::time::Duration;

use sentinal_protocol::api::calls::{OwnCallsQuery, QualityQuery, QualityRequest, QualityValues};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::limits::{CALL_QUALITY_DAYS, CALL_QUALITY_MAX};
use sentinal_protocol::{Clock, ErrorCode, Timestamp};
use sentinal_tests::{TestServer, code};

/// 2027-01-15.
const START: Timestamp = Timestamp(1_800_000_000_000);

#[tokio::test]
async fn quality_is_kept_listed_and_averaged() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let made = alice.call(chat).await;
    bob.join_call(made.id).await;
    let sample = |packet_loss, latency| QualityRequest {
        call_id: made.id,
        user_id: None,
        timestamp: None,
        values: QualityValues {
            packet_loss: Some(packet_loss),
            latency: Some(latency),
            resolution: Some("1920x1080".to_owned()),
            ..QualityValues::default()
        },
    };
    let kept = alice
        .client
        .record_quality(&sample(0.0, 40.0))
        .await
        .unwrap();
    assert_eq!((kept.call_id, kept.user_id), (made.id, alice.id));
    bob.client.record_quality(&sample(0.5, 60.0)).await.unwrap();
    let refused = carol.client.record_quality(&sample(0.0, 1.0)).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);
    let wrong = alice.client.record_quality(&sample(1.5, 1.0)).await;
    assert_eq!(code(wrong), ErrorCode::Validation);
    let of_other = QualityRequest {
        user_id: Some(bob.id),
        ..sample(0.0, 1.0)
    };
    let refused = alice.client.record_quality(&of_other).await;
    assert_eq!(code(refused), ErrorCode::Forbidden);

    let query = QualityQuery {
        call_id: made.id,
        page: None,
        limit: Some(1),
    };
    let page = carol.client.call_quality(&query).await.unwrap();
    assert_eq!((page.total, page.has_more), (2, true));
    assert_eq!(page.quality[0], kept);
    let own = bob
        .client
        .own_call_quality(&OwnCallsQuery::default())
        .await
        .unwrap();
    assert_eq!((own.total, own.quality[0].user_id), (1, bob.id));
    let average = alice.client.average_quality(made.id).await.unwrap();
    assert_eq!(average.samples, 2);
    assert_eq!(average.packet_loss, Some(0.25));
    assert_eq!(average.latency, Some(50.0));
    assert_eq!(average.jitter, None);
}

#[tokio::test]
async fn quality_figures_have_a_bound_and_an_end() {
    let clock = Clock::manual(START);
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    let made = alice.call(chat).await;
    bob.join_call(made.id).await;
    let sample = QualityRequest {
        call_id: made.id,
        user_id: None,
        // The time that a client gives does not say for how long it is kept.
        timestamp: Some(START.plus(Duration::from_hours(24 * 1_000))),
        values: QualityValues::default(),
    };
    alice.client.record_quality(&sample).await.unwrap();
    let database = server.database();
    let (call, user) = (database.literal(made.id.0), database.literal(alice.id.0));
    let rows = (1..CALL_QUALITY_MAX).map(|_| {
        let id = database.literal(new_uuid(START));
        format!("({id}, {call}, {user}, 1)")
    });
    let rows: Vec<String> = rows.collect();
    let fill = format!(
        "INSERT INTO call_quality (id, call_id, user_id, measured_at) VALUES {}",
        rows.join(",")
    );
    database.db_execute(&[fill]).await;
    let refused = alice.client.record_quality(&sample).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    // The others have a share of their own.
    bob.client.record_quality(&sample).await.unwrap();
    let tidied = async || {
        while server.app().calls.tidy_call_quality().await.unwrap() {}
        // Tokens are not as old as figures may be.
        let client = &alice.client;
        let signed_in = client.sign_in(&alice.name, alice.password(), &alice.device);
        signed_in.await.unwrap();
        alice.client.average_quality(made.id).await.unwrap().samples
    };
    let all = CALL_QUALITY_MAX as u64 + 1;
    assert_eq!(tidied().await, all);
    clock.advance(Duration::from_hours(24 * CALL_QUALITY_DAYS - 1));
    assert_eq!(tidied().await, all);
    clock.advance(Duration::from_hours(2));
    assert_eq!(tidied().await, 0);
}

#[tokio::test]
async fn ice_servers_are_named_with_credentials_where_they_relay() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let none = alice.client.ice_servers().await.unwrap();
    assert_eq!(none.ice_servers, []);
    let clock = Clock::manual(START);
    let settings = [
        ("STUN_URLS", "stun:stun.example.org"),
        (
            "TURN_URLS",
            "turn:turn.example.org:3478?transport=udp,turns:turn.example.org",
        ),
        ("TURN_SECRET", "north"),
        ("TURN_TTL", "600"),
    ];
    let server = TestServer::spawn_at(clock, &settings).await;
    let alice = server.user("alice").await;
    let servers = alice.client.ice_servers().await.unwrap();
    assert_eq!(servers.ttl, 600);
    let [stun, turn] = &servers.ice_servers[..] else {
        panic!("{servers:?}");
    };
    assert_eq!(stun.urls, ["stun:stun.example.org"]);
    assert_eq!((&stun.username, &stun.credential), (&None, &None));
    assert_eq!(turn.urls.len(), 2);
    assert_eq!(turn.username, Some(format!("1800000600:{}", alice.id)));
    assert_eq!(
        turn.credential.as_ref().unwrap().len(),
        28,
        "20 bytes of SHA-1"
    );
}
