//! Identities: one account each.

use sentinal_store::{SignInRefusal, Taken};

use crate::seed::{NOW, account, login};
use crate::support::on_each_database;

#[tokio::test]
async fn identities_are_unique_without_case_and_say_which_is_taken() {
    on_each_database(async |store| {
        let mut first = account("Ährenfeld");
        first.username = "john.doe".to_owned();
        first.phone_number = Some("+4912345".to_owned());
        store
            .register(&first, &login("phone"), NOW)
            .await
            .unwrap()
            .0
            .unwrap();
        for (email, username, phone, taken) in [
            (
                "äHRENFELD@example.com",
                "john.doe",
                Some("4912345"),
                Taken::Email,
            ),
            (
                "other@example.com",
                "JOHN.DOE",
                Some("+4912345"),
                Taken::Username,
            ),
            ("other@example.com", "other", Some("4912345"), Taken::Phone),
        ] {
            let mut second = account("second");
            second.email = email.to_owned();
            second.username = username.to_owned();
            second.phone_number = phone.map(str::to_owned);
            let (outcome, _) = store.register(&second, &login("phone"), NOW).await.unwrap();
            assert_eq!(outcome.unwrap_err(), SignInRefusal::Taken(taken));
        }
        for identity in ["ÄHRENFELD@EXAMPLE.COM", "John.Doe", "+4912345", "4912345"] {
            let found = store.list_credentials(identity).await.unwrap();
            assert_eq!(found.len(), 1, "{identity}");
            assert_eq!(found[0].user_id, first.id);
        }
    })
    .await;
}

#[tokio::test]
async fn of_twenty_registrations_at_once_one_gets_the_name() {
    on_each_database(async |store| {
        let attempts = (0..20).map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut account = account("alice");
                account.email = format!("{n}@example.com");
                store
                    .register(&account, &login("phone"), NOW)
                    .await
                    .unwrap()
                    .0
            })
        });
        let mut winners = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                Ok(_) => winners += 1,
                Err(refusal) => assert_eq!(refusal, SignInRefusal::Taken(Taken::Username)),
            }
        }
        assert_eq!(winners, 1);
    })
    .await;
}

/// Whoever erases goes round the accounts that are gone, so that none waits for another's end.
#[tokio::test]
async fn accounts_that_are_gone_are_erased_by_turns() {
    on_each_database(async |store| {
        let mut gone = Vec::new();
        for name in ["one", "two", "three"] {
            let new = account(name);
            let registered = store.register(&new, &login("phone"), NOW).await.unwrap();
            registered.0.unwrap();
            store.begin_erasure(new.id, NOW).await.unwrap();
            gone.push(new.id);
        }
        gone.sort_unstable();
        let mut turns = Vec::new();
        let mut last = None;
        for _ in 0..6 {
            last = store.find_erasure(last, NOW).await.unwrap();
            turns.extend(last);
        }
        assert_eq!(turns, [gone.clone(), gone].concat());
    })
    .await;
}
