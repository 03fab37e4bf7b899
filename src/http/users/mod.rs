//! `/v1/users`: the caller's account, and other people.

mod add_contact;
mod add_push_token;
mod block_contact;
mod delete_device;
mod delete_me;
mod get_device;
mod get_me;
mod get_settings;
mod get_user;
mod list_blocked;
mod list_contacts;
mod list_devices;
mod list_peer_devices;
mod list_push_tokens;
mod list_starred;
mod list_unread;
mod list_users;
mod remove_contact;
mod remove_push_token;
mod revoke_other_sessions;
mod revoke_session;
mod search_users;
mod unblock_contact;
mod update_me;
mod update_settings;

use actix_web::web;

/// The endpoints of this folder; `me` and `search` before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_me::get_me)
        .service(update_me::update_me)
        .service(delete_me::delete_me)
        .service(get_settings::get_settings)
        .service(update_settings::update_settings)
        .service(add_push_token::add_push_token)
        .service(list_push_tokens::list_push_tokens)
        .service(remove_push_token::remove_push_token)
        .service(list_unread::list_unread)
        .service(list_devices::list_devices)
        .service(get_device::get_device)
        .service(delete_device::delete_device)
        .service(revoke_session::revoke_session)
        .service(revoke_other_sessions::revoke_other_sessions)
        .service(list_contacts::list_contacts)
        .service(list_blocked::list_blocked)
        .service(add_contact::add_contact)
        .service(remove_contact::remove_contact)
        .service(block_contact::block_contact)
        .service(unblock_contact::unblock_contact)
        .service(list_starred::list_starred)
        .service(list_users::list_users)
        .service(search_users::search_users)
        .service(list_peer_devices::list_peer_devices)
        .service(get_user::get_user);
}
