//! Table `email_undos`. Changes of proved e-mail addresses that can still be undone.
//!
//! Until `expires_at` nobody else gets the address from before. `mail_due_at`: when its owner is to be told
//! (again); NULL once they have been.

use sea_orm::entity::prelude::*;

/// A row of `email_undos`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_undos")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub email_key: String,
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    pub token_hash: Option<Vec<u8>>,
    pub mail_due_at: Option<i64>,
    pub created_at: i64,
    pub expires_at: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
