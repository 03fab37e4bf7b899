//! `/v1/messages`: sending, reading back, receipts.

mod get_message;
mod list_messages;
mod mark_delivered;
mod mark_read;
mod send_message;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => send_message,
        GET "" => list_messages,
        GET "/{id}" => get_message,
        POST "/{id}/read" => mark_read,
        POST "/{id}/delivered" => mark_delivered,
    });
}
