//! `GET /v1/ws` — the WebSocket; a request that does not ask to upgrade is told so here.
//!
//! A request that does ask never comes here, see `ws`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 101 | | upgraded |
//! | 401 | `UNAUTHORIZED` | no token, or one that cannot be used |
//! | 426 | `UPGRADE_REQUIRED` | otherwise |

use sentinal_actors::app::ApiError;
use sentinal_protocol::ErrorCode;

use crate::http::{ApiResult, Caller};

pub(super) async fn explain(_caller: Caller) -> ApiResult<()> {
    Err(ApiError::new(
        ErrorCode::UpgradeRequired,
        "This address speaks WebSocket only.",
    )
    .into())
}
