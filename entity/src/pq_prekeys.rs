//! Table `pq_prekeys`. Post-quantum public keys.

use sea_orm::entity::prelude::*;

/// A row of `pq_prekeys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pq_prekeys")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub key_id: i64,
    pub public_key: Vec<u8>,
    pub fingerprint: Vec<u8>,
    pub signature: Vec<u8>,
    pub last_resort: bool,
    pub created_at: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
