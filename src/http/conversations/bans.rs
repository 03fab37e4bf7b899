//! Who is kept out of a group.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::bans::{Ban, Bans};
use sentinal_protocol::{ConversationId, UserId};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `POST /v1/conversations/{id}/participants/{user_id}/ban` — keeps somebody out of a group: a member is
/// removed, and nobody who is banned can be added or join by a code.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | banned from now on |
/// | 200 |  | banned already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is no admin, or does not outrank them |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `CONFLICT` | as many are banned as can be |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
pub(super) async fn ban_participant(
    app: App,
    caller: Caller,
    ids: Path<(ConversationId, UserId)>,
) -> ApiResult<Ban> {
    let (id, user_id) = *ids;
    let banned = app
        .conversations
        .ban_participant(&caller, id, user_id)
        .await?;
    Ok(Answer::stored(banned))
}

/// `DELETE /v1/conversations/{id}/participants/{user_id}/ban` — lets somebody be added or join again.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | not banned any more, or never was |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is no admin |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
pub(super) async fn unban_participant(
    app: App,
    caller: Caller,
    ids: Path<(ConversationId, UserId)>,
) -> ApiResult<()> {
    let (id, user_id) = *ids;
    app.conversations
        .unban_participant(&caller, id, user_id)
        .await?;
    Ok(Answer::empty())
}

/// `GET /v1/conversations/{id}/bans` — a page of those who are banned from a group, the one banned last
/// first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller is no admin |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_bans(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
    query: Query<PageQuery>,
) -> ApiResult<Bans> {
    Ok(Answer::ok(
        app.conversations.list_bans(&caller, *id, query.0).await?,
    ))
}
