//! Passwords: only their hashes are stored, and what the old one opened ends with it.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{LoginSessionId, Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, for_update, sql};
use crate::login_sessions::revoke_of_user;
use crate::{Store, StoreError};

impl Store {
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
pub(crate) async fn lock_credentials(
    tx: &Transaction,
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
    tx: &Transaction,
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
