//! `OPTIONS /v1/uploads/{id}/data` — what of tus is spoken here: version 1.0.0 with `termination`.
//! Anybody may ask.
//!
//! | status | code | when |
//! |---|---|---|
//! | 204 |  | `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` |

use actix_web::HttpResponse;
use sentinal_protocol::UploadId;

use super::tus;
use crate::http::{App, Path};

pub(super) async fn describe_tus(app: App, _: Path<UploadId>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((tus::EXTENSION, "termination"))
        .insert_header((tus::MAX_SIZE, app.settings().files.file_bytes_max))
        .finish()
}
