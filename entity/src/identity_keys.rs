//! Table `identity_keys`. Long-term public keys of devices.
//!
//! `canonical_key`: the 32 bytes without a type byte, by which identities are compared. `deleted_at`:
//! nobody sees the key any more, but its successor is still told from it.

use sea_orm::entity::prelude::*;

/// A row of `identity_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity_keys")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub device_id: Uuid,
    pub public_key: Vec<u8>,
    pub canonical_key: Vec<u8>,
    pub is_active: bool,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
