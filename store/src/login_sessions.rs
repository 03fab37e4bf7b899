//! Login sessions: signing in, rotating the refresh token, ending.
//!
//! Order of locks: the user's row, login sessions, devices, heads.

use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryResult, Set};
use sentinal_entity::login_sessions;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::LoginSession;
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};

use crate::accounts::{find_me, insert_account};
use crate::devices::register_device;
use crate::dialect::{column, counter, for_update, signed, sql};
use crate::log::lock_users;
use crate::{
    Committed, DeviceRefusal, NewAccount, NewDevice, Rotation, RotationState, Store, StoreError,
    Taken,
};

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

/// Whom a login session belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveLogin {
    /// The account.
    pub user_id: UserId,
    /// The device.
    pub device_id: DeviceId,
    /// The client's own string for the device.
    pub device_name: String,
    /// When it is known to have been used last.
    pub last_active_at: Timestamp,
}

/// What became of a presented refresh token.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The session goes on with the token of this number.
    Token {
        /// The account.
        me: Box<Me>,
        /// The session's device.
        login: LiveLogin,
        /// The number of the token to answer.
        generation: u64,
    },
    /// The token is an old copy; its session has been revoked.
    Reused(UserId),
    /// The session is not there, has ended, or has never handed out this token.
    Gone,
}

const LIVE: &str = "SELECT s.user_id, s.device_id, s.generation, s.used_at, \
     s.last_active_at, d.device_id AS device_name \
     FROM login_sessions s JOIN devices d ON d.id = s.device_id \
     WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
     AND d.removed_at IS NULL AND NOT d.dormant";

fn live_login(row: &QueryResult) -> Result<LiveLogin, StoreError> {
    Ok(LiveLogin {
        user_id: UserId(column(row, "user_id")?),
        device_id: DeviceId(column(row, "device_id")?),
        device_name: column(row, "device_name")?,
        last_active_at: Timestamp(column(row, "last_active_at")?),
    })
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

    /// Whom a login session belongs to, if it has not ended and its device is active.
    pub async fn find_live_login(
        &self,
        id: LoginSessionId,
        now: Timestamp,
    ) -> Result<Option<LiveLogin>, StoreError> {
        let values = [id.0.into(), now.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), LIVE, values))
            .await?;
        row.as_ref().map(live_login).transpose()
    }

    /// Does with the refresh token numbered `presented` what [`RotationState::present`] says. A
    /// rotation prolongs the session to `expires_at`.
    pub async fn refresh_login(
        &self,
        id: LoginSessionId,
        presented: u64,
        ip_address: Option<&str>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let lock = for_update(backend);
        let of = if lock.is_empty() { "" } else { " OF s" };
        let values = [id.0.into(), now.0.into()];
        let row = tx
            .query_one_raw(sql(backend, format!("{LIVE}{lock}{of}"), values))
            .await?;
        let Some(row) = row else {
            return Ok(Refreshed::Gone);
        };
        let login = live_login(&row)?;
        let state = RotationState {
            generation: counter(&row, "generation")?,
            used_at: column::<Option<i64>>(&row, "used_at")?.map(Timestamp),
        };
        let generation = match state.present(presented, now) {
            Rotation::Rotate(next) => {
                let text = "UPDATE login_sessions SET generation = $2, used_at = $3, \
                            last_active_at = $4, expires_at = $5, \
                            ip_address = COALESCE($6, ip_address) WHERE id = $1";
                let values = [
                    id.0.into(),
                    signed(next.generation).into(),
                    next.used_at.map(Timestamp::millis).into(),
                    now.0.into(),
                    expires_at.0.into(),
                    ip_address.into(),
                ];
                tx.execute_raw(sql(backend, text, values)).await?;
                let text = "UPDATE devices SET last_seen_at = $2 WHERE id = $1";
                let values = [login.device_id.0.into(), now.0.into()];
                tx.execute_raw(sql(backend, text, values)).await?;
                next.generation
            }
            Rotation::SameSuccessor(generation) => generation,
            Rotation::Reused => {
                let text = "UPDATE login_sessions SET revoked_at = $2 WHERE id = $1";
                let values = [id.0.into(), now.0.into()];
                tx.execute_raw(sql(backend, text, values)).await?;
                tx.commit().await?;
                return Ok(Refreshed::Reused(login.user_id));
            }
            Rotation::Unknown => return Ok(Refreshed::Gone),
        };
        let Some(me) = find_me(&tx, login.user_id).await? else {
            return Ok(Refreshed::Gone);
        };
        tx.commit().await?;
        Ok(Refreshed::Token {
            me: Box::new(me),
            login,
            generation,
        })
    }

    /// A user's live login sessions, newest first; `current` is marked. As many as there are
    /// devices, because a device has one.
    pub async fn list_login_sessions(
        &self,
        user_id: UserId,
        current: LoginSessionId,
        now: Timestamp,
    ) -> Result<Vec<LoginSession>, StoreError> {
        let text = "SELECT s.id, d.device_id, d.name, d.device_type, s.ip_address, \
                    s.last_active_at, s.created_at \
                    FROM login_sessions s JOIN devices d ON d.id = s.device_id \
                    WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
                    AND d.removed_at IS NULL AND NOT d.dormant \
                    ORDER BY s.created_at DESC, s.id DESC";
        let values = [user_id.0.into(), now.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        let mut sessions = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = LoginSessionId(column(row, "id")?);
            sessions.push(LoginSession {
                id,
                device_id: column(row, "device_id")?,
                device_name: column(row, "name")?,
                device_type: column(row, "device_type")?,
                ip_address: column(row, "ip_address")?,
                last_active: Timestamp(column(row, "last_active_at")?),
                created_at: Timestamp(column(row, "created_at")?),
                is_current: id == current,
            });
        }
        Ok(sessions)
    }

    /// A user's devices that are logged in.
    pub async fn list_logged_in_devices(
        &self,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<Vec<DeviceId>, StoreError> {
        let text = "SELECT s.device_id FROM login_sessions s JOIN devices d ON d.id = s.device_id \
                    WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
                    AND d.removed_at IS NULL AND NOT d.dormant";
        let values = [user_id.0.into(), now.0.into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter()
            .map(|row| Ok(DeviceId(column(row, "device_id")?)))
            .collect()
    }

    /// Ends one of a user's login sessions; false if they have no such live one.
    pub async fn revoke_login(
        &self,
        user_id: UserId,
        id: LoginSessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let text = "UPDATE login_sessions SET revoked_at = $3 WHERE id = $1 AND user_id = $2 \
                    AND revoked_at IS NULL AND expires_at > $3";
        let values = [id.0.into(), user_id.0.into(), now.0.into()];
        let done = tx
            .execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends all of a user's login sessions but `except`.
    pub async fn revoke_logins(
        &self,
        user_id: UserId,
        except: Option<LoginSessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        lock_users(&tx, vec![user_id.0]).await?;
        revoke_of_user(&tx, user_id, except, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes login sessions, reset tokens and tickets that have run out; `limit` sessions at a
    /// time. Answers how many sessions went.
    pub async fn delete_expired_logins(
        &self,
        limit: u64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        for table in ["password_reset_tokens", "ws_tickets"] {
            let text = format!("DELETE FROM {table} WHERE expires_at <= $1");
            tx.execute_raw(sql(backend, text, [now.0.into()])).await?;
        }
        let text = format!(
            "DELETE FROM login_sessions WHERE id IN \
             (SELECT id FROM login_sessions WHERE expires_at <= $1 LIMIT {limit})"
        );
        let deleted = tx.execute_raw(sql(backend, text, [now.0.into()])).await?;
        tx.commit().await?;
        Ok(deleted.rows_affected())
    }

    /// Replaces a password that was found to match `old_hash`, and ends all sessions but `except`.
    /// False if the password is another one by now.
    pub async fn change_password(
        &self,
        user_id: UserId,
        old_hash: &str,
        new_hash: &str,
        except: LoginSessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if !lock_credentials(&tx, user_id, old_hash).await? {
            return Ok(false);
        }
        set_password(&tx, user_id, new_hash, Some(except), now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Locks a user's row; false if the user is gone or has another password by now.
async fn lock_credentials(
    tx: &DatabaseTransaction,
    user_id: UserId,
    password_hash: &str,
) -> Result<bool, StoreError> {
    let backend = tx.get_database_backend();
    let text = format!(
        "SELECT password_hash FROM users WHERE id = $1 AND deleted_at IS NULL{}",
        for_update(backend)
    );
    let row = tx
        .query_one_raw(sql(backend, text, [user_id.0.into()]))
        .await?;
    match row {
        Some(row) => Ok(column::<String>(&row, "password_hash")? == password_hash),
        None => Ok(false),
    }
}

/// Stores a new password; sessions and mailed tokens of the old one end. The caller has locked the
/// user's row.
pub(crate) async fn set_password(
    tx: &DatabaseTransaction,
    user_id: UserId,
    password_hash: &str,
    except: Option<LoginSessionId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    let text = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1";
    let values = [user_id.0.into(), password_hash.into(), now.0.into()];
    tx.execute_raw(sql(backend, text, values)).await?;
    let text = "DELETE FROM password_reset_tokens WHERE user_id = $1";
    tx.execute_raw(sql(backend, text, [user_id.0.into()]))
        .await?;
    revoke_of_user(tx, user_id, except, now).await
}

/// Ends a user's sessions. The caller has locked the user's row.
async fn revoke_of_user(
    tx: &DatabaseTransaction,
    user_id: UserId,
    except: Option<LoginSessionId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE login_sessions SET revoked_at = $2 \
                WHERE user_id = $1 AND revoked_at IS NULL AND id <> $3";
    let except = except.map_or_else(uuid::Uuid::nil, |id| id.0);
    let values = [user_id.0.into(), now.0.into(), except.into()];
    tx.execute_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Ends a device's sessions and answers which. The caller has locked the user's row.
pub(crate) async fn revoke_of_device(
    tx: &DatabaseTransaction,
    device_id: DeviceId,
    now: Timestamp,
) -> Result<Vec<LoginSessionId>, StoreError> {
    let text = "UPDATE login_sessions SET revoked_at = $2 \
                WHERE device_id = $1 AND revoked_at IS NULL RETURNING id";
    let values = [device_id.0.into(), now.0.into()];
    let rows = tx
        .query_all_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    rows.iter()
        .map(|row| Ok(LoginSessionId(column(row, "id")?)))
        .collect()
}

async fn sign_in(
    tx: DatabaseTransaction,
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
    tx: &DatabaseTransaction,
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
