//! What is good for one use: tokens of password resets, tickets of sockets.

use std::time::Duration;

use sentinal_store::SignInRefusal;

use crate::seed::{NOW, lives, register, sign_in};
use crate::support::on_each_database;

#[tokio::test]
async fn a_reset_token_works_once_for_its_own_account_and_ends_all_sessions() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        register(&store, "bob").await;
        let soon = NOW.plus(Duration::from_mins(30));
        for token in [b"one", b"two"] {
            store
                .insert_reset_token(alice.me.id, token, soon, NOW)
                .await
                .unwrap();
        }
        let find = async |who: &str, token: &[u8], at| {
            store.find_reset_token(who, token, at).await.unwrap()
        };
        assert_eq!(find("bob", b"one", NOW).await, None);
        assert_eq!(find("alice", b"one", soon).await, None);
        assert_eq!(
            find("ALICE@example.com", b"one", NOW).await,
            Some(alice.me.id)
        );
        let claim = async |token: &[u8]| {
            store
                .claim_reset_token(alice.me.id, token, "new", NOW)
                .await
                .unwrap()
        };
        assert!(claim(b"one").await);
        assert!(!claim(b"one").await);
        assert!(!claim(b"two").await, "the other mail is void as well");
        assert!(!lives(&store, alice.session.id).await);
        assert_eq!(
            sign_in(&store, alice.me.id, "phone").await.unwrap_err(),
            SignInRefusal::CredentialsChanged
        );
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_claimed_once_and_in_time() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let soon = NOW.plus(Duration::from_secs(30));
        store
            .insert_ticket(b"late", session, soon, NOW)
            .await
            .unwrap();
        assert_eq!(store.claim_ticket(b"late", soon).await.unwrap(), None);
        store
            .insert_ticket(b"good", session, soon, NOW)
            .await
            .unwrap();
        assert_eq!(
            store.claim_ticket(b"good", NOW).await.unwrap(),
            Some(session)
        );
        assert_eq!(store.claim_ticket(b"good", NOW).await.unwrap(), None);
    })
    .await;
}
