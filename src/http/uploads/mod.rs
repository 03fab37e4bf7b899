//! `/v1/uploads`: files on their way in. Below `/data` it speaks tus 1.0 as well.

mod append_data;
mod body;
mod complete_upload;
mod create_upload;
mod delete_stale;
mod delete_upload;
mod describe_tus;
mod fail_upload;
mod get_offset;
mod get_upload;
mod list_completed;
mod list_in_progress;
mod list_stale;
mod list_uploads;
mod put_data;
mod report_progress;
mod terminate;
pub(super) mod tus;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => list_uploads,
        POST "" => create_upload,
        GET "/completed" => list_completed,
        GET "/in-progress" => list_in_progress,
        GET "/stale" => list_stale,
        DELETE "/stale" => delete_stale,
        GET "/{id}" => get_upload,
        DELETE "/{id}" => delete_upload,
        POST "/{id}/complete" => complete_upload,
        POST "/{id}/fail" => fail_upload,
        POST "/{id}/progress" => report_progress,
        OPTIONS "/{id}/data" => describe_tus,
        HEAD "/{id}/data" => get_offset,
        PUT "/{id}/data" => put_data,
        PATCH "/{id}/data" => append_data,
        DELETE "/{id}/data" => terminate,
    });
}
