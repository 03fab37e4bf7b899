//! `/v1/messages`: sending, reading back, receipts.

mod get_message;
mod list_messages;

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(list_messages::list_messages)
        .service(get_message::get_message);
}
