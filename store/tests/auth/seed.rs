//! Accounts and logins to begin with.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};
use sentinal_store::{NewAccount, NewDevice, NewLogin, SignInRefusal, SignedIn, Store};

use crate::support::past_the_store;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);
pub(crate) const HASH: &str = "$2b$04$not-a-real-hash";

pub(crate) fn account(name: &str) -> NewAccount {
    NewAccount {
        id: UserId::new(NOW),
        email: format!("{name}@Example.com"),
        username: name.to_owned(),
        phone_number: None,
        display_name: name.to_owned(),
        password_hash: HASH.to_owned(),
        email_code: None,
    }
}

pub(crate) fn login(device: &str) -> NewLogin {
    NewLogin {
        id: LoginSessionId::new(NOW),
        device: NewDevice {
            id: DeviceId::new(NOW),
            device_id: device.to_owned(),
            name: Some("Phone".to_owned()),
            kind: None,
        },
        ip_address: Some("192.0.2.1".to_owned()),
        expires_at: NOW.plus(Duration::from_hours(1)),
    }
}

pub(crate) async fn register(store: &Store, name: &str) -> SignedIn {
    let (outcome, _) = store
        .register(&account(name), &login("phone"), NOW)
        .await
        .unwrap();
    outcome.unwrap()
}

pub(crate) async fn sign_in(
    store: &Store,
    user_id: UserId,
    device: &str,
) -> Result<SignedIn, SignInRefusal> {
    store
        .sign_in(user_id, HASH, &login(device), NOW)
        .await
        .unwrap()
        .0
}

pub(crate) async fn lives(store: &Store, session: LoginSessionId) -> bool {
    store.find_live_login(session, NOW).await.unwrap().is_some()
}

pub(crate) async fn db_count(store: &Store, table: &str) -> i64 {
    let connection = past_the_store(store);
    let text = format!("SELECT COUNT(*) AS n FROM {table}");
    let statement = Statement::from_string(connection.get_database_backend(), text);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}
