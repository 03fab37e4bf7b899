//! Login sessions: finding them, rotating the refresh token, ending them.
//!
//! Order of locks: the user's row, login sessions, devices, heads.

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult};
use sentinal_entity::users;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::api::auth::LoginSession;
use sentinal_protocol::{DeviceId, LoginSessionId, Timestamp, UserId};

use crate::accounts::me_from;
use crate::connection::Transaction;
use crate::dialect::{column, counter, for_update, signed, sql, unsigned};
use crate::log::lock_users;
use crate::refresh::{Rotation, RotationState};
use crate::{Store, StoreError};

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
    /// The newest refresh token of which an access token is known to have been used.
    pub access_generation: Option<u64>,
    /// Whether the account's e-mail address was proved.
    pub email_proved: bool,
}

/// A login session's refresh token is presented.
#[derive(Clone, Copy, Debug)]
pub struct Presentation<'a> {
    /// The session.
    pub id: LoginSessionId,
    /// The number of the token.
    pub generation: u64,
    /// Where from.
    pub ip_address: &'a str,
    /// When the session ends if the token is rotated.
    pub expires_at: Timestamp,
    /// The time of the presentation, by the server's clock.
    pub at: Timestamp,
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
        /// A bcrypt hash, which the device's own token is made of.
        password_hash: String,
    },
    /// The token is an old copy; its session has been revoked.
    Reused(UserId),
    /// The session is not there, has ended, or has never handed out this token.
    Gone,
}

const LIVE: &str = "SELECT s.user_id, s.device_id, s.generation, s.used_at, \
     s.access_generation, s.access_used_at, s.last_active_at, d.device_id AS device_name, \
     COALESCE(u.proved_email = u.email, FALSE) AS email_proved \
     FROM login_sessions s JOIN devices d ON d.id = s.device_id JOIN users u ON u.id = s.user_id \
     WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
     AND d.removed_at IS NULL AND NOT d.dormant";

fn live_login(row: &QueryResult) -> Result<LiveLogin, StoreError> {
    Ok(LiveLogin {
        user_id: UserId(column(row, "user_id")?),
        device_id: DeviceId(column(row, "device_id")?),
        device_name: column(row, "device_name")?,
        last_active_at: Timestamp(column(row, "last_active_at")?),
        access_generation: column::<Option<i64>>(row, "access_generation")?
            .map(unsigned)
            .transpose()?,
        email_proved: column(row, "email_proved")?,
    })
}

/// How far the refresh tokens of a session have come.
fn rotation_state(row: &QueryResult) -> Result<RotationState, StoreError> {
    let time = |name| Ok::<_, StoreError>(column::<Option<i64>>(row, name)?.map(Timestamp));
    let generation = counter(row, "generation")?;
    // What is known of an earlier one says nothing of the newest.
    let of_newest = column::<Option<i64>>(row, "access_generation")? == Some(signed(generation));
    Ok(RotationState {
        generation,
        used_at: time("used_at")?,
        newest_used_at: time("access_used_at")?.filter(|_| of_newest),
    })
}

impl Store {
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

    /// Does with a presented refresh token what [`RotationState::present`] says, and notes when and
    /// from where it was presented. A rotation prolongs the session.
    pub async fn refresh_login(
        &self,
        presented: Presentation<'_>,
    ) -> Result<Refreshed, StoreError> {
        let (id, now) = (presented.id, presented.at);
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
        let generation = match rotation_state(&row)?.present(presented.generation, now) {
            Rotation::Rotate(next) => {
                let text = "UPDATE login_sessions SET generation = $2, used_at = $3, \
                            expires_at = $4 WHERE id = $1";
                let values = [
                    id.0.into(),
                    signed(next.generation).into(),
                    next.used_at.map(Timestamp::millis).into(),
                    presented.expires_at.0.into(),
                ];
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
        let text = "UPDATE login_sessions SET presented_at = $2, presented_from = $3, \
                    last_active_at = $2, ip_address = $3 WHERE id = $1";
        let values = [id.0.into(), now.0.into(), presented.ip_address.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = "UPDATE devices SET last_seen_at = $2 WHERE id = $1";
        let values = [login.device_id.0.into(), now.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let user = users::Entity::find_by_id(login.user_id.0).one(&tx).await?;
        let Some(user) = user.filter(|user| user.deleted_at.is_none()) else {
            return Ok(Refreshed::Gone);
        };
        tx.commit().await?;
        Ok(Refreshed::Token {
            password_hash: user.password_hash.clone(),
            me: Box::new(me_from(user)),
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
                    s.last_active_at, s.presented_at, s.presented_from, s.created_at \
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
                presented_at: column::<Option<i64>>(row, "presented_at")?.map(Timestamp),
                presented_from: column(row, "presented_from")?,
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

    /// When the password was last given in a user's live login session.
    pub async fn find_authentication(
        &self,
        user_id: UserId,
        id: LoginSessionId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT COALESCE(authenticated_at, created_at) AS authenticated_at \
                    FROM login_sessions WHERE id = $1 AND user_id = $2 \
                    AND revoked_at IS NULL AND expires_at > $3";
        let values = [id.0.into(), user_id.0.into(), now.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| Ok(Timestamp(column(&row, "authenticated_at")?)))
            .transpose()
    }

    /// Notes that the password was given in a login session, also where a clock that was set back since
    /// says that this was earlier than the last time.
    pub async fn mark_authenticated(
        &self,
        id: LoginSessionId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "UPDATE login_sessions SET authenticated_at = $2 WHERE id = $1";
        let values = [id.0.into(), now.0.into()];
        tx.execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        Ok(())
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

    /// Deletes login sessions, tickets, and mailed tokens that have run out; `limit` sessions at a
    /// time. Answers how many sessions went.
    pub async fn delete_expired_logins(
        &self,
        limit: u64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        for table in ["password_reset_tokens", "email_undos", "ws_tickets"] {
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
}

/// Ends a user's sessions. The caller has locked the user's row.
pub(crate) async fn revoke_of_user(
    tx: &Transaction,
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
    tx: &Transaction,
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
