//! `PUT /v1/encryption/signed-prekeys/{id}/deactivate` — takes a signed prekey out of use; if it is the
//! active one, its device leaves the rosters.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the key, now or already inactive |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a key of the caller |

use sentinal_protocol::api::keys::SignedPrekey;
use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn deactivate_signed_prekey(
    app: App,
    caller: Caller,
    id: Path<Uuid>,
) -> ApiResult<SignedPrekey> {
    Ok(Answer::ok(
        app.deactivate_signed_prekey(&caller, *id).await?,
    ))
}
