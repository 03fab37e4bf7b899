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

use actix_web::web;

/// The endpoints of this folder.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(upload_identity::upload_identity)
        .service(get_identity::get_identity)
        .service(deactivate_identity::deactivate_identity)
        .service(delete_identity::delete_identity)
        .service(upload_signed_prekey::upload_signed_prekey)
        .service(get_signed_prekey::get_signed_prekey)
        .service(get_active_signed_prekey::get_active_signed_prekey)
        .service(rotate_signed_prekey::rotate_signed_prekey)
        .service(deactivate_signed_prekey::deactivate_signed_prekey)
        .service(upload_one_time_prekeys::upload_one_time_prekeys)
        .service(consume_one_time_prekey::consume_one_time_prekey)
        .service(count_one_time_prekeys::count_one_time_prekeys)
        .service(get_bundles::get_bundles)
        .service(get_keys_active::get_keys_active)
        .service(set_up_keys::set_up_keys)
        .service(upload_pq_prekeys::upload_pq_prekeys)
        .service(store_backup::store_backup)
        .service(get_backup::get_backup);
}
