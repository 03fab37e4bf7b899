//! `GET /v1/users/{id}/devices` — a user's active devices, to encrypt to.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the list |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user |

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::PeerDevices;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn list_peer_devices(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<PeerDevices> {
    Ok(Answer::ok(app.list_peer_devices(&caller, *id).await?))
}
