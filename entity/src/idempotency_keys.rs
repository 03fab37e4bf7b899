//! Table `idempotency_keys`. Answers kept for 24 h.
//!
//! Answers to requests with an idempotency key, for 24 h.

use sea_orm::entity::prelude::*;

/// A row of `idempotency_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub idempotency_key: String,
    pub request_hash: Vec<u8>,
    pub status: i64,
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    pub created_at: i64,
    pub node_id: Option<Uuid>,
    pub answer_bytes: i64,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
