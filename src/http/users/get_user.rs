//! `GET /v1/users/{id}` — somebody's profile, as far as their settings let the caller see it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the profile |
//! | 400 | `BAD_REQUEST` | the id is malformed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user |

use sentinal_protocol::UserId;
use sentinal_protocol::api::people::Profile;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn get_user(app: App, caller: Caller, id: Path<UserId>) -> ApiResult<Profile> {
    Ok(Answer::ok(app.get_profile(&caller, *id).await?))
}
