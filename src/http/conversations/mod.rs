//! `/v1/conversations`: conversations and who takes part in them.

mod archive;
mod bans;
mod control;
mod conversation;
mod invites;
mod listing;
mod mute;
mod participants;
mod pin;
mod pinned_messages;
mod receipts;
mod roles;
mod sequence;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "" => conversation::create_conversation,
        GET "" => listing::list_conversations,
        GET "/direct" => conversation::get_direct_conversation,
        GET "/type" => listing::list_conversations_of_type,
        GET "/search" => listing::search_conversations,
        GET "/invite" => invites::get_invited,
        POST "/join" => invites::join_conversation,
        GET "/{id}" => conversation::get_conversation,
        PUT "/{id}" => conversation::update_conversation,
        DELETE "/{id}" => conversation::delete_conversation,
        POST "/{id}/transfer" => roles::transfer_conversation,
        POST "/{id}/invite" => invites::renew_invite,
        POST "/{id}/mute" => mute::mute_conversation,
        POST "/{id}/unmute" => mute::unmute_conversation,
        POST "/{id}/pin" => pin::pin_conversation,
        POST "/{id}/unpin" => pin::unpin_conversation,
        POST "/{id}/archive" => archive::archive_conversation,
        POST "/{id}/unarchive" => archive::unarchive_conversation,
        GET "/{id}/participants" => participants::list_participants,
        POST "/{id}/participants" => participants::add_participant,
        DELETE "/{id}/participants/{user_id}" => participants::remove_participant,
        POST "/{id}/participants/{user_id}/ban" => bans::ban_participant,
        DELETE "/{id}/participants/{user_id}/ban" => bans::unban_participant,
        GET "/{id}/bans" => bans::list_bans,
        PUT "/{id}/participants/{user_id}/role" => roles::update_role,
        POST "/{id}/leave" => participants::leave_conversation,
        GET "/{id}/pins" => pinned_messages::list_pins,
        GET "/{id}/sequence" => sequence::get_sequence,
        POST "/{id}/sequence" => sequence::reserve_sequence,
        POST "/{id}/control" => control::send_control [OwnBucket],
        POST "/{id}/read" => receipts::mark_read,
        POST "/{id}/read-sequence" => receipts::mark_read,
    });
}
