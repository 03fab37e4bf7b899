//! `/v1/encryption`: public keys of devices.

mod consume_one_time_prekey;
mod count_one_time_prekeys;
mod deactivate_identity;
mod deactivate_signed_prekey;
mod delete_identity;
mod get_active_signed_prekey;
mod get_backup;
mod get_bundles;
mod get_identity;
mod get_keys_active;
mod get_signed_prekey;
mod rotate_signed_prekey;
mod set_up_keys;
mod store_backup;
mod upload_identity;
mod upload_one_time_prekeys;
mod upload_pq_prekeys;
mod upload_signed_prekey;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "/identity" => upload_identity,
        GET "/identity" => get_identity,
        PUT "/identity/{id}/deactivate" => deactivate_identity,
        DELETE "/identity/{id}" => delete_identity,
        POST "/signed-prekeys" => upload_signed_prekey,
        GET "/signed-prekeys" => get_signed_prekey,
        GET "/signed-prekeys/active" => get_active_signed_prekey,
        POST "/signed-prekeys/rotate" => rotate_signed_prekey,
        PUT "/signed-prekeys/{id}/deactivate" => deactivate_signed_prekey,
        POST "/onetime-prekeys" => upload_one_time_prekeys,
        POST "/onetime-prekeys/consume" => consume_one_time_prekey,
        GET "/onetime-prekeys/count" => count_one_time_prekeys,
        GET "/bundles" => get_bundles,
        GET "/keys/active" => get_keys_active,
        POST "/setup" => set_up_keys,
        POST "/pq-prekeys" => upload_pq_prekeys,
        POST "/backup" => store_backup,
        GET "/backup" => get_backup,
    });
}
