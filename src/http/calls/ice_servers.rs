//! The STUN and TURN servers that carry the media of calls.

use sentinal_protocol::api::calls::IceServers;

use crate::http::{Answer, ApiResult, App, Caller};

/// `GET /v1/calls/ice-servers` — servers that help devices to reach each other, with credentials
/// for those that relay.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the servers; none if none are configured |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn get_ice_servers(app: App, caller: Caller) -> ApiResult<IceServers> {
    Ok(Answer::ok(app.calls.ice_servers(&caller)?))
}
