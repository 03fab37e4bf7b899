//! `/v1/users`: the caller's account, and other people.

mod blocks;
mod contacts;
mod devices;
mod email;
mod me;
mod people;
mod push_tokens;
mod sessions;
mod settings;
mod starred;
mod storage;
mod unread;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; `me` and `search` before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "/me" => me::get_me [Unproved],
        PUT "/me" => me::update_me,
        DELETE "/me" => me::delete_me [Unproved],
        POST "/me/email/code" => email::request_email_code [Unproved],
        POST "/me/email/verify" => email::verify_email [Unproved],
        GET "/me/settings" => settings::get_settings,
        PUT "/me/settings" => settings::update_settings,
        POST "/me/push-tokens" => push_tokens::add_push_token,
        GET "/me/push-tokens" => push_tokens::list_push_tokens,
        DELETE "/me/push-tokens/{id}" => push_tokens::remove_push_token,
        GET "/me/storage" => storage::get_storage,
        GET "/me/unread" => unread::list_unread,
        GET "/me/devices" => devices::list_devices,
        GET "/me/devices/{id}" => devices::get_device,
        DELETE "/me/devices/{id}" => devices::delete_device,
        DELETE "/me/sessions/{id}" => sessions::revoke_session,
        DELETE "/me/sessions" => sessions::revoke_other_sessions,
        GET "/me/contacts" => contacts::list_contacts,
        GET "/me/contacts/blocked" => blocks::list_blocked,
        POST "/me/contacts" => contacts::add_contact,
        DELETE "/me/contacts/{id}" => contacts::remove_contact,
        POST "/me/contacts/{id}/block" => blocks::block_contact,
        POST "/me/contacts/{id}/unblock" => blocks::unblock_contact,
        GET "/me/starred" => starred::list_starred,
        GET "" => people::list_users,
        GET "/search" => people::search_users,
        GET "/{id}/devices" => devices::list_peer_devices,
        GET "/{id}" => people::get_user,
    });
}
