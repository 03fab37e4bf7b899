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

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(create_conversation::create_conversation)
        .service(list_conversations::list_conversations)
        .service(get_direct_conversation::get_direct_conversation)
        .service(list_conversations_of_type::list_conversations_of_type)
        .service(search_conversations::search_conversations)
        .service(get_invited::get_invited)
        .service(join_conversation::join_conversation)
        .service(get_conversation::get_conversation)
        .service(update_conversation::update_conversation)
        .service(delete_conversation::delete_conversation)
        .service(transfer_conversation::transfer_conversation)
        .service(renew_invite::renew_invite)
        .service(mute_conversation::mute_conversation)
        .service(unmute_conversation::unmute_conversation)
        .service(pin_conversation::pin_conversation)
        .service(unpin_conversation::unpin_conversation)
        .service(archive_conversation::archive_conversation)
        .service(unarchive_conversation::unarchive_conversation)
        .service(list_participants::list_participants)
        .service(add_participant::add_participant)
        .service(remove_participant::remove_participant)
        .service(update_role::update_role)
        .service(leave_conversation::leave_conversation)
        .service(list_pins::list_pins)
        .service(get_sequence::get_sequence)
        .service(reserve_sequence::reserve_sequence)
        .service(mark_read::mark_read)
        .service(mark_read::mark_read_alias);
}
