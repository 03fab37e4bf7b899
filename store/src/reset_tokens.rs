//! Mailed password-reset tokens: stored hashed, good once.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{Timestamp, UserId};

use crate::accounts::{fold, fold_phone};
use crate::dialect::{column, sql};
use crate::log::lock_users;
use crate::passwords::set_password;
use crate::{Store, StoreError};

impl Store {
    /// Stores the hash of a new token. Earlier ones stay good, or anybody could void the mail that
    /// the user is waiting for; the user's expired ones go.
    pub async fn insert_reset_token(
        &self,
        user_id: UserId,
        token_hash: &[u8],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let text = "DELETE FROM password_reset_tokens WHERE user_id = $1 AND expires_at <= $2";
        let values = [user_id.0.into(), now.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        let text = "INSERT INTO password_reset_tokens (token_hash, user_id, expires_at) \
                    VALUES ($1, $2, $3)";
        let values = [token_hash.into(), user_id.0.into(), expires_at.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whose token this is, if it is good for the account that `identity` means.
    pub async fn find_reset_token(
        &self,
        identity: &str,
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        let identity = fold(identity.trim());
        let text = "SELECT u.id FROM password_reset_tokens t JOIN users u ON u.id = t.user_id \
                    WHERE t.token_hash = $1 AND t.expires_at > $2 AND u.deleted_at IS NULL \
                    AND (u.email_key = $3 OR u.username_key = $3 OR u.phone_key = $4)";
        let values = [
            token_hash.into(),
            now.0.into(),
            identity.as_str().into(),
            fold_phone(&identity).into(),
        ];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| Ok(UserId(column(&row, "id")?))).transpose()
    }

    /// Uses a token up: the password becomes the new one and all sessions end. False if the token
    /// is not good any more.
    pub async fn claim_reset_token(
        &self,
        user_id: UserId,
        token_hash: &[u8],
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if lock_users(&tx, vec![user_id.0]).await?.is_empty() {
            return Ok(false);
        }
        let text = "DELETE FROM password_reset_tokens \
                    WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3";
        let values = [token_hash.into(), user_id.0.into(), now.0.into()];
        let deleted = tx
            .execute_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        if deleted.rows_affected() == 0 {
            return Ok(false);
        }
        set_password(&tx, user_id, password_hash, None, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}
