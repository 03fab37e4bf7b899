//! Table `message_ciphertexts`. What single devices got.
//!
//! One row per device that got a body of its own; device before sequence, so that a device's catch-
//! up is one range.

use sea_orm::entity::prelude::*;

/// A row of `message_ciphertexts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_ciphertexts")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence_number: i64,
    pub ciphertext: Vec<u8>,
    #[sea_orm(column_type = "Text", nullable)]
    pub header: Option<String>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
