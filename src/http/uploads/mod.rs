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

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(list_uploads::list_uploads)
        .service(create_upload::create_upload)
        .service(list_completed::list_completed)
        .service(list_in_progress::list_in_progress)
        .service(list_stale::list_stale)
        .service(delete_stale::delete_stale)
        .service(get_upload::get_upload)
        .service(delete_upload::delete_upload)
        .service(complete_upload::complete_upload)
        .service(fail_upload::fail_upload)
        .service(report_progress::report_progress)
        .service(describe_tus::describe_tus)
        .service(get_offset::get_offset)
        .service(put_data::put_data)
        .service(append_data::append_data)
        .service(terminate::terminate);
}
