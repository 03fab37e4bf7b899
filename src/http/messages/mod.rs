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

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => send_message,
        GET "" => list_messages,
        GET "/search" => search_messages,
        GET "/{id}" => get_message,
        PUT "/{id}" => edit_message,
        DELETE "/{id}" => delete_message,
        DELETE "/{id}/hard" => hard_delete_message,
        POST "/{id}/read" => mark_read,
        POST "/{id}/delivered" => mark_delivered,
        GET "/{id}/receipts" => list_receipts,
        PUT "/{id}/reactions/{reaction}" => add_reaction,
        DELETE "/{id}/reactions/{reaction}" => remove_reaction,
        GET "/{id}/reactions" => list_reactions,
        PUT "/{id}/vote" => vote,
        GET "/{id}/poll" => get_poll,
        PUT "/{id}/star" => star_message,
        DELETE "/{id}/star" => unstar_message,
        PUT "/{id}/pin" => pin_message,
        DELETE "/{id}/pin" => unpin_message,
    });
}
