//! The participants of a conversation.

use sentinal_app::Joined;
use sentinal_protocol::api::conversations::{AddParticipantRequest, Participant, Participants};
use sentinal_protocol::{ConversationId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `GET /v1/conversations/{id}/participants` — who takes part, with the devices to encrypt to.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | all of them |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn list_participants(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Participants> {
    Ok(Answer::ok(
        app.conversations.list_participants(&caller, *id).await?,
    ))
}

/// `POST /v1/conversations/{id}/participants` — puts someone into a group.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | they take part from now on |
/// | 200 |  | they did already; nothing changed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller may not add others, or not with this role |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
/// | 409 | `GROUP_FULL` | no place is left |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule; no such user, or one who is banned, shuts the caller off or cannot be put into more groups now |
/// | 429 | `RATE_LIMIT_EXCEEDED` | too many people who do not have the caller as a contact; or the one to add has come back too often |
pub(super) async fn add_participant(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<AddParticipantRequest>,
) -> ApiResult<Participant> {
    Ok(
        match app
            .conversations
            .add_participant(&caller, *id, body.0)
            .await?
        {
            Joined::New(participant) => Answer::created(participant),
            Joined::Present(participant) => Answer::ok(participant),
        },
    )
}

/// `DELETE /v1/conversations/{id}/participants/{user_id}` — takes someone out of a group, whose invite code is
/// another one then; oneself: leaves it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | not below the caller's rank |
/// | 404 | `NOT_FOUND` | no such conversation of the caller, or nobody in it with this id |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
pub(super) async fn remove_participant(
    app: App,
    caller: Caller,
    ids: Path<(ConversationId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *ids;
    app.conversations
        .remove_participant(&caller, id, user_id)
        .await?;
    Ok(Answer::empty())
}

/// `POST /v1/conversations/{id}/leave` — leaves a group; its only owner hands it over.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | left |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
pub(super) async fn leave_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<()> {
    app.conversations.leave_conversation(&caller, *id).await?;
    Ok(Answer::empty())
}
