//! Table `taken_prekeys`. One-time prekeys that were handed out.
//!
//! `public_key`: the canonical 32 bytes. None of them is ever stored again, so that an upload
//! repeated after its answer was lost cannot bring one back.

use sea_orm::entity::prelude::*;

/// A row of `taken_prekeys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "taken_prekeys")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub public_key: Vec<u8>,
    pub taken_at: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
