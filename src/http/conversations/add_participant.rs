//! `POST /v1/conversations/{id}/participants` — puts someone into a group.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | they take part from now on |
//! | 200 |  | they did already; nothing changed |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 403 | `FORBIDDEN` | the caller may not add others, or not with this role |
//! | 404 | `NOT_FOUND` | no such conversation of the caller |
//! | 409 | `DM_IMMUTABLE` | it is a DM |
//! | 409 | `GROUP_FULL` | no place is left |
//! | 422 | `VALIDATION_ERROR` | a field breaks its rule; no such user, or one who shuts the caller off |

use sentinal_actors::app::Joined;
use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{AddParticipantRequest, Participant};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

pub(super) async fn add_participant(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<AddParticipantRequest>,
) -> ApiResult<Participant> {
    Ok(match app.add_participant(&caller, *id, body.0).await? {
        Joined::New(participant) => Answer::created(participant),
        Joined::Present(participant) => Answer::ok(participant),
    })
}
