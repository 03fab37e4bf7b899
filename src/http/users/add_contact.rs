//! `POST /v1/users/me/contacts` — adds someone to the caller's contacts.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | the contact |
//! | 200 |  | the contact; they were one already, and have the new nickname if there is one |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | no such user, or one who has blocked the caller |
//! | 422 | `VALIDATION_ERROR` | oneself, or a nickname that is too long |

use sentinal_protocol::api::accounts::{AddContactRequest, Contact};

use crate::http::{Answer, ApiResult, App, Body, Caller};

pub(super) async fn add_contact(
    app: App,
    caller: Caller,
    request: Body<AddContactRequest>,
) -> ApiResult<Contact> {
    let stored = app.add_contact(&caller, request.0).await?;
    Ok(Answer::stored(stored))
}
