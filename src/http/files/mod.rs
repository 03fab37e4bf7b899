//! `/v1/files`: complete files, for whoever was told their address.

mod fetch_file;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/{id}" => fetch_file,
    });
}
