//! Table `call_quality`. What clients measured during calls.

use sea_orm::entity::prelude::*;

/// A row of `call_quality`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "call_quality")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub call_id: Uuid,
    pub user_id: Uuid,
    pub measured_at: i64,
    pub packet_loss: Option<f64>,
    pub jitter: Option<f64>,
    pub latency: Option<f64>,
    pub bitrate: Option<f64>,
    pub frame_rate: Option<f64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub resolution: Option<String>,
    pub audio_level: Option<f64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
