//! Changes of proved e-mail addresses that can be undone: by whoever gets the mail that is sent to the
//! address from before, and knows the password from before.
//!
//! Whoever has taken an account over changes its address first, so that its owner can no longer reset
//! the password. For three days the old address stays the account's as well: nobody else gets it, and
//! the owner takes both back, address and password. A token is made only when its mail leaves, so the
//! database never holds one, and a mail that failed is sent again with another.

use std::fmt;

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use sentinal_entity::{email_undos, users};
use sentinal_protocol::ids::new_uuid;
use sentinal_protocol::{Timestamp, UserId};
use uuid::Uuid;

use crate::account_row::{lock_row, save, set_proved};
use crate::accounts::raise_account_revision;
use crate::connection::Transaction;
use crate::dialect::{column, for_update, sql};
use crate::passwords::set_password;
use crate::{Store, StoreError};

/// Changes of one account that can be undone at once; a further one has to wait.
pub const EMAIL_UNDOS_MAX: u64 = 5;

/// A change that can be undone.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailUndo {
    /// The account.
    pub user_id: UserId,
    /// A bcrypt hash of the password from before the change.
    pub password_hash: String,
}

impl fmt::Debug for EmailUndo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailUndo")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// A change of which the owner of the address from before is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueUndo {
    /// The change.
    pub id: Uuid,
    /// The address from before.
    pub email: String,
}

/// What became of undoing a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Address and password are those from before; all login sessions have ended.
    Done,
    /// It cannot be undone any more.
    Gone,
    /// Another account has the address, which only a program that knows no undoing has let happen.
    Taken,
}

impl Store {
    /// The change that a mailed token undoes.
    pub async fn find_email_undo(
        &self,
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<EmailUndo>, StoreError> {
        let text = "SELECT user_id, password_hash FROM email_undos \
                    WHERE token_hash = $1 AND expires_at > $2";
        let values = [token_hash.into(), now.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| {
            Ok(EmailUndo {
                user_id: UserId(column(&row, "user_id")?),
                password_hash: column(&row, "password_hash")?,
            })
        })
        .transpose()
    }

    /// Undoes a change: the account has address and password from before it, all its login sessions
    /// end, and so does every token that was mailed since, and the undoing of every later change.
    pub async fn undo_email(
        &self,
        user_id: UserId,
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<Undone, StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let Some(mut account) = lock_row(&tx, user_id).await? else {
            return Ok(Undone::Gone);
        };
        let text = "SELECT email, password_hash, created_at FROM email_undos \
                    WHERE token_hash = $1 AND user_id = $2 AND expires_at > $3";
        let values = [token_hash.into(), user_id.0.into(), now.0.into()];
        let Some(row) = tx.query_one_raw(sql(backend, text, values)).await? else {
            return Ok(Undone::Gone);
        };
        set_proved(&mut account, column(&row, "email")?, now);
        if save(&tx, &account).await?.is_err() {
            return Ok(Undone::Taken);
        }
        let password_hash: String = column(&row, "password_hash")?;
        set_password(&tx, user_id, &password_hash, None, now).await?;
        let text = "DELETE FROM email_undos WHERE user_id = $1 AND created_at >= $2";
        let values = [user_id.0.into(), column::<i64>(&row, "created_at")?.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(Undone::Done)
    }

    /// Takes a change whose mail is due, and gives it a token; the mail is due again at `retry_at`
    /// unless [`Store::mark_undo_mailed`] comes first. Two nodes never take the same one.
    pub async fn claim_due_undo(
        &self,
        token_hash: &[u8],
        retry_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<DueUndo>, StoreError> {
        let due = "SELECT id, email FROM email_undos \
                   WHERE mail_due_at <= $1 AND expires_at > $1 ORDER BY mail_due_at LIMIT 1";
        let backend = self.backend();
        // There is rarely any, and the one writer of SQLite has better things to do.
        let looked = self.read().query_one_raw(sql(backend, due, [now.0.into()]));
        if looked.await?.is_none() {
            return Ok(None);
        }
        let tx = self.begin().await?;
        let text = format!("{due}{}", for_update(backend));
        let Some(row) = tx.query_one_raw(sql(backend, text, [now.0.into()])).await? else {
            return Ok(None);
        };
        let undo = DueUndo {
            id: column(&row, "id")?,
            email: column(&row, "email")?,
        };
        let text = "UPDATE email_undos SET token_hash = $2, mail_due_at = $3 WHERE id = $1";
        let values = [undo.id.into(), token_hash.into(), retry_at.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(Some(undo))
    }

    /// Notes that the owner of the address from before was told of a change.
    pub async fn mark_undo_mailed(&self, id: Uuid) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let text = "UPDATE email_undos SET mail_due_at = NULL WHERE id = $1";
        tx.execute_raw(sql(tx.get_database_backend(), text, [id.into()]))
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Makes the change of an account's address one that can be undone, to how the account is in `before`.
pub(crate) async fn insert_undo(
    tx: &Transaction,
    before: &users::Model,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = email_undos::ActiveModel {
        id: Set(new_uuid(now)),
        user_id: Set(before.id),
        email: Set(before.email.clone()),
        email_key: Set(before.email_key.clone()),
        password_hash: Set(before.password_hash.clone()),
        token_hash: Set(None),
        mail_due_at: Set(Some(now.0)),
        created_at: Set(now.0),
        expires_at: Set(expires_at.0),
    };
    email_undos::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// When an account may change its address again, if it has changed it too often.
pub(crate) async fn find_next_free(
    tx: &Transaction,
    user_id: UserId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let text = format!(
        "SELECT expires_at FROM email_undos WHERE user_id = $1 AND expires_at > $2 \
         ORDER BY expires_at DESC LIMIT 1 OFFSET {}",
        EMAIL_UNDOS_MAX - 1
    );
    let values = [user_id.0.into(), now.0.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    row.map(|row| Ok(Timestamp(column(&row, "expires_at")?)))
        .transpose()
}
