//! `/v1/messages`: sending, reading back, changing, receipts, and what people make of a message.

mod changes;
mod history;
mod pins;
mod polls;
mod reactions;
mod receipts;
mod send;
mod stars;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => send::send_message [NotRemembered, OwnBucket],
        GET "" => history::list_messages,
        GET "/search" => history::search_messages,
        GET "/{id}" => history::get_message,
        PUT "/{id}" => changes::edit_message [OwnBucket],
        DELETE "/{id}" => changes::delete_message,
        DELETE "/{id}/hard" => changes::hard_delete_message,
        POST "/{id}/read" => receipts::mark_read,
        POST "/{id}/delivered" => receipts::mark_delivered,
        GET "/{id}/receipts" => receipts::list_receipts,
        PUT "/{id}/reactions/{reaction}" => reactions::add_reaction,
        DELETE "/{id}/reactions/{reaction}" => reactions::remove_reaction,
        GET "/{id}/reactions" => reactions::list_reactions,
        PUT "/{id}/vote" => polls::vote,
        GET "/{id}/poll" => polls::get_poll,
        PUT "/{id}/star" => stars::star_message,
        DELETE "/{id}/star" => stars::unstar_message,
        PUT "/{id}/pin" => pins::pin_message,
        DELETE "/{id}/pin" => pins::unpin_message,
    });
}
