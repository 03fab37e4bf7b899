//! How far a message has got, as its sender may know it.

use sentinal_client::ClientError;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::AddParticipantRequest;
use sentinal_tests::TestServer;

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Option<ErrorCode> {
    outcome.unwrap_err().code()
}

#[tokio::test]
async fn the_sender_sees_who_has_got_and_read_a_message() {
    let server = TestServer::spawn().await;
    let ([alice, bob, carol], chat) = server.group_chat(["alice", "bob", "carol"]).await;
    let dave = server.user("dave").await;
    let sent = alice.send_text(chat, 1).await;
    let request = AddParticipantRequest {
        user_id: dave.id,
        role: None,
    };
    alice.client.add_participant(chat, &request).await.unwrap();
    bob.client.mark_read(sent.id).await.unwrap();
    carol.client.mark_delivered(sent.id).await.unwrap();
    let all = PageQuery::default();
    let receipts = alice.client.receipts(sent.id, all).await.unwrap();
    assert_eq!(
        (receipts.total, receipts.has_more),
        (2, false),
        "Dave came later"
    );
    for receipt in receipts.receipts {
        let read = receipt.user_id == bob.id;
        assert_eq!((receipt.delivered, receipt.read), (true, Some(read)));
    }
    let first = PageQuery {
        page: Some(1),
        limit: Some(1),
    };
    let receipts = alice.client.receipts(sent.id, first).await.unwrap();
    assert_eq!((receipts.receipts.len(), receipts.has_more), (1, true));
    let by_other = bob.client.receipts(sent.id, all).await;
    assert_eq!(code(by_other), Some(ErrorCode::Forbidden));
    let eve = server.user("eve").await;
    let by_stranger = eve.client.receipts(sent.id, all).await;
    assert_eq!(code(by_stranger), Some(ErrorCode::NotFound));
    let unsigned = server.stranger().receipts(sent.id, all).await;
    assert_eq!(code(unsigned), Some(ErrorCode::Unauthorized));
    let bad = PageQuery {
        page: Some(0),
        limit: None,
    };
    let bad = alice.client.receipts(sent.id, bad).await;
    assert_eq!(code(bad), Some(ErrorCode::Validation));
}

#[tokio::test]
async fn what_was_sent_past_a_block_reaches_nobody() {
    let server = TestServer::spawn().await;
    let (alice, bob, chat) = server.direct_chat("alice", "bob").await;
    bob.client.block(alice.id).await.unwrap();
    let sent = alice.send_text(chat, 1).await;
    bob.client.read_up_to(chat, 1).await.unwrap();
    let receipts = alice.client.receipts(sent.id, PageQuery::default()).await;
    let receipt = receipts.unwrap().receipts[0];
    assert_eq!((receipt.delivered, receipt.read), (false, Some(false)));
}
