//! Table `conversation_changes`. Changes of a conversation that are not messages.
//!
//! Every change that is not a message: kind is the event's type, payload its own fields.

use sea_orm::entity::prelude::*;

/// A row of `conversation_changes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_changes")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub subject: Option<Uuid>,
    pub actor: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub payload: String,
    pub hidden_from: Option<Uuid>,
    pub created_at: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
