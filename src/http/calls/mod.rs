//! `/v1/calls`: calls, who is in them, and how good they were.

mod add_call_participant;
mod average_quality;
mod create_call;
mod end_call;
mod get_call;
mod get_duration;
mod get_ice_servers;
mod list_active_calls;
mod list_call_participants;
mod list_calls;
mod list_missed_calls;
mod list_own_calls;
mod list_own_quality;
mod list_quality;
mod mark_connected;
mod mute_participant;
mod record_quality;
mod remove_call_participant;
mod update_call_status;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder; fixed segments before any id.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        GET "" => list_calls,
        POST "" => create_call,
        GET "/user" => list_own_calls,
        GET "/active" => list_active_calls,
        GET "/missed" => list_missed_calls,
        GET "/ice-servers" => get_ice_servers,
        GET "/quality" => list_quality,
        POST "/quality" => record_quality,
        GET "/quality/user" => list_own_quality,
        GET "/quality/average" => average_quality,
        GET "/{id}" => get_call,
        GET "/{id}/participants" => list_call_participants,
        POST "/{id}/participants" => add_call_participant,
        DELETE "/{id}/participants/{user_id}" => remove_call_participant,
        PUT "/{id}/participants/{user_id}/status" => update_call_status,
        PUT "/{id}/participants/{user_id}/mute" => mute_participant,
        POST "/{id}/connected" => mark_connected,
        POST "/{id}/end" => end_call,
        GET "/{id}/duration" => get_duration,
    });
}
