//! `/v1/files`: complete files, for whoever was told their address.

mod download;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/{id}" => download::fetch_file [Public],
    });
}
