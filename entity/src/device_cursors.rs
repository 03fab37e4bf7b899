//! Table `device_cursors`. How far a device has everything of a conversation.
//!
//! No row means: from the first revision of the user's present membership on. Registering a device
//! writes rows that start at the present.

use sea_orm::entity::prelude::*;

/// A row of `device_cursors`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_cursors")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    pub start_revision: i64,
    pub acked_revision: i64,
    pub receipt_version: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
