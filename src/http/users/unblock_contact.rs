//! `POST /v1/users/me/contacts/{id}/unblock` — ends a block. What was
//! sent past it meanwhile stays hidden.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the user, now or already not blocked |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user |
//! | 422 | `VALIDATION_ERROR` | oneself |

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::Contact;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn unblock_contact(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<Contact> {
    Ok(Answer::ok(app.unblock_user(&caller, *id).await?))
}
