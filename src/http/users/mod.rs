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

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; `me` and `search` before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/me" => get_me,
        PUT "/me" => update_me,
        DELETE "/me" => delete_me,
        GET "/me/settings" => get_settings,
        PUT "/me/settings" => update_settings,
        POST "/me/push-tokens" => add_push_token,
        GET "/me/push-tokens" => list_push_tokens,
        DELETE "/me/push-tokens/{id}" => remove_push_token,
        GET "/me/unread" => list_unread,
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
        GET "/me/starred" => list_starred,
        GET "" => list_users,
        GET "/search" => search_users,
        GET "/{id}/devices" => list_peer_devices,
        GET "/{id}" => get_user,
    });
}
