//! The roles of participants, and the ownership of a group.

use sentinal_protocol::api::conversations::{
    Conversation, Participant, TransferRequest, UpdateRoleRequest,
};
use sentinal_protocol::{ConversationId, UserId};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `PUT /v1/conversations/{id}/participants/{user_id}/role` — gives someone another rank.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the participant as ranked |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | they are not below the caller's rank, or the role is above it |
/// | 404 | `NOT_FOUND` | no such conversation of the caller, or nobody in it with this id |
/// | 409 | `CONFLICT` | the group would have no owner |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
/// | 422 | `VALIDATION_ERROR` | a field breaks its rule |
pub(super) async fn update_role(
    app: App,
    caller: Caller,
    ids: Path<(ConversationId, UserId)>,
    body: Body<UpdateRoleRequest>,
) -> ApiResult<Participant> {
    let (id, user_id) = *ids;
    let ranked = app
        .conversations
        .update_participant_role(&caller, id, user_id, body.0)
        .await?;
    Ok(Answer::ok(ranked))
}

/// `POST /v1/conversations/{id}/transfer` — makes another participant the owner; the caller stays as
/// an admin.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | handed over; the group as the caller sees it now |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller does not own the group |
/// | 404 | `NOT_FOUND` | no such conversation of the caller, or nobody in it with this id |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
/// | 422 | `VALIDATION_ERROR` | `user_id` is missing, or the caller |
pub(super) async fn transfer_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: Body<TransferRequest>,
) -> ApiResult<Conversation> {
    let handed_over = app
        .conversations
        .transfer_conversation(&caller, *id, body.0)
        .await?;
    Ok(Answer::ok(handed_over))
}
