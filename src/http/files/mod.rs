//! `/v1/files`: complete files, for whoever was told their address.

mod fetch_file;

use actix_web::web;

/// The endpoints of this folder.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(fetch_file::fetch_file);
}
