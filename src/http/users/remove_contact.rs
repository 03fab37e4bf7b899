//! `DELETE /v1/users/me/contacts/{id}` — takes someone out of the caller's contacts. A block stays.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a contact of the caller |

use sentinal_protocol::UserId;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_contact(app: App, caller: Caller, id: Path<UserId>) -> ApiResult<()> {
    app.remove_contact(&caller, *id).await?;
    Ok(Answer::empty())
}
