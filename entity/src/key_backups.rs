//! Table `key_backups`. A user's encrypted key backup.

use sea_orm::entity::prelude::*;

/// A row of `key_backups`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_backups")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub device_id: Uuid,
    pub backup_data: Vec<u8>,
    pub nonce: Vec<u8>,
    pub salt: Vec<u8>,
    pub updated_at: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
