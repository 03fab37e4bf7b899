//! The caller's login sessions: list and end them.

use sentinal_protocol::api::auth::{ConfirmRequest, LoginSessions, LogoutRequest};

use crate::http::{Answer, ApiResult, App, Caller, ClientAddress, OptionalBody};

/// `GET /v1/auth/sessions` — the caller's live login sessions, newest first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn list_sessions(app: App, caller: Caller) -> ApiResult<LoginSessions> {
    Ok(Answer::ok(app.accounts.list_sessions(&caller).await?))
}

/// `POST /v1/auth/logout` — ends one of the caller's login sessions, the present one unless named.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | ended; its sockets close with 4401 |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | another session than the calling one, without `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
/// | 404 | `NOT_FOUND` | not a live session of the caller |
pub(super) async fn logout(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: OptionalBody<LogoutRequest>,
) -> ApiResult<()> {
    let session_id = body.0.session_id;
    let confirmation = address.confirming(body.0.password);
    app.accounts
        .logout(&caller, session_id, confirmation)
        .await?;
    Ok(Answer::empty())
}

/// `POST /v1/auth/logout-all` — ends all of the caller's login sessions, the present one included.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | ended; their sockets close with 4401 |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | no `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
pub(super) async fn logout_all(
    app: App,
    caller: Caller,
    address: ClientAddress,
    body: OptionalBody<ConfirmRequest>,
) -> ApiResult<()> {
    let confirmation = address.confirming(body.0.password);
    app.accounts.logout_all(&caller, confirmation).await?;
    Ok(Answer::empty())
}
