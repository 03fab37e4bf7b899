//! `DELETE /v1/users/me/push-tokens/{id}` — forgets one of the caller's push tokens.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 400 | `BAD_REQUEST` | the id is malformed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a push token of the caller |

use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_push_token(app: App, caller: Caller, id: Path<Uuid>) -> ApiResult<()> {
    app.remove_push_token(&caller, *id).await?;
    Ok(Answer::empty())
}
