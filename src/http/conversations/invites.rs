//! Invite codes, with which users join a group.

use sentinal_protocol::ConversationId;
use sentinal_protocol::api::conversations::Conversation;
use sentinal_protocol::api::invites::{InviteLink, InviteQuery, InvitedTo, JoinRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `GET /v1/conversations/invite?link=` — the group that an invite link, or its code, leads to.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | its name, picture and size; all of it for those who take part |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | the link leads nowhere, or not any more, or the caller is banned |
/// | 422 | `VALIDATION_ERROR` | `link` is missing |
pub(super) async fn get_invited(
    app: App,
    caller: Caller,
    query: Query<InviteQuery>,
) -> ApiResult<InvitedTo> {
    Ok(Answer::ok(
        app.conversations.get_invited(&caller, query.0).await?,
    ))
}

/// `POST /v1/conversations/join` — joins the group that an invite link, or its code, leads to.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the caller takes part from now on |
/// | 200 |  | the caller did already |
/// | 400 | `BAD_REQUEST` | the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | the code leads nowhere, or not any more, or the caller is banned |
/// | 409 | `GROUP_FULL` | no place is left |
/// | 409 | `CONFLICT` | the caller takes part in as many conversations as one may |
/// | 422 | `VALIDATION_ERROR` | `code` is missing, empty or too long |
/// | 429 | `RATE_LIMIT_EXCEEDED` | the caller has come back to this group too often |
pub(super) async fn join_conversation(
    app: App,
    caller: Caller,
    body: Body<JoinRequest>,
) -> ApiResult<Conversation> {
    let joined = app.conversations.join_conversation(&caller, body.0).await?;
    Ok(Answer::stored(joined))
}

/// `POST /v1/conversations/{id}/invite` — makes a new invite link; the one before leads nowhere.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the link, and the code in it |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller may not invite |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 409 | `DM_IMMUTABLE` | it is a DM |
pub(super) async fn renew_invite(
    app: App,
    caller: Caller,
    id: Path<ConversationId>,
) -> ApiResult<InviteLink> {
    Ok(Answer::ok(
        app.conversations.renew_invite(&caller, *id).await?,
    ))
}
