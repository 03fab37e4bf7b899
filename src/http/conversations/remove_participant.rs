//! `DELETE /v1/conversations/{id}/participants/{user_id}` — takes someone out of a group; oneself: leaves it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | not below the caller's rank |
//! | 404 | `NOT_FOUND` | no such conversation of the caller, or nobody in it with this id |
//! | 409 | `DM_IMMUTABLE` | it is a DM |

use sentinal_protocol::{ConversationId, UserId};

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_participant(
    app: App,
    caller: Caller,
    ids: Path<(ConversationId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *ids;
    app.remove_participant(&caller, id, user_id).await?;
    Ok(Answer::empty())
}
