//! `POST /v1/auth/register` — makes an account and signs its first device in.
//!
//! | status | code | when |
//! |---|---|---|
//! | 201 |  | made |
//! | 409 | `EMAIL_TAKEN`, `USERNAME_TAKEN`, `PHONE_TAKEN` | another account has it |
//! | 409 | `CONFLICT` | `device_id` is the server's id of some device |
//! | 422 | `VALIDATION_ERROR` | a field breaks its rule |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too often from this address, or for this identity |
//! | 503 | `OVERLOADED` | too many passwords are being hashed |

use sentinal_protocol::api::auth::{RegisterRequest, Tokens};

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

pub(super) async fn register(
    app: App,
    address: ClientAddress,
    body: Body<RegisterRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::created(app.register(body.0, address.0).await?))
}
