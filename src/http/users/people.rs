//! Profiles of users.

use sentinal_app::ApiError;
use sentinal_protocol::UserId;
use sentinal_protocol::api::people::{FindUsersQuery, Profile, Profiles, SearchUsersQuery};

use crate::http::{Answer, ApiResult, App, Caller, Path, Query};

/// `GET /v1/users` — a page of those whose username or display name begins with `search`, by
/// username; a whole e-mail address or phone number finds whom it belongs to, if they allow it.
/// With `ids` instead of `search`: the profiles of these users, in that order; who does not exist is
/// left out.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 400 | `BAD_REQUEST` | an id is malformed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `search` has fewer than 2 characters, or is there beside `ids`; nobody, or more than 100 users are named; page or limit out of bounds |
pub(super) async fn list_users(
    app: App,
    caller: Caller,
    query: Query<SearchUsersQuery>,
) -> ApiResult<Profiles> {
    let SearchUsersQuery { search, ids, .. } = &query.0;
    let users = match (ids, search) {
        (Some(_), Some(_)) => return Err(ApiError::invalid("ids", "goes without `search`").into()),
        (Some(ids), None) => app.people.list_named_users(&caller, ids).await?,
        (None, _) => app.people.search_users(&caller, "search", query.0).await?,
    };
    Ok(Answer::ok(users))
}

/// `GET /v1/users/search` — like `GET /v1/users`, with the search as `query`.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | `query` has fewer than 2 characters; page or limit out of bounds |
pub(super) async fn search_users(
    app: App,
    caller: Caller,
    query: Query<FindUsersQuery>,
) -> ApiResult<Profiles> {
    Ok(Answer::ok(
        app.people
            .search_users(&caller, "query", query.0.into())
            .await?,
    ))
}

/// `GET /v1/users/{id}` — somebody's profile, as far as their settings let the caller see it.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the profile |
/// | 400 | `BAD_REQUEST` | the id is malformed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user |
pub(super) async fn get_user(app: App, caller: Caller, id: Path<UserId>) -> ApiResult<Profile> {
    Ok(Answer::ok(app.people.get_profile(&caller, *id).await?))
}
