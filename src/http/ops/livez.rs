//! `GET /livez` — the process lives. A supervisor that gets no answer restarts it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use actix_web::get;

use super::health::Status;
use crate::http::Answer;

#[get("/livez")]
pub(super) async fn livez() -> Answer<Status> {
    Answer::ok(Status { status: "alive" })
}
