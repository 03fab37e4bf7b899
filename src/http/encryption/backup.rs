//! The caller's encrypted key backup.

use sentinal_protocol::api::pq_keys::{KeyBackup, StoreBackupRequest};

use crate::http::{Answer, ApiResult, App, Body, Caller};

/// `POST /v1/encryption/backup` — keeps the caller's encrypted key backup in place of the one from
/// before.
///
/// | status | code | when |
/// |---|---|---|
/// | 201 |  | the backup |
/// | 200 |  | the backup; it was kept already |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | `device_id` is not an active device of the caller |
/// | 413 | `PAYLOAD_TOO_LARGE` | the request is larger than 1 MiB |
/// | 422 | `VALIDATION_ERROR` | nothing to keep, or nonce or salt empty or longer than 256 bytes |
/// | 507 | `QUOTA_EXCEEDED` | what is kept of the caller would take more room than allowed |
pub(super) async fn store_backup(
    app: App,
    caller: Caller,
    body: Body<StoreBackupRequest>,
) -> ApiResult<KeyBackup> {
    let stored = app.keys.store_key_backup(&caller, body.0).await?;
    Ok(Answer::stored(stored))
}

/// `GET /v1/encryption/backup` — the caller's encrypted key backup.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the backup |
/// | 401 | `UNAUTHORIZED` | no usable access token |
/// | 404 | `NOT_FOUND` | the caller has none |
pub(super) async fn get_backup(app: App, caller: Caller) -> ApiResult<KeyBackup> {
    Ok(Answer::ok(app.keys.get_key_backup(&caller).await?))
}
