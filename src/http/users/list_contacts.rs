//! `GET /v1/users/me/contacts` — a page of the caller's contacts, in the order in which they were
//! added.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | page or limit out of bounds |

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::Contacts;

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_contacts(
    app: App,
    caller: Caller,
    query: Query<PageQuery>,
) -> ApiResult<Contacts> {
    Ok(Answer::ok(app.list_contacts(&caller, query.0).await?))
}
