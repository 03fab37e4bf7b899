//! Signing in: an account's device gets a login session, which replaces its earlier ones.
//!
//! Order of locks: the user's row, login sessions, devices, heads.

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sentinal_entity::login_sessions;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::LoginSession;
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};

use crate::accounts::{NewAccount, Taken, find_me, insert_account};
use crate::connection::Transaction;
use crate::devices::{DeviceRefusal, NewDevice, register_device};
use crate::dialect::{column, sql};
use crate::entry::Committed;
use crate::login_sessions::revoke_of_device;
use crate::passwords::lock_credentials;
use crate::{Store, StoreError};

/// A login session to be made.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Its id.
    pub id: LoginSessionId,
    /// The device that signs in.
    pub device: NewDevice,
    /// Where from.
    pub ip_address: Option<String>,
    /// When its first refresh token ends.
    pub expires_at: Timestamp,
}

/// A device that has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub me: Me,
    /// The device.
    pub device_id: DeviceId,
    /// The session, as its owner lists it.
    pub session: LoginSession,
    /// Earlier sessions of the device, which this one replaces.
    pub replaced: Vec<LoginSessionId>,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// Another account has this identity.
    Taken(Taken),
    /// The account is gone or its password is another one by now.
    CredentialsChanged,
    /// The device may not.
    Device(DeviceRefusal),
}

impl Store {
    /// Makes an account and signs its first device in.
    pub async fn register(
        &self,
        account: &NewAccount,
        login: &NewLogin,
        now: Timestamp,
    ) -> Result<(Result<SignedIn, SignInRefusal>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        if let Err(taken) = insert_account(&tx, account, now).await? {
            return Ok((Err(SignInRefusal::Taken(taken)), Vec::new()));
        }
        sign_in(tx, account.id, login, now).await
    }

    /// Signs a device in after its user's password was found to match `password_hash`. Earlier
    /// sessions of the device end.
    pub async fn sign_in(
        &self,
        user_id: UserId,
        password_hash: &str,
        login: &NewLogin,
        now: Timestamp,
    ) -> Result<(Result<SignedIn, SignInRefusal>, Vec<Committed>), StoreError> {
        let tx = self.begin().await?;
        if !lock_credentials(&tx, user_id, password_hash).await? {
            return Ok((Err(SignInRefusal::CredentialsChanged), Vec::new()));
        }
        sign_in(tx, user_id, login, now).await
    }
}

async fn sign_in(
    tx: Transaction,
    user_id: UserId,
    login: &NewLogin,
    now: Timestamp,
) -> Result<(Result<SignedIn, SignInRefusal>, Vec<Committed>), StoreError> {
    let replaced = revoke_of_named(&tx, user_id, &login.device.device_id, now).await?;
    let device = match register_device(&tx, user_id, &login.device, now).await? {
        Ok(device) => device,
        Err(refusal) => return Ok((Err(SignInRefusal::Device(refusal)), Vec::new())),
    };
    let row = login_sessions::ActiveModel {
        id: Set(login.id.0),
        user_id: Set(user_id.0),
        device_id: Set(device.id.0),
        generation: Set(0),
        used_at: Set(None),
        ip_address: Set(login.ip_address.clone()),
        created_at: Set(now.0),
        last_active_at: Set(now.0),
        expires_at: Set(login.expires_at.0),
        revoked_at: Set(None),
        authenticated_at: Set(Some(now.0)),
        access_generation: Set(None),
        access_used_at: Set(None),
        presented_at: Set(None),
        presented_from: Set(None),
    };
    login_sessions::Entity::insert(row)
        .exec_without_returning(&tx)
        .await?;
    let Some(me) = find_me(&tx, user_id).await? else {
        return Ok((Err(SignInRefusal::CredentialsChanged), Vec::new()));
    };
    tx.commit().await?;
    let session = LoginSession {
        id: login.id,
        device_id: login.device.device_id.clone(),
        device_name: login.device.name.clone(),
        device_type: login.device.kind.clone(),
        ip_address: login.ip_address.clone(),
        last_active: now,
        presented_at: None,
        presented_from: None,
        created_at: now,
        is_current: false,
    };
    let signed_in = SignedIn {
        me,
        device_id: device.id,
        session,
        replaced,
    };
    Ok((Ok(signed_in), device.committed))
}

/// Ends the sessions of the device that a user's client calls so, before its row is locked.
async fn revoke_of_named(
    tx: &Transaction,
    user_id: UserId,
    name: &str,
    now: Timestamp,
) -> Result<Vec<LoginSessionId>, StoreError> {
    let text = "SELECT id FROM devices WHERE user_id = $1 AND device_id = $2";
    let values = [user_id.0.into(), name.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    match row {
        Some(row) => revoke_of_device(tx, DeviceId(column(&row, "id")?), now).await,
        None => Ok(Vec::new()),
    }
}
