//! The messages that the caller has starred.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::pins::Starred;

use crate::http::{Answer, ApiResult, App, Caller, Query};

/// `GET /v1/users/me/starred` — a page of the caller's starred messages, the one starred last first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the page, with the ciphertexts of the calling device |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 422 | `VALIDATION_ERROR` | page or limit out of bounds |
pub(super) async fn list_starred(
    app: App,
    caller: Caller,
    query: Query<PageQuery>,
) -> ApiResult<Starred> {
    Ok(Answer::ok(
        app.messages.list_starred(&caller, query.0).await?,
    ))
}
