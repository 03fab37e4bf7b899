//! `/v1/broadcasts`: one message to many people, each by itself.

mod broadcast;
mod listing;
mod recipients;
mod send;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => listing::list_broadcasts,
        POST "" => broadcast::create_broadcast,
        GET "/search" => listing::search_broadcasts,
        GET "/{id}" => broadcast::get_broadcast,
        PUT "/{id}" => broadcast::update_broadcast,
        DELETE "/{id}" => broadcast::delete_broadcast,
        POST "/{id}/messages" => send::send_broadcast [NotRemembered, OwnBucket],
        GET "/{id}/recipients" => recipients::list_recipients,
        POST "/{id}/recipients" => recipients::add_recipient,
        GET "/{id}/recipients/count" => recipients::count_recipients,
        POST "/{id}/recipients/bulk" => recipients::add_recipients,
        DELETE "/{id}/recipients/bulk" => recipients::remove_recipients,
        GET "/{id}/recipients/{user_id}" => recipients::check_recipient,
        DELETE "/{id}/recipients/{user_id}" => recipients::remove_recipient,
    });
}
