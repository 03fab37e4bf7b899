//! The poll of a message, and votes in it.

use sentinal_protocol::MessageId;
use sentinal_protocol::api::polls::{Poll, VoteRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path};

/// `PUT /v1/messages/{id}/vote` — votes in a poll, in place of what the caller voted for before; no
/// option takes the vote back.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | voted; the poll |
/// | 400 | `BAD_REQUEST` | the id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `BLOCKED` | the caller has blocked the other side of the DM |
/// | 404 | `NOT_FOUND` | no message that the caller may see, or there is nothing to vote for |
/// | 409 | `ACCOUNT_DELETED` | the other side of the DM has deleted the account |
/// | 409 | `CONFLICT` | voting has ended, or it was deleted or has expired |
/// | 422 | `VALIDATION_ERROR` | an option that is not there, or several where one can be chosen |
pub(super) async fn vote(
    app: App,
    caller: Caller,
    id: Path<MessageId>,
    body: Body<VoteRequest>,
) -> ApiResult<Poll> {
    Ok(Answer::ok(app.messages.vote(&caller, *id, body.0).await?))
}

/// `GET /v1/messages/{id}/poll` — a poll and its votes.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the poll |
/// | 400 | `BAD_REQUEST` | the id cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no message that the caller may see, or no poll, or not any more |
pub(super) async fn get_poll(app: App, caller: Caller, id: Path<MessageId>) -> ApiResult<Poll> {
    Ok(Answer::ok(app.messages.get_poll(&caller, *id).await?))
}
