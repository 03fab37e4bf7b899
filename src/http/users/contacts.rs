//! The caller's contacts.

use sentinal_protocol::UserId;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{AddContactRequest, Contact, Contacts};

use crate::http::{Answer, ApiResult, App, Body, Caller, Path, Query};

/// `GET /v1/users/me/contacts` — a page of the caller's contacts, in the order in which they were
/// added.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_contacts(
    app: App,
    caller: Caller,
    query: Query<PageQuery>,
) -> ApiResult<Contacts> {
    Ok(Answer::ok(
        app.people.list_contacts(&caller, query.0).await?,
    ))
}

/// `POST /v1/users/me/contacts` — adds someone to the caller's contacts.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the contact |
/// | 200 |  | the contact; they were one already, and have the new nickname if there is one |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user |
/// | 422 | `VALIDATION_ERROR` | oneself, or a nickname that is too long |
pub(super) async fn add_contact(
    app: App,
    caller: Caller,
    request: Body<AddContactRequest>,
) -> ApiResult<Contact> {
    let stored = app.people.add_contact(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}

/// `DELETE /v1/users/me/contacts/{id}` — takes someone out of the caller's contacts. A block stays.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not a contact of the caller |
pub(super) async fn remove_contact(app: App, caller: Caller, id: Path<UserId>) -> ApiResult<()> {
    app.people.remove_contact(&caller, *id).await?;
    Ok(Answer::empty())
}
