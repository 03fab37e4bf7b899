//! `DELETE /v1/encryption/identity/{id}` — deletes an identity key; if it is the active one, its
//! prekeys too, and its device leaves the rosters.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | gone |
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 404 | `NOT_FOUND` | not a key of the caller |

use uuid::Uuid;

use crate::http::{Answer, ApiResult, App, Caller, Path};

pub(super) async fn delete_identity(app: App, caller: Caller, id: Path<Uuid>) -> ApiResult<()> {
    app.delete_identity_key(&caller, *id).await?;
    Ok(Answer::empty())
}
