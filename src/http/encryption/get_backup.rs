//! `GET /v1/encryption/backup` — the caller's encrypted key backup.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | the backup |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | the caller has none |

use sentinal_protocol::api::pq_keys::KeyBackup;

use crate::http::{Answer, ApiResult, App, Caller};

pub(super) async fn get_backup(app: App, caller: Caller) -> ApiResult<KeyBackup> {
    Ok(Answer::ok(app.get_key_backup(&caller).await?))
}
