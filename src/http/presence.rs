//! The presence of users.

use sentinal_protocol::api::presence::{PresenceQuery, Presences};

use super::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/presence?user_ids=` — what users are: online, away, busy or offline. Those whose presence
/// the caller may not know are offline, like users who do not exist.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | as they were asked for, each once |
/// | 400 | `BAD_REQUEST` | an id is malformed |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | nobody, or more than 100 users are named |
pub(super) async fn presence(
    app: App,
    caller: Caller,
    query: Query<PresenceQuery>,
) -> ApiResult<Presences> {
    let presences = app.people.get_presences(&caller, query.user_ids.as_deref());
    Ok(Answer::ok(presences.await?))
}
