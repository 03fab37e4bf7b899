//! `/v1/messages`: sending, reading back, changing, receipts, and what people make of a message.

mod add_reaction;
mod delete_message;
mod edit_message;
mod get_message;
mod get_poll;
mod hard_delete_message;
mod list_messages;
mod list_reactions;
mod list_receipts;
mod mark_delivered;
mod mark_read;
mod pin_message;
mod remove_reaction;
mod search_messages;
mod send_message;
mod star_message;
mod unpin_message;
mod unstar_message;
mod vote;

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(send_message::send_message)
        .service(list_messages::list_messages)
        .service(search_messages::search_messages)
        .service(get_message::get_message)
        .service(edit_message::edit_message)
        .service(delete_message::delete_message)
        .service(hard_delete_message::hard_delete_message)
        .service(mark_read::mark_read)
        .service(mark_delivered::mark_delivered)
        .service(list_receipts::list_receipts)
        .service(add_reaction::add_reaction)
        .service(remove_reaction::remove_reaction)
        .service(list_reactions::list_reactions)
        .service(vote::vote)
        .service(get_poll::get_poll)
        .service(star_message::star_message)
        .service(unstar_message::unstar_message)
        .service(pin_message::pin_message)
        .service(unpin_message::unpin_message);
}
