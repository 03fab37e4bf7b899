//! `/v1/broadcasts`: one message to many people, each by itself.

mod add_recipient;
mod add_recipients;
mod check_recipient;
mod count_recipients;
mod create_broadcast;
mod delete_broadcast;
mod get_broadcast;
mod list_broadcasts;
mod list_recipients;
mod remove_recipient;
mod remove_recipients;
mod search_broadcasts;
mod send_broadcast;
mod update_broadcast;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => list_broadcasts,
        POST "" => create_broadcast,
        GET "/search" => search_broadcasts,
        GET "/{id}" => get_broadcast,
        PUT "/{id}" => update_broadcast,
        DELETE "/{id}" => delete_broadcast,
        POST "/{id}/messages" => send_broadcast,
        GET "/{id}/recipients" => list_recipients,
        POST "/{id}/recipients" => add_recipient,
        GET "/{id}/recipients/count" => count_recipients,
        POST "/{id}/recipients/bulk" => add_recipients,
        DELETE "/{id}/recipients/bulk" => remove_recipients,
        GET "/{id}/recipients/{user_id}" => check_recipient,
        DELETE "/{id}/recipients/{user_id}" => remove_recipient,
    });
}
