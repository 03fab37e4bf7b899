//! Reactions to a message.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::reactions::{ReactionCounts, Reactions};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `PUT /v1/messages/{id}/reactions/{reaction}` — reacts to a message, with anything of at most 64
/// bytes.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | added, or there before; the message's reactions |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed, or U+0000 in the reaction |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `CONFLICT` | it was deleted or has expired, or has 20 reactions of the caller already |
/// | 422 | `VALIDATION_ERROR` | the reaction is longer than 64 bytes |
pub(super) async fn add_reaction(
    app: App,
    caller: Caller,
    path: Path<(MessageId, String)>,
) -> ApiResult<ReactionCounts> {
    let (id, reaction) = path.0;
    let counts = app.messages.add_reaction(&caller, id, reaction).await?;
    Ok(Answer::ok(counts))
}

/// `DELETE /v1/messages/{id}/reactions/{reaction}` — takes a reaction of the caller's back.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | taken back, or not there; the message's reactions |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed, or U+0000 in the reaction |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 422 | `VALIDATION_ERROR` | the reaction is longer than 64 bytes |
pub(super) async fn remove_reaction(
    app: App,
    caller: Caller,
    path: Path<(MessageId, String)>,
) -> ApiResult<ReactionCounts> {
    let (id, reaction) = path.0;
    let counts = app.messages.remove_reaction(&caller, id, reaction).await?;
    Ok(Answer::ok(counts))
}

/// `GET /v1/messages/{id}/reactions` — who reacted to a message, in pages, and the counts.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_reactions(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    query: Query<PageQuery>,
) -> ApiResult<Reactions> {
    let reactions = app.messages.list_reactions(&caller, *id, query.0).await?;
    Ok(Answer::ok(reactions))
}
