//! A device of somebody in very many conversations comes and goes: their rosters follow in rounds, beside
//! what everybody else does, and whatever becomes of the server meanwhile.

use std::time::{Duration, Instant};

use sentinal_client::Client;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_tests::{
    ServerProcess, TestDatabase, TestServer, TestUser, patiently, until, until_within,
};
use uuid::Uuid;

/// Conversations in which nobody says anything.
const GROUPS: u32 = 1_000;
/// Enough for a server to be killed before the last round.
const GROUPS_OF_A_KILL: u32 = 2_000;
/// What the rounds of all of them may take, on a machine on which others work, too.
const ROUNDS_WITHIN: Duration = Duration::from_mins(1);
/// What a neighbour's send may take meanwhile: some rounds, on a machine on which others work, too.
const NEIGHBOUR_WITHIN: Duration = Duration::from_secs(2);

/// Puts somebody into so many groups, alone.
async fn db_add_groups(database: &TestDatabase, user: &TestUser, groups: u32) {
    let user = database.literal(user.id.0);
    let id = if database.is_sqlite() {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    database
        .db_execute(&[
            format!(
                "INSERT INTO conversations (id, type, subject, created_at, updated_at) \
                 WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {groups}) \
                 SELECT {id}, 'GROUP', 'many', 1, 1 FROM n"
            ),
            "INSERT INTO conversation_heads (conversation_id, revision, roster_version) \
             SELECT id, 7, 3 FROM conversations WHERE subject = 'many'"
                .to_owned(),
            format!(
                "INSERT INTO participants (conversation_id, user_id, role, joined_at, \
                 joined_revision, joined_sequence) SELECT id, {user}, 'owner', 1, 1, 0 \
                 FROM conversations WHERE subject = 'many'"
            ),
        ])
        .await;
}

async fn all_groups(client: &Client) -> Vec<Conversation> {
    let mut groups = Vec::new();
    for page in 1.. {
        let page = PageQuery {
            page: Some(page),
            limit: Some(100),
        };
        let listed = client.conversations(page).await.unwrap().conversations;
        if listed.is_empty() {
            break;
        }
        groups.extend(listed);
    }
    groups
}

/// The places of all groups when each of them was told so much.
fn told_each(groups: &[Conversation], changes: u64) -> bool {
    let mut places = groups.iter().map(|it| (it.revision, it.roster_version));
    places.all(|place| place == (7 + changes, 3 + changes))
}

#[tokio::test]
async fn rosters_follow_a_device_beside_what_others_send() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let (bob, _carol, chat) = server.direct_chat("bob", "carol").await;
    db_add_groups(server.database(), &alice, GROUPS).await;
    let request = bob.message(chat, 1).await;
    let tablet = alice.another_device_without_keys("tablet").await;

    let (done, mut finished) = tokio::sync::oneshot::channel();
    let changes = async {
        tablet.set_up_keys().await;
        let devices = alice.client.devices().await.unwrap();
        let device = devices.iter().find(|it| it.device_id == "tablet").unwrap();
        alice.client.remove_device(device.id).await.unwrap();
        let store = &server.app().live.node.store;
        until("the last round", async || {
            let pending = store.has_pending_rosters(alice.id).await.unwrap();
            (!pending).then_some(())
        })
        .await;
        done.send(()).unwrap();
    };
    let neighbour = async {
        let mut slowest = Duration::ZERO;
        while finished.try_recv().is_err() {
            let since = Instant::now();
            let mut request = request.clone();
            request.client_message_id = Some(Uuid::now_v7().to_string());
            bob.client.send_message(&request).await.unwrap();
            slowest = slowest.max(since.elapsed());
        }
        slowest
    };
    let both = Box::pin(async { tokio::join!(changes, neighbour) });
    let ((), slowest) = patiently("rounds and sends", both).await;
    assert!(slowest < NEIGHBOUR_WITHIN, "{slowest:?}");
    let groups = all_groups(&alice.client).await;
    assert_eq!(groups.len(), GROUPS as usize);
    // Where both rounds came together there was nothing to tell.
    for group in &groups {
        assert_eq!(group.revision - 7, group.roster_version - 3);
        let listed = alice.client.participants(group.id).await.unwrap();
        assert_eq!(listed.participants[0].device_ids, ["alice-phone"]);
    }
}

/// Who asks is answered when the last roster has followed, if that does not take too long.
#[tokio::test]
async fn an_answer_comes_behind_the_last_round() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    db_add_groups(server.database(), &alice, 120).await;
    alice.another_device("tablet").await;
    assert!(told_each(&all_groups(&alice.client).await, 1));
    let devices = alice.client.devices().await.unwrap();
    let device = devices.iter().find(|it| it.device_id == "tablet").unwrap();
    alice.client.remove_device(device.id).await.unwrap();
    assert!(told_each(&all_groups(&alice.client).await, 2));
}

#[tokio::test]
async fn a_kill_between_rounds_leaves_the_rest_to_the_next_process() {
    let mut server = ServerProcess::spawn().await;
    let alice = server.user("alice").await;
    db_add_groups(server.database(), &alice, GROUPS_OF_A_KILL).await;
    let mut ids: Vec<ConversationId> = Vec::new();
    ids.extend(all_groups(&alice.client).await.iter().map(|it| it.id));
    ids.sort_unstable();
    let (first, last) = (ids[0], *ids.last().unwrap());
    let tablet = alice.another_device_without_keys("tablet").await;
    let version = async |id| {
        let found = alice.client.conversation(id).await.unwrap();
        found.roster_version
    };
    let setting_up = tokio::spawn(async move { tablet.set_up_keys().await });
    until("the first round", async || {
        (version(first).await == 4).then_some(())
    })
    .await;
    server.kill();
    // Answered or not.
    let _ = setting_up.await;
    let rows = server.database().all_rows().await;
    assert!(rows.iter().any(|row| row.table == "roster_pending"));
    server.start().await;
    let followed = until_within(ROUNDS_WITHIN, async || {
        (version(last).await == 4).then_some(())
    });
    followed.await.expect("the last round");
    assert!(told_each(&all_groups(&alice.client).await, 1));
}
