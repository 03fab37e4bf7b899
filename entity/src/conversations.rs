//! Table `conversations`. Conversations, without their counters.
//!
//! `dm_key`: both user ids in order; at most one DM per pair.

use sea_orm::entity::prelude::*;

/// A row of `conversations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_name = "type", column_type = "Text")]
    pub kind: String,
    pub dm_key: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject_key: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub avatar_url: Option<String>,
    pub creator_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub invite_code: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub permission_send: String,
    #[sea_orm(column_type = "Text")]
    pub permission_edit_info: String,
    #[sea_orm(column_type = "Text")]
    pub permission_add_members: String,
    #[sea_orm(column_type = "Text")]
    pub permission_invite: String,
    #[sea_orm(column_type = "Text")]
    pub permission_start_call: String,
    pub message_expiry_seconds: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
