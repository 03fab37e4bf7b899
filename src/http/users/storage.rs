//! What is kept of the caller.

use sentinal_protocol::api::accounts::Storage;

use crate::http::{Answer, ApiResult, App, Caller};

/// `GET /v1/users/me/storage` — what is kept of the caller, by kind, and how much it may be in all.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | bytes by kind |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn get_storage(app: App, caller: Caller) -> ApiResult<Storage> {
    Ok(Answer::ok(app.accounts.storage(&caller).await?))
}
