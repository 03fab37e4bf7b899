//! `GET /v1/users` — a page of those whose username or display name begins with `search`, by
//! username; a whole e-mail address or phone number finds whom it belongs to, if they allow it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `search` has fewer than 2 characters; page or limit out of bounds |

use sentinal_protocol::api::people::{Profiles, SearchUsersQuery};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn list_users(
    app: App,
    caller: Caller,
    query: Query<SearchUsersQuery>,
) -> ApiResult<Profiles> {
    Ok(Answer::ok(
        app.search_users(&caller, "search", query.0).await?,
    ))
}
