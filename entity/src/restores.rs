//! Table `restores`. Runs of `sentinal-chat restored`.

use sea_orm::entity::prelude::*;

/// A row of `restores`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restores")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub margin: i64,
    pub started_at: i64,
    pub reached_conversation: Uuid,
    pub reached_user: Uuid,
    pub finished_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
