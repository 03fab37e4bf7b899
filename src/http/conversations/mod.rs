//! `/v1/conversations`: conversations and who takes part in them.

mod add_participant;
mod create_conversation;
mod get_conversation;
mod get_direct_conversation;
mod get_sequence;
mod leave_conversation;
mod list_conversations;
mod list_participants;
mod mark_read;
mod remove_participant;
mod reserve_sequence;
mod update_role;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => create_conversation,
        GET "" => list_conversations,
        GET "/direct" => get_direct_conversation,
        GET "/{id}" => get_conversation,
        GET "/{id}/participants" => list_participants,
        POST "/{id}/participants" => add_participant,
        DELETE "/{id}/participants/{user_id}" => remove_participant,
        PUT "/{id}/participants/{user_id}/role" => update_role,
        POST "/{id}/leave" => leave_conversation,
        GET "/{id}/sequence" => get_sequence,
        POST "/{id}/sequence" => reserve_sequence,
        POST "/{id}/read" => mark_read,
        POST "/{id}/read-sequence" => mark_read,
    });
}
