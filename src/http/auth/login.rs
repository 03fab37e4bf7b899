//! `POST /v1/auth/login` — signs a device in; an earlier login session of the device ends.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | signed in |
//! | 401 | `INVALID_CREDENTIALS` | unknown identity or wrong password, in the same time |
//! | 409 | `TOO_MANY_DEVICES` | a new device beside 16 active ones |
//! | 409 | `CONFLICT` | `device_id` is the server's id of some device |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too many failures for this identity from this address |
//! | 503 | `OVERLOADED` | too many passwords are being checked |

use sentinal_protocol::api::auth::{LoginRequest, Tokens};

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

pub(super) async fn login(
    app: App,
    address: ClientAddress,
    body: Body<LoginRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::ok(app.login(body.0, address.0).await?))
}
