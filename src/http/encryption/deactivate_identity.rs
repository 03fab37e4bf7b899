//! `PUT /v1/encryption/identity/{id}/deactivate` — takes an identity key out of use; its device
//! leaves the rosters.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key, now or already inactive |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a key of the caller |

use sentinal_protocol::api::keys::IdentityKey;
use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn deactivate_identity(
    app: App,
    caller: Caller,
    id: Path<Uuid>,
) -> ApiResult<IdentityKey> {
    Ok(Answer::ok(app.deactivate_identity_key(&caller, *id).await?))
}
