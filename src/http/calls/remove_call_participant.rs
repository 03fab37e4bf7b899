//! `DELETE /v1/calls/{id}/participants/{user_id}` — takes somebody out of a call; oneself: leaves it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | they are not in it |
//! | 400 | `BAD_REQUEST` | an id cannot be parsed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller is not in the call, or did not make it and removes another |
//! | 404 | `NOT_FOUND` | no such call in a conversation of the caller, or nobody like that in it |

use sentinal_protocol::{CallId, UserId};

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn remove_call_participant(
    app: App,
    caller: Caller,
    ids: Path<(CallId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *ids;
    app.remove_call_participant(&caller, id, user_id).await?;
    Ok(Answer::empty())
}
