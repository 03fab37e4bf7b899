//! Muting a conversation, for the caller alone.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::{Conversation, MuteRequest};

use crate::http::{Answer, ApiResult, App, Caller, OptionalBody, Path};

/// `POST /v1/conversations/{id}/mute` — no notifications for the caller, until a time or for ever.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | muted; without a body, or without `until`, for ever |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | `until` is no time, or not in the future |
pub(super) async fn mute_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    body: OptionalBody<MuteRequest>,
) -> ApiResult<Conversation> {
    let muted = app
        .conversations
        .mute_conversation(&caller, *id, body.0)
        .await?;
    Ok(Answer::ok(muted))
}

/// `POST /v1/conversations/{id}/unmute` — notifies the caller again.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | it is not muted; it may not have been |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
pub(super) async fn unmute_conversation(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<Conversation> {
    Ok(Answer::ok(
        app.conversations.unmute_conversation(&caller, *id).await?,
    ))
}
