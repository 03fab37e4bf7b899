//! Table `participants`. Who takes or took part in a conversation.
//!
//! One row per user who takes part or took part; the present interval is in the row.

use sea_orm::entity::prelude::*;

/// A row of `participants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participants")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub role: String,
    pub joined_at: i64,
    pub joined_revision: i64,
    pub joined_sequence: i64,
    pub left_revision: Option<i64>,
    pub left_sequence: Option<i64>,
    pub left_at: Option<i64>,
    pub last_read_sequence: i64,
    pub last_delivered_sequence: i64,
    pub cleared_sequence: i64,
    pub hidden: bool,
    pub muted_until: Option<i64>,
    pub pinned_at: Option<i64>,
    pub archived_at: Option<i64>,
    pub read_shown_up_to: Option<i64>,
    pub delivered_shown_up_to: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
