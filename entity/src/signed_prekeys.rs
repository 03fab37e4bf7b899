//! Table `signed_prekeys`. Medium-term public keys of devices.

use sea_orm::entity::prelude::*;

/// A row of `signed_prekeys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signed_prekeys")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub device_id: Uuid,
    pub key_id: i64,
    pub public_key: Vec<u8>,
    pub signature: Vec<u8>,
    pub is_active: bool,
    pub created_at: i64,
    pub replaced_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
