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
mod remove_contact;
mod revoke_other_sessions;
mod revoke_session;
mod unblock_contact;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; `me` before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/me" => get_me,
        GET "/me/devices" => list_devices,
        GET "/me/devices/{id}" => get_device,
        DELETE "/me/devices/{id}" => delete_device,
        DELETE "/me/sessions/{id}" => revoke_session,
        DELETE "/me/sessions" => revoke_other_sessions,
        GET "/me/contacts" => list_contacts,
        GET "/me/contacts/blocked" => list_blocked,
        POST "/me/contacts" => add_contact,
        DELETE "/me/contacts/{id}" => remove_contact,
        POST "/me/contacts/{id}/block" => block_contact,
        POST "/me/contacts/{id}/unblock" => unblock_contact,
        GET "/{id}/devices" => list_peer_devices,
    });
}
