//! Table `user_settings`. An account's settings; absent means all defaults.

use sea_orm::entity::prelude::*;

/// A row of `user_settings`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_settings")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own on the wire"
)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub notifications_enabled: bool,
    #[sea_orm(column_type = "Text")]
    pub theme: String,
    #[sea_orm(column_type = "Text")]
    pub language: String,
    pub read_receipts: bool,
    #[sea_orm(column_type = "Text")]
    pub privacy_last_seen: String,
    #[sea_orm(column_type = "Text")]
    pub privacy_profile_photo: String,
    #[sea_orm(column_type = "Text")]
    pub privacy_about: String,
    #[sea_orm(column_type = "Text")]
    pub privacy_groups: String,
    #[sea_orm(column_type = "Text")]
    pub privacy_discoverable: String,
    pub calls_ring_muted: bool,
    #[sea_orm(column_type = "Text")]
    pub notification_sound: String,
    pub notification_vibrate: bool,
    pub enter_to_send: bool,
    pub media_auto_download_wifi: bool,
    pub media_auto_download_mobile: bool,
    pub updated_at: Option<i64>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
