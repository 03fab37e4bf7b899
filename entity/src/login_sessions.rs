//! Table `login_sessions`. Signed-in logins, carriers of refresh tokens.
//!
//! generation counts the rotations of the refresh token; tokens are an HMAC of (id, generation).
//! `used_at`: when anything of the token before the newest was first used: from then on the one before
//! that runs out. `access_used_at` is the same of `access_generation`, as far as access tokens say.

use sea_orm::entity::prelude::*;

/// A row of `login_sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_sessions")]
#[allow(missing_docs, reason = "columns are documented in the schema")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub device_id: Uuid,
    pub generation: i64,
    pub used_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip_address: Option<String>,
    pub created_at: i64,
    pub last_active_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub authenticated_at: Option<i64>,
    pub access_generation: Option<i64>,
    pub access_used_at: Option<i64>,
    pub presented_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub presented_from: Option<String>,
}

/// No relations: joins are written out in the queries that need them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
