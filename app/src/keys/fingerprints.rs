//! What post-quantum prekeys are told apart by.

use sentinal_protocol::api::pq_keys::PqPrekey;
use sentinal_store::{NewPqPrekey, NewPqPrekeys};
use sha2::{Digest as _, Sha256};

/// Keys to store, with what they are told apart by.
pub(super) fn new_pq_prekeys(keys: Vec<PqPrekey>, last_resort: Option<PqPrekey>) -> NewPqPrekeys {
    NewPqPrekeys {
        one_time: keys.into_iter().map(fingerprinted).collect(),
        last_resort: last_resort.map(fingerprinted),
    }
}

fn fingerprinted(key: PqPrekey) -> NewPqPrekey {
    NewPqPrekey {
        fingerprint: Sha256::digest(key.canonical()).to_vec(),
        key,
    }
}
