//! `/v1/users`: the caller's account, and other people.

mod add_contact;
mod block_contact;
mod delete_device;
mod get_device;
mod get_me;
mod list_blocked;
mod list_contacts;
mod list_devices;
mod list_peer_devices;
mod list_starred;
mod remove_contact;
mod revoke_other_sessions;
mod revoke_session;
mod unblock_contact;

use actix_web::web;

/// The endpoints of this folder; `me` before any id.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_me::get_me)
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
        .service(list_peer_devices::list_peer_devices);
}
