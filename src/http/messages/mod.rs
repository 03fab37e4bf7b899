//! `/v1/messages`: sending, reading back, receipts.

mod get_message;
mod list_messages;
mod mark_delivered;
mod mark_read;
mod send_message;

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(send_message::send_message)
        .service(list_messages::list_messages)
        .service(get_message::get_message)
        .service(mark_read::mark_read)
        .service(mark_delivered::mark_delivered);
}
