//! `/v1/calls`: calls, who is in them, and how good they were.

mod call;
mod ice_servers;
mod listing;
mod participants;
mod quality;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => listing::list_calls,
        POST "" => call::create_call [CallsBucket],
        GET "/user" => listing::list_own_calls,
        GET "/active" => listing::list_active_calls,
        GET "/missed" => listing::list_missed_calls,
        GET "/ice-servers" => ice_servers::get_ice_servers,
        GET "/quality" => quality::list_quality,
        POST "/quality" => quality::record_quality,
        GET "/quality/user" => quality::list_own_quality,
        GET "/quality/average" => quality::average_quality,
        GET "/{id}" => call::get_call,
        GET "/{id}/participants" => participants::list_call_participants,
        POST "/{id}/participants" => participants::add_call_participant,
        DELETE "/{id}/participants/{user_id}" => participants::remove_call_participant,
        PUT "/{id}/participants/{user_id}/status" => participants::update_call_status,
        PUT "/{id}/participants/{user_id}/mute" => participants::mute_participant,
        POST "/{id}/connected" => call::mark_connected,
        POST "/{id}/end" => call::end_call,
        GET "/{id}/duration" => call::get_duration,
    });
}
