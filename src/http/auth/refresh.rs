//! `POST /v1/auth/refresh` — exchanges a refresh token for new tokens.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 |  | new tokens; the same refresh token again where the answer was lost |
//! | 401 | `UNAUTHORIZED` | no such token, or its login session has ended |
//! | 401 | `REFRESH_REUSED` | an old copy: the login session is ended |
//! | 429 | `RATE_LIMIT_EXCEEDED` | too often for this login session |

use sentinal_protocol::api::auth::{RefreshRequest, Tokens};

use crate::http::{Answer, ApiResult, App, Body, ClientAddress};

pub(super) async fn refresh(
    app: App,
    address: ClientAddress,
    body: Body<RefreshRequest>,
) -> ApiResult<Tokens> {
    Ok(Answer::ok(app.refresh(body.0, address.0).await?))
}
