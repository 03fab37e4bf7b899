//! `/v1/encryption`: public keys of devices.

mod backup;
mod bundles;
mod identity_keys;
mod key_set;
mod one_time_prekeys;
mod pq_prekeys;
mod signed_prekeys;

use crate::http::routes::{Routes, endpoints};

/// The endpoints of this folder.
pub(super) fn routes(routes: &mut Routes) {
    endpoints!(routes {
        POST "/identity" => identity_keys::upload_identity,
        GET "/identity" => identity_keys::get_identity,
        PUT "/identity/{id}/deactivate" => identity_keys::deactivate_identity,
        DELETE "/identity/{id}" => identity_keys::delete_identity,
        POST "/signed-prekeys" => signed_prekeys::upload_signed_prekey,
        GET "/signed-prekeys" => signed_prekeys::get_signed_prekey,
        GET "/signed-prekeys/active" => signed_prekeys::get_active_signed_prekey,
        POST "/signed-prekeys/rotate" => signed_prekeys::rotate_signed_prekey,
        PUT "/signed-prekeys/{id}/deactivate" => signed_prekeys::deactivate_signed_prekey,
        POST "/onetime-prekeys" => one_time_prekeys::upload_one_time_prekeys,
        POST "/onetime-prekeys/consume" => one_time_prekeys::consume_one_time_prekey,
        GET "/onetime-prekeys/count" => one_time_prekeys::count_one_time_prekeys,
        GET "/bundles" => bundles::get_bundles [NoHead],
        GET "/keys/active" => key_set::get_keys_active,
        POST "/setup" => key_set::set_up_keys,
        POST "/pq-prekeys" => pq_prekeys::upload_pq_prekeys,
        POST "/backup" => backup::store_backup,
        GET "/backup" => backup::get_backup,
    });
}
