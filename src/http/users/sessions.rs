//! Ending the caller's login sessions.

use sentinal_protocol::LoginSessionId;
use sentinal_protocol::api::auth::ConfirmRequest;

use crate::http::{Answer, ApiResult, App, Caller, ClientAddress, OptionalBody, Path};

/// `DELETE /v1/users/me/sessions/{id}` — ends one of the caller's login sessions.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | ended; its sockets close with 4401 |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | another session than the calling one, without `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
/// | 404 | `NOT_FOUND` | not a live session of the caller |
pub(super) async fn revoke_session(
    app: App,
    caller: Caller,
    address: ClientAddress,
    id: Path<LoginSessionId>,
    body: OptionalBody<ConfirmRequest>,
) -> ApiResult<()> {
    let confirmation = address.confirming(body.0.password);
    app.accounts
        .logout(&caller, Some(*id), confirmation)
        .await?;
    Ok(Answer::empty())
}

/// `DELETE /v1/users/me/sessions` — ends all of the caller's login sessions but the present one.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | ended; their sockets close with 4401 |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | no `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
pub(super) async fn revoke_other_sessions(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: OptionalBody<ConfirmRequest>,
) -> ApiResult<()> {
    let confirmation = address.confirming(body.0.password);
    app.accounts
        .revoke_other_sessions(&caller, confirmation)
        .await?;
    Ok(Answer::empty())
}
