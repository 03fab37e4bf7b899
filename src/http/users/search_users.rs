//! `GET /v1/users/search` — like `GET /v1/users`, with the search as `query`.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the page |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `VALIDATION_ERROR` | `query` has fewer than 2 characters; page or limit out of bounds |

use sentinal_protocol::api::people::{FindUsersQuery, Profiles};

use crate::http::{Answer, ApiResult, App, Caller, Query};

pub(super) async fn search_users(
    app: App,
    caller: Caller,
    query: Query<FindUsersQuery>,
) -> ApiResult<Profiles> {
    Ok(Answer::ok(
        app.search_users(&caller, "query", query.0.into()).await?,
    ))
}
