//! Table `devices`. Installations of clients.
//!
//! keyed: has an active identity key and an active signed prekey. dormant: unseen for 90 days. A
//! device is in the rosters of its user's conversations while it is keyed, not dormant, not
//! removed.

use sea_orm::entity::prelude::*;

/// A row of `devices`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub device_id: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub device_type: Option<String>,
    pub keyed: bool,
    pub dormant: bool,
    pub pq_stored: bool,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub removed_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
