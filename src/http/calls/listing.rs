//! Lists of calls: of a conversation, of the caller, live, missed.

use sentinal_protocol::api::calls::{Calls, CallsQuery, OwnCallsQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/calls?conversation_id=` — a page of the calls of one of the caller's conversations,
/// newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | no `conversation_id`; `page` or `limit` out of range |
pub(super) async fn list_calls(
    app: App,
    caller: Caller,
    query: Query<CallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(app.calls.list_calls(&caller, *query).await?))
}

/// `GET /v1/calls/user` — a page of the calls that the caller is or was in, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_own_calls(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(app.calls.list_own_calls(&caller, *query).await?))
}

/// `GET /v1/calls/active` — a page of the live calls of the caller's conversations, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_active_calls(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(
        app.calls.list_active_calls(&caller, *query).await?,
    ))
}

/// `GET /v1/calls/missed` — a page of the calls that the caller has missed, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_missed_calls(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Calls> {
    Ok(Answer::ok(
        app.calls.list_missed_calls(&caller, *query).await?,
    ))
}
