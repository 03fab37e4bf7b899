//! `GET /ping` — answers.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Answer;

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pong {
    message: &'static str,
}

pub(super) async fn ping() -> Answer<Pong> {
    Answer::ok(Pong { message: "pong" })
}
