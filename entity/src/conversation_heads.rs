//! Table `conversation_heads`. Conversations' counters.
//!
//! The counters of a conversation, alone in a narrow row because every change updates it. No index
//! but the key, so that PostgreSQL's updates stay heap-only.

use sea_orm::entity::prelude::*;

/// A row of `conversation_heads`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_heads")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    pub last_sequence: i64,
    pub revision: i64,
    pub roster_version: i64,
    pub access_version: i64,
    pub receipt_version: i64,
    pub last_message_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
