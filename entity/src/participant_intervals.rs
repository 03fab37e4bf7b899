//! Table `participant_intervals`. Earlier times of those who left and came back.
//!
//! Earlier intervals of users who left and came back; both ends inclusive.

use sea_orm::entity::prelude::*;

/// A row of `participant_intervals`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "participant_intervals")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub joined_revision: i64,
    pub joined_sequence: i64,
    pub left_revision: i64,
    pub left_sequence: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
