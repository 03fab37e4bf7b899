//! The WebSocket's address, for requests that do not ask to upgrade.

use crate::http::{ApiResult, SocketCaller, upgrade_required};

/// `GET /v1/ws` — the WebSocket; a request that does not ask to upgrade is told so here.
///
/// A request that does ask never comes here, see `ws`. Credentials are read in every way that a socket
/// takes: the query parameters `token` and `ticket`, the header `Authorization`, and the subprotocol.
/// A ticket is not used up.
///
/// | status | code | when |
/// |---|---|---|
/// | 101 | | upgraded |
/// | 401 | `UNAUTHORIZED` | no token or ticket, or one that cannot be used |
/// | 426 | `UPGRADE_REQUIRED` | otherwise |
pub(super) async fn explain(_caller: SocketCaller) -> ApiResult<()> {
    Err(upgrade_required().into())
}
