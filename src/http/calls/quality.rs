//! Quality reports of calls.

use sentinal_protocol::api::calls::{
    AverageQuality, AverageQuery, OwnCallsQuery, Qualities, Quality, QualityQuery, QualityRequest,
};

use crate::http::{Answer, ApiResult, App, Body, Caller, Query};

/// `GET /v1/calls/quality?call_id=` — a page of what was measured in a call, oldest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | no `call_id`; `page` or `limit` out of range |
pub(super) async fn list_quality(
    app: App,
    caller: Caller,
    query: Query<QualityQuery>,
) -> ApiResult<Qualities> {
    Ok(Answer::ok(
        app.calls.list_call_quality(&caller, *query).await?,
    ))
}

/// `POST /v1/calls/quality` — keeps what the caller's client has measured in a call.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the measurement |
/// | 400 | `BAD_REQUEST` | an id or the body cannot be parsed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | the caller was not in the call, or `user_id` is someone else |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 409 | `CONFLICT` | as much of the caller's is kept of this call as can be |
/// | 422 | `VALIDATION_ERROR` | a value is out of range |
pub(super) async fn record_quality(
    app: App,
    caller: Caller,
    body: Body<QualityRequest>,
) -> ApiResult<Quality> {
    Ok(Answer::created(
        app.calls.record_call_quality(&caller, body.0).await?,
    ))
}

/// `GET /v1/calls/quality/user` — a page of what the caller's clients have measured, oldest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `FORBIDDEN` | `user_id` is someone else |
/// | 422 | `VALIDATION_ERROR` | `page` or `limit` out of range |
pub(super) async fn list_own_quality(
    app: App,
    caller: Caller,
    query: Query<OwnCallsQuery>,
) -> ApiResult<Qualities> {
    Ok(Answer::ok(
        app.calls.list_own_call_quality(&caller, *query).await?,
    ))
}

/// `GET /v1/calls/quality/average?call_id=` — the averages of what was measured in a call.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the averages; `null` where nothing was measured |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such call in a conversation of the caller |
/// | 422 | `VALIDATION_ERROR` | no `call_id` |
pub(super) async fn average_quality(
    app: App,
    caller: Caller,
    query: Query<AverageQuery>,
) -> ApiResult<AverageQuality> {
    Ok(Answer::ok(
        app.calls.average_call_quality(&caller, *query).await?,
    ))
}
