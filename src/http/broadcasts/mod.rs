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

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(list_broadcasts::list_broadcasts)
        .service(create_broadcast::create_broadcast)
        .service(search_broadcasts::search_broadcasts)
        .service(get_broadcast::get_broadcast)
        .service(update_broadcast::update_broadcast)
        .service(delete_broadcast::delete_broadcast)
        .service(send_broadcast::send_broadcast)
        .service(list_recipients::list_recipients)
        .service(add_recipient::add_recipient)
        .service(count_recipients::count_recipients)
        .service(add_recipients::add_recipients)
        .service(remove_recipients::remove_recipients)
        .service(check_recipient::check_recipient)
        .service(remove_recipient::remove_recipient);
}
