//! `POST /v1/users/me/contacts/{id}/block` — blocks a user, contact or not. Nobody is told.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the user, now or already blocked |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user |
//! | 422 | `VALIDATION_ERROR` | oneself |

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::Contact;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn block_contact(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<Contact> {
    Ok(Answer::ok(app.block_user(&caller, *id).await?))
}
