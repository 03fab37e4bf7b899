//! `/v1/uploads`: files on their way in. Below `/data` it speaks tus 1.0 as well.

mod body;
mod creation;
mod data;
mod listing;
mod stale;
pub(super) mod tus;
mod upload;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => listing::list_uploads,
        OPTIONS "" => data::describe_creation [Public, Tus],
        POST "" => upload::create_upload [Tus],
        GET "/completed" => listing::list_completed,
        GET "/in-progress" => listing::list_in_progress,
        GET "/stale" => stale::list_stale,
        DELETE "/stale" => stale::delete_stale,
        GET "/{id}" => upload::get_upload,
        DELETE "/{id}" => upload::delete_upload,
        POST "/{id}/complete" => upload::complete_upload,
        POST "/{id}/fail" => upload::fail_upload,
        POST "/{id}/progress" => upload::report_progress,
        OPTIONS "/{id}/data" => data::describe_tus [Public, Tus],
        HEAD "/{id}/data" => data::get_offset [Tus],
        PUT "/{id}/data" => data::put_data [Tus],
        PATCH "/{id}/data" => data::append_data [Tus],
        DELETE "/{id}/data" => data::terminate [Tus],
    });
}
