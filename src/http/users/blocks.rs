//! The users whom the caller has blocked.

use sentinal_protocol::UserId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{Contact, Contacts};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `GET /v1/users/me/contacts/blocked` — a page of those whom the caller has blocked, contacts or not,
/// in the order in which that happened.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_blocked(
    app: App,
    caller: Caller,
    query: Query<PageQuery>,
) -> ApiResult<Contacts> {
    Ok(Answer::ok(app.people.list_blocked(&caller, query.0).await?))
}

/// `POST /v1/users/me/contacts/{id}/block` — blocks a user, contact or not. Nobody is told.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the user, now or already blocked |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user |
/// | 422 | `VALIDATION_ERROR` | oneself |
pub(super) async fn block_contact(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<Contact> {
    Ok(Answer::ok(app.people.block_user(&caller, *id).await?))
}

/// `POST /v1/users/me/contacts/{id}/unblock` — ends a block. What was
/// sent past it meanwhile stays hidden.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the user, now or already not blocked |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user |
/// | 422 | `VALIDATION_ERROR` | oneself |
pub(super) async fn unblock_contact(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<Contact> {
    Ok(Answer::ok(app.people.unblock_user(&caller, *id).await?))
}
