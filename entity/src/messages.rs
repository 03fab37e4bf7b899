//! Table `messages`. Messages, without the bodies of single devices.

use sea_orm::entity::prelude::*;

/// A row of `messages`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence_number: i64,
    pub revision: i64,
    pub id: Uuid,
    pub sender_id: Uuid,
    pub sender_device_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub message_type: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub client_message_id: Option<String>,
    pub request_hash: Option<Vec<u8>>,
    pub reply_to_message_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub mentions: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub attachments: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub metadata: Option<String>,
    pub shared_ciphertext: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text", nullable)]
    pub shared_header: Option<String>,
    pub roster_version: i64,
    pub hidden_from: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: Option<i64>,
    pub edited_at: Option<i64>,
    pub edit_hidden_from: Option<Uuid>,
    pub deleted_at: Option<i64>,
    pub deleted_by: Option<Uuid>,
    pub hard_deleted: bool,
    pub expires_at: Option<i64>,
    pub erased_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
