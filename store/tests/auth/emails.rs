//! E-mail addresses: proved once, kept for who had them before, and their owners told.

use std::time::Duration;

use sentinal_protocol::api::people::UpdateProfileRequest;
use sentinal_protocol::{Timestamp, UserId};
use sentinal_store::{EmailCode, EmailProof, NewEmail, SignInRefusal, Store, Taken, Undone};

use crate::seed::{HASH, NOW, account, db_count, lives, login, register};
use crate::support::on_each_database;

/// What stands for the hash of every code in these tests.
const CODE: &[u8] = b"the hash of a code";
const THREE_DAYS: Duration = Duration::from_hours(72);

async fn wish(store: &Store, user: UserId, email: &str) {
    let code = EmailCode {
        hash: CODE.to_vec(),
        expires_at: NOW.plus(THREE_DAYS),
    };
    let pending = NewEmail::Pending(email.to_owned(), code);
    let request = UpdateProfileRequest::default();
    let changed = store.update_profile(user, request, Some(pending), NOW);
    changed.await.unwrap().unwrap();
}

async fn prove(store: &Store, user: UserId, at: Timestamp) -> EmailProof {
    let hashes = |_: &str| vec![CODE.to_vec()];
    let proving = store.prove_email(user, hashes, at.plus(THREE_DAYS), at);
    proving.await.unwrap()
}

/// Wishes for an address and proves it.
async fn change(store: &Store, user: UserId, email: &str, at: Timestamp) {
    wish(store, user, email).await;
    let proof = prove(store, user, at).await;
    assert!(matches!(proof, EmailProof::Proved(_)), "{proof:?}");
}

#[tokio::test]
async fn an_address_that_many_prove_at_once_is_one_accounts() {
    on_each_database(async |store| {
        let mut users = Vec::new();
        for number in 0..6 {
            let user = register(&store, &format!("user{number}")).await.me.id;
            wish(&store, user, "Wanted@example.org").await;
            users.push(user);
        }
        let attempts = users.into_iter().map(|user| {
            let store = store.clone();
            tokio::spawn(async move { prove(&store, user, NOW).await })
        });
        let mut proved = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                EmailProof::Proved(change) => {
                    assert!(change.now.email_verified);
                    proved += 1;
                }
                EmailProof::Taken => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(proved, 1);
    })
    .await;
}

/// Whoever registers waits for a change that gives the address up, and finds it reserved then.
#[tokio::test]
async fn an_address_that_is_given_up_at_this_moment_is_nobody_elses() {
    on_each_database(async |store| {
        for number in 0..8 {
            let alice = register(&store, &format!("alice{number}")).await.me.id;
            let old = format!("alice{number}@example.org");
            change(&store, alice, &old, NOW).await;
            wish(&store, alice, &format!("new{number}@example.org")).await;
            let mut bob = account(&format!("bob{number}"));
            bob.email = old;
            let login = login("phone");
            let (registered, proof) =
                tokio::join!(store.register(&bob, &login, NOW), prove(&store, alice, NOW));
            assert!(matches!(proof, EmailProof::Proved(_)), "{proof:?}");
            let refusal = registered.unwrap().0.unwrap_err();
            assert_eq!(refusal, SignInRefusal::Taken(Taken::Email));
        }
    })
    .await;
}

#[tokio::test]
async fn owners_are_told_of_a_change_until_they_were() {
    on_each_database(async |store| {
        let claim = async |token: &[u8], now: Timestamp| {
            let retry_at = now.plus(Duration::from_mins(5));
            store.claim_due_undo(token, retry_at, now).await.unwrap()
        };
        let alice = register(&store, "alice").await;
        change(&store, alice.me.id, "old@example.org", NOW).await;
        assert_eq!(claim(b"none", NOW).await, None);
        change(&store, alice.me.id, "new@example.org", NOW).await;

        let first = claim(b"first", NOW).await.unwrap();
        assert_eq!(first.email, "old@example.org");
        assert_eq!(claim(b"nobody else", NOW).await, None);
        let later = NOW.plus(Duration::from_mins(5));
        let again = claim(b"second", later).await.unwrap();
        assert_eq!(again, first);
        store.mark_undo_mailed(again.id).await.unwrap();
        let much_later = NOW.plus(Duration::from_hours(71));
        assert_eq!(claim(b"third", much_later).await, None);

        // The last token is the one that was mailed.
        let find = async |token: &[u8]| store.find_email_undo(token, much_later).await.unwrap();
        assert_eq!(find(b"first").await, None);
        let found = find(b"second").await.unwrap();
        assert_eq!(
            (found.user_id, found.password_hash.as_str()),
            (alice.me.id, HASH)
        );
        let undo = async |user, token: &[u8]| store.undo_email(user, token, much_later).await;
        let bob = register(&store, "bob").await.me.id;
        assert_eq!(undo(bob, b"second").await.unwrap(), Undone::Gone);
        assert_eq!(undo(alice.me.id, b"second").await.unwrap(), Undone::Done);
        assert_eq!(undo(alice.me.id, b"second").await.unwrap(), Undone::Gone);
        assert!(!lives(&store, alice.session.id).await);
        let me = store.find_me(alice.me.id).await.unwrap().unwrap();
        assert_eq!(
            (me.email.as_str(), me.email_verified),
            ("old@example.org", true)
        );
    })
    .await;
}

#[tokio::test]
async fn what_can_be_undone_no_more_is_deleted() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await.me.id;
        change(&store, alice, "old@example.org", NOW).await;
        change(&store, alice, "new@example.org", NOW).await;
        let end = NOW.plus(THREE_DAYS);
        let before = end.minus(Duration::from_millis(1));
        for (now, left) in [(before, 1), (end, 0)] {
            store.delete_expired_logins(10, now).await.unwrap();
            assert_eq!(db_count(&store, "email_undos").await, left);
        }
    })
    .await;
}
