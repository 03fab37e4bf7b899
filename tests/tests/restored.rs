//! A database is put back from a backup: no number and no key that was given since is given again.

use std::collections::{BTreeSet, HashMap};

use sentinal_client::{Resume, SocketOptions};
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::HistoryQuery;
use sentinal_protocol::event::{EventKind, ServerEvent, ServerFrame};
use sentinal_protocol::{ConversationId, ErrorCode};
use sentinal_tests::keys::{device_of, one_time_keys, setup};
use sentinal_tests::{ServerProcess, TestUser, number_of};

/// How far counters jump here.
const MARGIN: u64 = 1_000_000;

async fn stop(server: &mut ServerProcess) {
    server.terminate();
    assert!(server.ended().await, "the server stops in good order");
}

async fn sign_in(user: &TestUser) {
    let client = &user.client;
    let signed_in = client.sign_in(&user.name, user.password(), &user.device);
    signed_in.await.expect("a login");
}

/// The events of a chat up to `sync:complete`.
async fn replay(user: &mut TestUser, chat: ConversationId) -> Vec<ServerFrame> {
    let mut frames = Vec::new();
    loop {
        let frame = user.next_frame().await;
        if frame.kind() == Some(EventKind::SyncComplete) {
            return frames;
        }
        if frame.conversation_id() == Some(chat) && frame.revision().is_some() {
            frames.push(frame);
        }
    }
}

fn compacted(frame: &ServerFrame) -> (EventKind, Option<u64>, Option<u64>, bool) {
    let kind = frame.kind().expect("an event");
    let (from, flag) = match &frame.event {
        ServerEvent::Revision(event) => (event.entry.from, event.entry.compacted),
        _ => (None, false),
    };
    (kind, from, frame.revision(), flag)
}

#[tokio::test]
#[allow(
    clippy::too_many_lines,
    reason = "one story from the backup to the clients' return"
)]
async fn nothing_that_was_given_after_the_backup_is_given_again() {
    let mut server = ServerProcess::spawn().await;
    let (alice, mut bob, chat) = server.direct_chat("alice", "bob").await;
    let laptop = bob.another_device_without_keys("bob-laptop").await;
    let prekeys = one_time_keys(1..4);
    let keys = setup(prekeys.clone());
    laptop.client.set_up_keys(&keys).await.unwrap();
    bob.connect().await;
    bob.messages_until_synced().await;
    let mut given = BTreeSet::new();
    let mut last = alice.send_text(chat, 1).await;
    for number in 2..=3 {
        last = alice.send_text(chat, number).await;
        given.insert(last.sequence_number);
    }
    while bob.next_number(chat).await != 3 {}
    bob.disconnect().await;
    let account = bob.connect().await.hello().account_revision;
    bob.disconnect().await;
    stop(&mut server).await;
    let backup = server.database().db_backup().await;

    // Life goes on: messages, a login that is refreshed, a prekey that is claimed.
    server.start().await;
    let mut newest = last.revision;
    for number in 4..=6 {
        let sent = alice.send_text(chat, number).await;
        given.insert(sent.sequence_number);
        newest = sent.revision;
    }
    bob.connect().await;
    bob.messages_until_synced().await;
    bob.disconnect().await;
    alice.client.refresh().await.unwrap();
    let bundle = alice.client.bundle(bob.id, &laptop.device).await.unwrap();
    let claimed = bundle.one_time_pre_key.expect("a one-time prekey");
    stop(&mut server).await;

    server.database().db_put_back(backup).await;
    // As in a backup that is older than a moment; see the next test.
    let silence = "DELETE FROM nodes".to_owned();
    server.database().db_execute(&[silence]).await;
    let (done, said) = server.run(&["restored", "--margin", &MARGIN.to_string()]);
    assert!(done, "{said}");
    assert!(
        said.contains("Counters of 1 conversations and 2 accounts"),
        "{said}"
    );
    server.start().await;

    // Old logins are over.
    let refused = alice.client.refresh().await.unwrap_err();
    assert_eq!(refused.status(), Some(401), "{refused}");
    let refused = bob.client.me().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::Unauthorized), "{refused}");
    for user in [&alice, &bob, &laptop] {
        sign_in(user).await;
    }

    // No one-time prekey comes back, not even by an upload that is repeated.
    let count = async || {
        let query = device_of(&laptop);
        laptop.client.one_time_prekey_count(&query).await.unwrap()
    };
    assert_eq!(count().await, 0);
    laptop
        .client
        .upload_one_time_prekeys(prekeys)
        .await
        .unwrap();
    assert_eq!(count().await, 0);
    let fresh = one_time_keys(1..4);
    laptop.client.upload_one_time_prekeys(fresh).await.unwrap();
    let bundle = alice.client.bundle(bob.id, &laptop.device).await.unwrap();
    let key = bundle.one_time_pre_key.expect("a new one-time prekey");
    assert_ne!(key.public_key, claimed.public_key);

    // Who comes from the old state, and who had got beyond it, hear of one range that is gone.
    let head = last.revision + MARGIN;
    let hello = bob.connect_without_ack().await.hello();
    let jumped = hello.account_revision;
    assert!(jumped >= account + MARGIN, "{jumped}");
    let ranges: Vec<_> = replay(&mut bob, chat).await.iter().map(compacted).collect();
    let range = |from| (EventKind::Revision, Some(from), Some(head), true);
    assert_eq!(ranges, [range(last.revision + 1)]);
    bob.connect_with(SocketOptions {
        reconnect: false,
        resume: Resume::Client(HashMap::from([(chat, newest)])),
        ..SocketOptions::default()
    })
    .await;
    let ranges: Vec<_> = replay(&mut bob, chat).await.iter().map(compacted).collect();
    assert_eq!(ranges, [range(newest + 1)]);

    // What is sent now has numbers that nothing had.
    let sent = alice.send_text(chat, 7).await;
    assert_eq!(sent.revision, head + 1);
    assert!(given.insert(sent.sequence_number));
    let live = bob.wait_for(EventKind::MessageNew).await;
    assert_eq!(
        (live.revision(), number_of(&live)),
        (Some(head + 1), Some(7))
    );

    // History names the range, and nobody has a million unread messages.
    let query = HistoryQuery {
        conversation_id: chat,
        before_seq: None,
        after_seq: None,
        around_seq: None,
        limit: None,
    };
    let page = bob.client.history(&query).await.unwrap();
    let numbers: Vec<_> = page.messages.iter().map(|it| it.sequence_number).collect();
    assert_eq!(numbers, [sent.sequence_number, 3, 2, 1]);
    let gap = (4, sent.sequence_number - 1, "reserved".to_owned());
    assert_eq!(page.gaps, [gap]);
    let unread = bob.client.unread(PageQuery::default()).await.unwrap();
    assert_eq!(unread.unread_count, 4);
}

/// On SQLite it is the lock of the file that tells; here it is what processes say of themselves.
#[tokio::test]
async fn a_database_that_is_served_from_is_left_alone() {
    let server = ServerProcess::spawn().await;
    if server.database().is_sqlite() {
        return;
    }
    let alice = server.user("alice").await;
    let (done, said) = server.run(&["restored"]);
    assert!(
        !done && said.contains("a server runs on this database"),
        "{said}"
    );
    alice.client.me().await.unwrap();
}

#[tokio::test]
async fn nobody_is_served_until_an_interrupted_run_is_complete() {
    let mut server = ServerProcess::spawn().await;
    stop(&mut server).await;
    let nil = server.database().literal(uuid::Uuid::nil());
    let interrupted = format!("INSERT INTO restores VALUES ({nil}, 5, 1, {nil}, {nil}, NULL)");
    let silence = "DELETE FROM nodes".to_owned();
    server.database().db_execute(&[interrupted, silence]).await;
    let (started, said) = server.run(&["serve"]);
    assert!(
        !started && said.contains("run `sentinal-chat restored` again"),
        "{said}"
    );
    let (done, said) = server.run(&["restored"]);
    assert!(done && said.contains("had been interrupted"), "{said}");
    server.start().await;
}
