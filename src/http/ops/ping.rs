//! `GET /ping` — answers.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use actix_web::get;
use serde::Serialize;

use crate::http::Answer;

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Pong {
    message: &'static str,
}

#[get("/ping")]
pub(super) async fn ping() -> Answer<Pong> {
    Answer::ok(Pong { message: "pong" })
}
