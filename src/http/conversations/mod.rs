//! `/v1/conversations`: conversations and who takes part in them.

mod add_participant;
mod archive_conversation;
mod create_conversation;
mod delete_conversation;
mod get_conversation;
mod get_direct_conversation;
mod get_invited;
mod get_sequence;
mod join_conversation;
mod leave_conversation;
mod list_conversations;
mod list_conversations_of_type;
mod list_participants;
mod list_pins;
mod mark_read;
mod mute_conversation;
mod pin_conversation;
mod remove_participant;
mod renew_invite;
mod reserve_sequence;
mod search_conversations;
mod transfer_conversation;
mod unarchive_conversation;
mod unmute_conversation;
mod unpin_conversation;
mod update_conversation;
mod update_role;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => create_conversation,
        GET "" => list_conversations,
        GET "/direct" => get_direct_conversation,
        GET "/type" => list_conversations_of_type,
        GET "/search" => search_conversations,
        GET "/invite" => get_invited,
        POST "/join" => join_conversation,
        GET "/{id}" => get_conversation,
        PUT "/{id}" => update_conversation,
        DELETE "/{id}" => delete_conversation,
        POST "/{id}/transfer" => transfer_conversation,
        POST "/{id}/invite" => renew_invite,
        POST "/{id}/mute" => mute_conversation,
        POST "/{id}/unmute" => unmute_conversation,
        POST "/{id}/pin" => pin_conversation,
        POST "/{id}/unpin" => unpin_conversation,
        POST "/{id}/archive" => archive_conversation,
        POST "/{id}/unarchive" => unarchive_conversation,
        GET "/{id}/participants" => list_participants,
        POST "/{id}/participants" => add_participant,
        DELETE "/{id}/participants/{user_id}" => remove_participant,
        PUT "/{id}/participants/{user_id}/role" => update_role,
        POST "/{id}/leave" => leave_conversation,
        GET "/{id}/pins" => list_pins,
        GET "/{id}/sequence" => get_sequence,
        POST "/{id}/sequence" => reserve_sequence,
        POST "/{id}/read" => mark_read,
        POST "/{id}/read-sequence" => mark_read,
    });
}
