//! `GET /livez` — the process lives. A supervisor that gets no answer restarts it.
//!
//! | status | code | when |
//! |---|---|---|
//! | 200 | | always |

use super::health::Status;
use crate::http::Answer;

pub(super) async fn livez() -> Answer<Status> {
    Answer::ok(Status { status: "alive" })
}
