//! Login sessions: refreshed, revoked, and gone by themselves.

use std::time::Duration;

use sentinal_protocol::{LoginSessionId, Timestamp};
use sentinal_store::{FirstUse, Presentation, REFRESH_GRACE, Refreshed, Store};

use crate::seed::{NOW, db_count, lives, register, sign_in};
use crate::support::on_each_database;

#[tokio::test]
async fn what_has_run_out_is_deleted_in_batches() {
    on_each_database(async |store| {
        let alice = register(&store, "alice").await;
        sign_in(&store, alice.me.id, "laptop").await.unwrap();
        let end = NOW.plus(Duration::from_hours(1));
        let tidy = async |now| store.delete_expired_logins(1, now).await.unwrap();
        assert_eq!(tidy(NOW).await, 0);
        for left in [1, 0] {
            assert_eq!(tidy(end).await, 1);
            assert_eq!(db_count(&store, "login_sessions").await, left);
        }
        assert_eq!(tidy(end).await, 0);
    })
    .await;
}

#[tokio::test]
async fn refreshes_at_once_make_one_successor() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let attempts = (0..8).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { refresh(&store, session, 0, NOW).await })
        });
        for attempt in attempts.collect::<Vec<_>>() {
            assert_eq!(attempt.await.unwrap(), Some(1));
        }
    })
    .await;
}

async fn refresh(store: &Store, id: LoginSessionId, presented: u64, now: Timestamp) -> Option<u64> {
    let presentation = Presentation {
        id,
        generation: presented,
        ip_address: "192.0.2.2",
        expires_at: now.plus(Duration::from_hours(1)),
        at: now,
    };
    match store.refresh_login(presentation).await.unwrap() {
        Refreshed::Token { generation, .. } => Some(generation),
        Refreshed::Reused(_) | Refreshed::Gone => None,
    }
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_session_for_good() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        for presented in 0..3 {
            assert_eq!(
                refresh(&store, session, presented, NOW).await,
                Some(presented + 1)
            );
        }
        assert_eq!(refresh(&store, session, 0, NOW).await, None);
        assert!(!lives(&store, session).await);
        assert_eq!(refresh(&store, session, 3, NOW).await, None);
    })
    .await;
}

/// Of the newest token only: what is noted too late, of one that was rotated meanwhile, changes nothing.
#[tokio::test]
async fn the_first_use_of_an_access_token_ends_the_time_of_the_token_before() {
    on_each_database(async |store| {
        let id = register(&store, "alice").await.session.id;
        let minute = |number: u64| NOW.plus(Duration::from_mins(number));
        let noted = async |generation, at| {
            let first = FirstUse { id, generation, at };
            store.mark_first_uses(&[first]).await.unwrap();
        };
        assert_eq!(refresh(&store, id, 0, NOW).await, Some(1));
        noted(0, minute(1)).await;
        assert_eq!(refresh(&store, id, 0, minute(30)).await, Some(1));
        noted(1, minute(30)).await;
        noted(1, minute(40)).await;
        let last_moment = minute(30).plus(REFRESH_GRACE);
        assert_eq!(refresh(&store, id, 0, last_moment).await, Some(1));
        let too_late = last_moment.plus(Duration::from_millis(1));
        assert_eq!(refresh(&store, id, 0, too_late).await, None);
        assert!(!lives(&store, id).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_with_its_refresh_token() {
    on_each_database(async |store| {
        let session = register(&store, "alice").await.session.id;
        let end = NOW.plus(Duration::from_hours(1));
        assert!(store.find_live_login(session, end).await.unwrap().is_none());
        assert_eq!(refresh(&store, session, 0, end).await, None);
    })
    .await;
}

#[tokio::test]
async fn revoking_all_other_sessions_spares_the_present_one() {
    on_each_database(async |store| {
        let phone = register(&store, "alice").await;
        let laptop = sign_in(&store, phone.me.id, "laptop").await.unwrap();
        let bob = register(&store, "bob").await;
        let stranger = store
            .revoke_login(bob.me.id, phone.session.id, NOW)
            .await
            .unwrap();
        assert!(!stranger);
        store
            .revoke_logins(phone.me.id, Some(laptop.session.id), NOW)
            .await
            .unwrap();
        assert!(!lives(&store, phone.session.id).await);
        assert!(lives(&store, laptop.session.id).await);
        assert!(lives(&store, bob.session.id).await);
    })
    .await;
}
