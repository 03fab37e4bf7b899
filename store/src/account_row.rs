//! A row of `users` that is read under its lock, changed, and written back whole.

use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use sentinal_entity::users;
use sentinal_protocol::{Timestamp, UserId};

use crate::accounts::{EmailCode, fold, taken_meanwhile};
use crate::connection::Transaction;
use crate::log::lock_users;
use crate::{StoreError, Taken};

/// A change of what belongs to an account.
#[derive(Clone, Debug)]
pub struct AccountChange<T> {
    /// How it is now.
    pub now: T,
    /// How it was.
    pub before: T,
    /// The new `account_revision`; `None` if nothing changed.
    pub account_revision: Option<u64>,
}

/// Locks a row and reads it; `None` if there is no such account any more.
pub(crate) async fn lock_row(
    tx: &Transaction,
    user_id: UserId,
) -> Result<Option<users::Model>, StoreError> {
    if lock_users(tx, vec![user_id.0]).await?.is_empty() {
        return Ok(None);
    }
    let row = users::Entity::find_by_id(user_id.0).one(tx).await?;
    Ok(row.filter(|row| row.deleted_at.is_none()))
}

/// Writes a row back, or says which of its identities somebody else was faster to take; then the
/// transaction must not be committed.
pub(crate) async fn save(
    tx: &Transaction,
    row: &users::Model,
) -> Result<Result<(), Taken>, StoreError> {
    let saved = row.clone().into_active_model().reset_all().update(tx).await;
    match saved {
        Ok(_) => Ok(Ok(())),
        Err(error) => taken_meanwhile(error.into()).map(Err),
    }
}

/// A code has been mailed for `pending_email`, or for the present address if none waits.
pub(crate) fn set_code(row: &mut users::Model, pending_email: Option<String>, code: EmailCode) {
    row.pending_email = pending_email;
    row.email_code_hash = Some(code.hash);
    row.email_code_expires_at = Some(code.expires_at.0);
    row.email_code_tries = Some(0);
}

/// No address waits to be proved any more, and no code is good.
pub(crate) fn clear_code(row: &mut users::Model) {
    row.pending_email = None;
    row.email_code_hash = None;
    row.email_code_expires_at = None;
    row.email_code_tries = None;
}

/// Makes an address the account's that was proved just now.
pub(crate) fn set_proved(row: &mut users::Model, email: String, now: Timestamp) {
    clear_code(row);
    row.email_key = fold(&email);
    row.proved_email = Some(email.clone());
    row.email = email;
    row.updated_at = now.0;
}
