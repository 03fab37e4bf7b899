//! `GET /v1/messages/search` — refused: the server holds only ciphertext.
//!
//! | status | code | when |
//! |---|---|---|
//! | 401 | `UNAUTHORIZED` | no usable access token |
//! | 422 | `E2EE_NO_SEARCH` | always |

use sentinal_actors::app::ApiError;
use sentinal_protocol::ErrorCode;

use crate::http::{ApiResult, Caller};

pub(super) async fn search_messages(_caller: Caller) -> ApiResult<()> {
    let message = "The server cannot read messages; search on the device.";
    Err(ApiError::new(ErrorCode::E2eeNoSearch, message).into())
}
