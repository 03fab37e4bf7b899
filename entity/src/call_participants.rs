//! Table `call_participants`. Who was asked to a call.

use sea_orm::entity::prelude::*;

/// A row of `call_participants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_participants")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub call_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    pub device_id: Option<Uuid>,
    pub audio_muted: bool,
    pub video_muted: bool,
    pub invited_at: i64,
    pub joined_at: Option<i64>,
    pub left_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
