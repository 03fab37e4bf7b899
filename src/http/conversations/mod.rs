//! `/v1/conversations`: conversations and who takes part in them.

mod add_participant;
mod create_conversation;
mod get_conversation;
mod get_direct_conversation;
mod get_sequence;
mod leave_conversation;
mod list_conversations;
mod list_participants;
mod list_pins;
mod mark_read;
mod remove_participant;
mod reserve_sequence;
mod update_role;

use actix_web::web;

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(create_conversation::create_conversation)
        .service(list_conversations::list_conversations)
        .service(get_direct_conversation::get_direct_conversation)
        .service(get_conversation::get_conversation)
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
