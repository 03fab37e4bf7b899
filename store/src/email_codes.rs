//! Mailed codes that prove an e-mail address: the present one, or another that then takes effect.
//!
//! A row of `users` has at most one code. It is for the address that waits to be proved, if there is
//! one, else for the present address; its hash is bound to the address, so that it proves no other.
//! Nothing here looks whether somebody else has an address before it is proved to be the caller's:
//! until then nobody may learn that from an answer, or from the time that it takes.

use sea_orm::ConnectionTrait;
use sentinal_entity::users;
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::{Timestamp, UserId};

use crate::account_row::{AccountChange, clear_code, lock_row, save, set_code, set_proved};
use crate::accounts::{
    EmailCode, find_email_taken, is_proved, is_reserved, me_from, raise_account_revision,
};
use crate::dialect::sql;
use crate::email_undos::{find_next_free, insert_undo};
use crate::{Store, StoreError, fold};

/// Wrong guesses after which a code is good no more: the odds of guessing one are 5 in 10⁸.
pub const EMAIL_CODE_TRIES: i64 = 5;

/// What is to become of an account's e-mail address.
#[derive(Clone, Debug)]
pub enum NewEmail {
    /// Another one takes effect at once, unproved: nothing can be mailed.
    AtOnce(String),
    /// Another one takes effect when this code proves it.
    Pending(String, EmailCode),
    /// The present one stays: one that waited to be proved does so no more, and neither is its code good.
    Present,
}

/// What became of a presented code.
#[derive(Clone, Debug)]
pub enum EmailProof {
    /// The address is proved and the account's.
    Proved(Box<AccountChange<Me>>),
    /// The code is wrong, used up or too old, or there is none.
    Invalid,
    /// The address is the caller's, and another account has it.
    Taken,
    /// As many changes can be undone as are kept; the next one may be at this time.
    TooManyChanges(Timestamp),
}

/// Puts a change of the e-mail address into a row of `users`.
pub(crate) fn merge_email(row: &mut users::Model, email: NewEmail) {
    match email {
        NewEmail::AtOnce(email) => {
            row.email_key = fold(&email);
            row.email = email;
            clear_code(row);
        }
        NewEmail::Pending(email, code) => set_code(row, Some(email), code),
        NewEmail::Present if row.pending_email.is_some() => clear_code(row),
        NewEmail::Present => {}
    }
}

impl Store {
    /// Replaces the code of an account by one for `email`. False if that is not the address that
    /// waits to be proved, nor, if none does, the present and unproved one.
    pub async fn put_email_code(
        &self,
        user_id: UserId,
        email: &str,
        code: EmailCode,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let Some(mut row) = lock_row(&tx, user_id).await? else {
            return Ok(false);
        };
        let waits = match &row.pending_email {
            Some(pending) => pending == email,
            None => row.email == email && !is_proved(&row),
        };
        if !waits {
            return Ok(false);
        }
        let pending_email = row.pending_email.take();
        set_code(&mut row, pending_email, code);
        if save(&tx, &row).await?.is_err() {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Proves an address by its code, of which `hashes` makes those that may be stored for an address.
    /// Each wrong one is counted before it is answered. If the address from before was proved, the
    /// change can be undone until `undo_until`.
    pub async fn prove_email(
        &self,
        user_id: UserId,
        hashes: impl Fn(&str) -> Vec<Vec<u8>> + Send,
        undo_until: Timestamp,
        now: Timestamp,
    ) -> Result<EmailProof, StoreError> {
        let tx = self.begin().await?;
        let Some(mut row) = lock_row(&tx, user_id).await? else {
            return Ok(EmailProof::Invalid);
        };
        let before = row.clone();
        let email = row.pending_email.clone();
        let email = email.unwrap_or_else(|| row.email.clone());
        let tries = row.email_code_tries.unwrap_or(0);
        let expires_at = row.email_code_expires_at.unwrap_or(0);
        let Some(stored) = row.email_code_hash.clone() else {
            return Ok(EmailProof::Invalid);
        };
        if expires_at <= now.0 || tries >= EMAIL_CODE_TRIES {
            return Ok(EmailProof::Invalid);
        }
        if !hashes(&email).contains(&stored) {
            row.email_code_tries = Some(tries + 1);
            if save(&tx, &row).await?.is_ok() {
                tx.commit().await?;
            }
            return Ok(EmailProof::Invalid);
        }
        let key = fold(&email);
        let changes = key != before.email_key;
        if changes {
            if find_email_taken(&tx, &key, user_id, now).await? {
                clear_code(&mut row);
                if save(&tx, &row).await?.is_ok() {
                    tx.commit().await?;
                }
                return Ok(EmailProof::Taken);
            }
            if is_proved(&before) {
                if let Some(at) = find_next_free(&tx, user_id, now).await? {
                    return Ok(EmailProof::TooManyChanges(at));
                }
                insert_undo(&tx, &before, undo_until, now).await?;
            }
        }
        set_proved(&mut row, email, now);
        if save(&tx, &row).await?.is_err() {
            return Ok(EmailProof::Taken);
        }
        if changes {
            // Somebody may have given the address up since it was looked at, and it is theirs still.
            if is_reserved(&tx, &key, user_id, now).await? {
                return Ok(EmailProof::Taken);
            }
            let text = "DELETE FROM password_reset_tokens WHERE user_id = $1";
            tx.execute_raw(sql(self.backend(), text, [user_id.0.into()]))
                .await?;
        }
        let account_revision = raise_account_revision(&tx, user_id).await?;
        tx.commit().await?;
        Ok(EmailProof::Proved(Box::new(AccountChange {
            now: me_from(row),
            before: me_from(before),
            account_revision: Some(account_revision),
        })))
    }
}
