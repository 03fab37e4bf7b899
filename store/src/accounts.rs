//! Accounts: their identities, profiles and password hashes.
//!
//! E-mail address, username and phone number are compared by a key that is folded here, because
//! the databases fold differently.

use std::fmt;

use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Set};
use sentinal_entity::{user_settings, users};
use sentinal_protocol::api::accounts::Me;
use sentinal_protocol::text::{nfc, phone_digits};
use sentinal_protocol::{Timestamp, UserId};

use crate::connection::Transaction;
use crate::dialect::{column, counter, sql};
use crate::{Store, StoreError};

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: UserId,
    /// As the user writes it.
    pub email: String,
    /// As the user writes it.
    pub username: String,
    /// As the user writes it.
    pub phone_number: Option<String>,
    /// What others see.
    pub display_name: String,
    /// A bcrypt hash.
    pub password_hash: String,
    /// The code that was mailed to the address, if one was.
    pub email_code: Option<EmailCode>,
}

/// A mailed code, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailCode {
    /// A keyed hash of account, address and code.
    pub hash: Vec<u8>,
    /// When it ceases to be good.
    pub expires_at: Timestamp,
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// An identity that another account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The e-mail address.
    Email,
    /// The username.
    Username,
    /// The phone number.
    Phone,
}

/// What a password is checked against.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account.
    pub user_id: UserId,
    /// Where a reset is mailed to.
    pub email: String,
    /// A bcrypt hash.
    pub password_hash: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// The form of an e-mail address, username or other name by which it is compared and searched: without
/// case, and composed (NFC), however a keyboard writes its letters.
pub fn fold(text: &str) -> String {
    // Lower case first: of some composed letters it is a decomposed one.
    nfc(&text.to_lowercase())
}

/// The form of a phone number by which it is compared: its digits alone. What is no phone number stays
/// as it is, and is nobody's.
pub fn fold_phone(text: &str) -> String {
    phone_digits(text).unwrap_or_else(|| text.to_owned())
}

const CREDENTIALS: &str = "SELECT id, email, password_hash FROM users";

fn credentials(row: &QueryResult) -> Result<Credentials, StoreError> {
    Ok(Credentials {
        user_id: UserId(column(row, "id")?),
        email: column(row, "email")?,
        password_hash: column(row, "password_hash")?,
    })
}

impl Store {
    /// The accounts that an identity may mean, best first: an e-mail address or username, then a
    /// phone number. Two at most, when one's username is another's phone number.
    pub async fn list_credentials(&self, identity: &str) -> Result<Vec<Credentials>, StoreError> {
        let identity = fold(identity.trim());
        let text = format!(
            "{CREDENTIALS} WHERE (email_key = $1 OR username_key = $1 OR phone_key = $2) \
             AND deleted_at IS NULL \
             ORDER BY CASE WHEN email_key = $1 OR username_key = $1 THEN 0 ELSE 1 END LIMIT 2"
        );
        let values = [identity.as_str().into(), fold_phone(&identity).into()];
        let rows = self
            .read()
            .query_all_raw(sql(self.backend(), text, values))
            .await?;
        rows.iter().map(credentials).collect()
    }

    /// What one account's password is checked against.
    pub async fn find_credentials(
        &self,
        user_id: UserId,
    ) -> Result<Option<Credentials>, StoreError> {
        let text = format!("{CREDENTIALS} WHERE id = $1 AND deleted_at IS NULL");
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        row.as_ref().map(credentials).transpose()
    }

    /// An account as its owner sees it.
    pub async fn find_me(&self, user_id: UserId) -> Result<Option<Me>, StoreError> {
        find_me(self.read(), user_id).await
    }
}

/// An account as its owner sees it, within a transaction or without.
pub(crate) async fn find_me(
    connection: &impl ConnectionTrait,
    user_id: UserId,
) -> Result<Option<Me>, StoreError> {
    let row = users::Entity::find_by_id(user_id.0).one(connection).await?;
    Ok(row.filter(|row| row.deleted_at.is_none()).map(me_from))
}

/// A row as its owner sees it.
pub(crate) fn me_from(row: users::Model) -> Me {
    Me {
        id: UserId(row.id),
        email_verified: is_proved(&row),
        pending_email: row.pending_email,
        email: row.email,
        username: row.username,
        phone_number: row.phone_number,
        display_name: row.display_name,
        avatar_url: row.avatar_url,
        bio: row.bio,
        status: row.status,
        created_at: Timestamp(row.created_at),
    }
}

/// Whether the present address was proved.
pub(crate) fn is_proved(row: &users::Model) -> bool {
    row.proved_email.as_ref() == Some(&row.email)
}

/// The identities of an account, as they are compared.
#[derive(Clone, Copy)]
pub(crate) struct IdentityKeys<'a> {
    pub(crate) email: &'a str,
    pub(crate) username: &'a str,
    pub(crate) phone: Option<&'a str>,
}

/// Which of these identities an account other than `own` has.
pub(crate) async fn find_taken(
    tx: &Transaction,
    keys: IdentityKeys<'_>,
    own: UserId,
) -> Result<Option<Taken>, StoreError> {
    let text = "SELECT email_key, username_key FROM users \
                WHERE (email_key = $1 OR username_key = $2 OR phone_key = $3) AND id <> $4";
    let values = [
        keys.email.into(),
        keys.username.into(),
        keys.phone.into(),
        own.0.into(),
    ];
    let rows = tx
        .query_all_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    let mut taken = None;
    for row in &rows {
        if column::<String>(row, "email_key")? == keys.email {
            return Ok(Some(Taken::Email));
        }
        if column::<String>(row, "username_key")? == keys.username {
            taken = Some(Taken::Username);
        } else {
            taken = taken.or(Some(Taken::Phone));
        }
    }
    Ok(taken)
}

/// Whether an account other than `own` has an address, or may have it back.
pub(crate) async fn find_email_taken(
    tx: &Transaction,
    email_key: &str,
    own: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = "SELECT 1 AS one FROM users WHERE email_key = $1 AND id <> $2";
    let values = [email_key.into(), own.0.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(row.is_some() || is_reserved(tx, email_key, own, now).await?)
}

/// Whether an address is kept for an account other than `own`, which has changed it and may undo that.
/// Ask after the row that takes the address was written: who waited for such a change to commit sees
/// what it has reserved only then.
pub(crate) async fn is_reserved(
    tx: &Transaction,
    email_key: &str,
    own: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = "SELECT 1 AS one FROM email_undos \
                WHERE email_key = $1 AND user_id <> $2 AND expires_at > $3 LIMIT 1";
    let values = [email_key.into(), own.0.into(), now.0.into()];
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, values))
        .await?;
    Ok(row.is_some())
}

/// Someone else was faster: which identity they took, if that is what the error says. Its message
/// names the column or the index made from it.
pub(crate) fn taken_meanwhile(error: StoreError) -> Result<Taken, StoreError> {
    match error {
        StoreError::NotUnique(what) if what.contains("email_key") => Ok(Taken::Email),
        StoreError::NotUnique(what) if what.contains("username_key") => Ok(Taken::Username),
        StoreError::NotUnique(what) if what.contains("phone_key") => Ok(Taken::Phone),
        error => Err(error),
    }
}

/// Makes an account with default settings, or says which of its identities is taken; then the
/// transaction must not be committed.
pub(crate) async fn insert_account(
    tx: &Transaction,
    account: &NewAccount,
    now: Timestamp,
) -> Result<Result<(), Taken>, StoreError> {
    let email_key = fold(&account.email);
    let username_key = fold(&account.username);
    let phone_key = account.phone_number.as_deref().map(fold_phone);
    let keys = IdentityKeys {
        email: &email_key,
        username: &username_key,
        phone: phone_key.as_deref(),
    };
    if let Some(taken) = find_taken(tx, keys, account.id).await? {
        return Ok(Err(taken));
    }
    let row = users::ActiveModel {
        id: Set(account.id.0),
        email: Set(account.email.clone()),
        email_key: Set(email_key),
        username: Set(account.username.clone()),
        username_key: Set(username_key),
        phone_number: Set(account.phone_number.clone()),
        phone_key: Set(phone_key),
        password_hash: Set(account.password_hash.clone()),
        display_name: Set(account.display_name.clone()),
        display_name_key: Set(fold(&account.display_name)),
        avatar_url: Set(None),
        bio: Set(None),
        status: Set(None),
        account_revision: Set(0),
        created_at: Set(now.0),
        updated_at: Set(now.0),
        deleted_at: Set(None),
        proved_email: Set(None),
        pending_email: Set(None),
        email_code_hash: Set(account.email_code.as_ref().map(|code| code.hash.clone())),
        email_code_expires_at: Set(account.email_code.as_ref().map(|code| code.expires_at.0)),
        email_code_tries: Set(None),
    };
    let inserted = users::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map_err(StoreError::from);
    match inserted {
        Ok(_) => {}
        Err(error) => return taken_meanwhile(error).map(Err),
    }
    if is_reserved(tx, &fold(&account.email), account.id, now).await? {
        return Ok(Err(Taken::Email));
    }
    let settings = user_settings::ActiveModel {
        user_id: Set(account.id.0),
        ..Default::default()
    };
    user_settings::Entity::insert(settings)
        .exec_without_returning(tx)
        .await?;
    Ok(Ok(()))
}

impl Store {
    /// How often what belongs to the account and to no conversation has changed.
    pub async fn find_account_revision(&self, user_id: UserId) -> Result<Option<u64>, StoreError> {
        let text = "SELECT account_revision FROM users WHERE id = $1";
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, [user_id.0.into()]))
            .await?;
        row.as_ref()
            .map(|row| counter(row, "account_revision"))
            .transpose()
    }
}

/// Counts a change of what belongs to the account and to no conversation; answers the new number.
pub(crate) async fn raise_account_revision(
    tx: &Transaction,
    user_id: UserId,
) -> Result<u64, StoreError> {
    let text = "UPDATE users SET account_revision = account_revision + 1 WHERE id = $1 \
                RETURNING account_revision";
    let row = tx
        .query_one_raw(sql(tx.get_database_backend(), text, [user_id.0.into()]))
        .await?;
    row.as_ref()
        .map_or(Ok(0), |row| counter(row, "account_revision"))
}
