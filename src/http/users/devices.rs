//! The caller's devices, and those of users to write to.

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::{Device, Devices, PeerDevices};
use sentinal_protocol::api::auth::ConfirmRequest;

use crate::http::{Answer, ApiResult, App, Caller, ClientAddress, OptionalBody, Path};

/// `GET /v1/users/me/devices` — the caller's active devices, the one seen last first.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn list_devices(app: App, caller: Caller) -> ApiResult<Devices> {
    Ok(Answer::ok(app.accounts.list_own_devices(&caller).await?))
}

/// `GET /v1/users/me/devices/{id}` — one of the caller's active devices, by either of its names.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the device |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | not an active device of the caller |
pub(super) async fn get_device(app: App, caller: Caller, name: Path<String>) -> ApiResult<Device> {
    Ok(Answer::ok(
        app.accounts.get_own_device(&caller, &name).await?,
    ))
}

/// `DELETE /v1/users/me/devices/{id}` — takes one of the caller's devices away.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | gone with its login session, keys and ciphertexts; its sockets close with 4404 |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 403 | `REAUTHENTICATION_REQUIRED` | another device than the calling one, without `password`, and it was not given within 10 minutes |
/// | 403 | `WRONG_PASSWORD` | `password` is wrong |
/// | 404 | `NOT_FOUND` | not an active device of the caller |
pub(super) async fn delete_device(
    app: App,
    caller: Caller,
    address: ClientAddress,
    name: Path<String>,
    body: OptionalBody<ConfirmRequest>,
) -> ApiResult<()> {
    let confirmation = address.confirming(body.0.password);
    app.accounts
        .remove_own_device(&caller, &name, confirmation)
        .await?;
    Ok(Answer::empty())
}

/// `GET /v1/users/{id}/devices` — a user's active devices, to encrypt to.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the list |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | no such user |
pub(super) async fn list_peer_devices(
    app: App,
    caller: Caller,
    id: Path<UserId>,
) -> ApiResult<PeerDevices> {
    Ok(Answer::ok(
        app.accounts.list_peer_devices(&caller, *id).await?,
    ))
}
