//! `/v1/ws` as far as it is HTTP: tickets, and an explanation for who does not ask to upgrade.

mod tickets;
mod upgrade;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => upgrade::explain,
        POST "/ticket" => tickets::issue_ticket [NotRemembered],
    });
}
