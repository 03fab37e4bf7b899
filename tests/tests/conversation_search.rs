//! Finding one's conversations again: by name, by kind.

use reqwest::Method;
use sentinal_protocol::ConversationType;
use sentinal_protocol::api::conversations::{ConversationSearchQuery, ConversationTypeQuery};
use sentinal_tests::{TestServer, TestUser, outcome, request};

#[tokio::test]
async fn conversations_are_found_by_name_and_by_kind() {
    let server = TestServer::spawn().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let eve = server.user("eve").await;
    let made = async |subject: &str| {
        let made = alice.client.create_group(subject, vec![bob.id]).await;
        made.unwrap().id
    };
    let (team, percent) = (made("The Ötzi TEAM").await, made("100% fun").await);
    let direct = alice.client.create_direct(bob.id).await.unwrap().id;
    let found = async |user: &TestUser, query: &str| {
        let query = ConversationSearchQuery {
            query: query.to_owned(),
            page: None,
            limit: None,
        };
        let found = user.client.search_conversations(&query).await.unwrap();
        let ids = found.conversations.iter().map(|it| it.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(found(&alice, "team").await, [team]);
    assert_eq!(found(&alice, "öTZ").await, [team]);
    assert_eq!(found(&alice, "%").await, [percent]);
    assert_eq!(found(&alice, "t_am").await, []);
    assert_eq!(found(&alice, "bob").await, [direct]);
    assert_eq!(found(&bob, "ALI").await, [direct]);
    assert_eq!(found(&eve, "team").await, []);
    bob.client.archive(team).await.unwrap();
    assert_eq!(found(&bob, "team").await, [team], "archived ones too");
    let kind = async |user: &TestUser, kind, archived| {
        let query = ConversationTypeQuery {
            kind,
            page: None,
            limit: Some(1),
            archived,
        };
        let found = user.client.conversations_of_type(&query).await.unwrap();
        let ids = found
            .conversations
            .iter()
            .map(|it| it.id)
            .collect::<Vec<_>>();
        (ids, found.total, found.has_more)
    };
    let dms = kind(&alice, ConversationType::Dm, None).await;
    assert_eq!(dms, (vec![direct], 1, false));
    let groups = kind(&alice, ConversationType::Group, None).await;
    assert_eq!(groups, (vec![percent], 2, true));
    let archived = kind(&bob, ConversationType::Group, Some(true)).await;
    assert_eq!(archived, (vec![team], 1, false));
    for (path, code) in [
        ("search", (422, "VALIDATION_ERROR")),
        ("search?query=", (422, "VALIDATION_ERROR")),
        ("search?query=a&limit=0", (422, "VALIDATION_ERROR")),
        ("search?query=a&page=x", (400, "BAD_REQUEST")),
        ("type", (422, "VALIDATION_ERROR")),
        ("type?type=club", (422, "VALIDATION_ERROR")),
        ("type?type=DM&page=0", (422, "VALIDATION_ERROR")),
    ] {
        let url = format!("/v1/conversations/{path}");
        let answer = outcome(request(&server, Some(&alice), Method::GET, &url)).await;
        assert_eq!(answer, (code.0, code.1.to_owned()), "{path}");
    }
}
