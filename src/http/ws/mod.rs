//! `/v1/ws` as far as it is HTTP: tickets, and an explanation for who does not ask to upgrade.

mod explain;
mod issue_ticket;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => explain,
        POST "/ticket" => issue_ticket,
    });
}
