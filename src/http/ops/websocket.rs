//! `GET /v1/ws` without asking to upgrade. A request that does ask never comes here; see `ws`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 401 | `UNAUTHORIZED` | no token, or one that cannot be used |
//! | 426 | `UPGRADE_REQUIRED` | otherwise |

use actix_web::get;
use sentinal_actors::app::ApiError;
use sentinal_protocol::ErrorCode;

use crate::http::{ApiResult, Caller};

#[get("/v1/ws")]
pub(super) async fn explain(_caller: Caller) -> ApiResult<()> {
    Err(ApiError::new(
        ErrorCode::UpgradeRequired,
        "This address speaks WebSocket only.",
    )
    .into())
}
