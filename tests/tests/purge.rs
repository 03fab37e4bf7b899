//! What is left of a deleted group goes, once every device has heard of the end, or after 90 days.

use std::time::Duration;

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::polls::NewPoll;
use sentinal_protocol::{Clock, ConversationId, MessageType, Timestamp};
use sentinal_tests::{TestServer, TestUser, until};

const DAY: Duration = Duration::from_hours(24);

/// Tables with a row that names the group.
async fn tables_naming(server: &TestServer, chat: ConversationId) -> Vec<String> {
    let forms = [chat.0.to_string(), chat.0.simple().to_string()];
    let rows = server.database().all_rows().await;
    let naming = rows
        .into_iter()
        .filter(|row| forms.iter().any(|form| row.text.contains(form.as_str())));
    let mut tables: Vec<String> = naming.map(|row| row.table).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// All the rounds that there are to do.
async fn tidy(server: &TestServer) {
    while server
        .app()
        .conversations
        .tidy_conversations()
        .await
        .unwrap()
    {}
}

/// A group with a row in every table that may have one, of whose end no device has heard yet. Carol
/// has left it before.
async fn deleted_group() -> (TestServer, Clock, [TestUser; 3], ConversationId) {
    // 2027-01-15.
    let clock = Clock::manual(Timestamp(1_800_000_000_000));
    let server = TestServer::spawn_at(clock.clone(), &[]).await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    // Who joins a group after its end has nothing to hear of it.
    clock.advance(Duration::from_secs(1));
    let message = alice.send_text(chat, 1).await.id;
    let mut poll = alice.message(chat, 2).await;
    poll.message_type = Some(MessageType::Poll);
    poll.poll = Some(NewPoll {
        options: 2,
        multiple: false,
        closes_at: None,
    });
    let poll = alice.client.send_message(&poll).await.unwrap().data.id;
    bob.client.vote(poll, &[0]).await.unwrap();
    bob.client.add_reaction(message, "+").await.unwrap();
    bob.client.star_message(message).await.unwrap();
    bob.client.pin_message(message).await.unwrap();
    bob.client.hide_message(poll).await.unwrap();
    bob.client.reserve_sequence(chat).await.unwrap();
    carol.client.leave(chat).await.unwrap();
    alice.client.delete_conversation(chat).await.unwrap();
    (server, clock, [alice, bob, carol], chat)
}

/// Connects, hears of everything and acknowledges it.
async fn hear(user: &mut TestUser) {
    user.connect().await;
    user.messages_until_synced().await;
    user.disconnect().await;
}

#[tokio::test]
async fn a_deleted_group_goes_once_every_device_has_heard_of_it() {
    let (server, _clock, [mut alice, mut bob, mut carol], chat) = deleted_group().await;
    let before = tables_naming(&server, chat).await;
    for table in ["conversations", "messages", "poll_votes", "stars", "pins"] {
        assert!(before.iter().any(|it| it == table), "{table}: {before:?}");
    }
    hear(&mut alice).await;
    hear(&mut carol).await;
    tidy(&server).await;
    let mut after = tables_naming(&server, chat).await;
    // How far the others are may have been written meanwhile.
    after.retain(|table| before.contains(table));
    assert_eq!(after, before, "Bob may come");

    hear(&mut bob).await;
    // What was acknowledged is written a moment later.
    until("nothing is left of the group", async || {
        tidy(&server).await;
        let left = tables_naming(&server, chat).await;
        left.is_empty().then_some(())
    })
    .await;
    let own = bob.client.conversations(PageQuery::default());
    let own = own.await.unwrap();
    assert_eq!(own.total, 0);
    bob.connect().await;
    assert_eq!(bob.messages_until_synced().await, Vec::<u64>::new());
}

#[tokio::test]
async fn a_deleted_group_goes_after_ninety_days_whoever_has_not_heard_of_it() {
    let (server, clock, [_, bob, _], chat) = deleted_group().await;
    let other = bob.client.create_group("other", Vec::new()).await.unwrap();
    let before = tables_naming(&server, chat).await;
    clock.advance(89 * DAY + Duration::from_hours(23));
    tidy(&server).await;
    assert_eq!(tables_naming(&server, chat).await, before);
    clock.advance(Duration::from_hours(1));
    tidy(&server).await;
    assert_eq!(tables_naming(&server, chat).await, Vec::<String>::new());
    let others = tables_naming(&server, other.id).await;
    assert!(others.iter().any(|it| it == "conversations"), "{others:?}");
}
