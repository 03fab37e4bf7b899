//! Keys as tests upload them, and questions for them.

use std::ops::Range;

use sentinal_protocol::Base64;
use sentinal_protocol::api::keys::{
    ConsumeQuery, DeviceQuery, OneTimePrekeyBody, SetupRequest, SignedPrekeyBody,
};

use crate::TestUser;

/// Bytes as long as a public key.
pub fn random_key() -> Base64 {
    Base64(rand::random::<[u8; 32]>().to_vec())
}

/// A signed prekey that nobody signed.
pub fn signed_prekey(key_id: u32) -> SignedPrekeyBody {
    SignedPrekeyBody {
        key_id,
        public_key: random_key(),
        signature: Base64(vec![7; 64]),
    }
}

/// One-time prekeys with these ids.
pub fn one_time_keys(ids: Range<u32>) -> Vec<OneTimePrekeyBody> {
    ids.map(|key_id| OneTimePrekeyBody {
        user_id: None,
        device_id: None,
        key_id,
        public_key: random_key(),
    })
    .collect()
}

/// All keys of a device, with these one-time prekeys.
pub fn setup(one_time_keys: Vec<OneTimePrekeyBody>) -> SetupRequest {
    SetupRequest {
        device_id: None,
        identity_key: random_key(),
        signed_prekey: signed_prekey(1),
        one_time_keys,
        pq_keys: Vec::new(),
        pq_last_resort: None,
    }
}

/// Asks for the keys of the device that this person holds.
pub fn device_of(user: &TestUser) -> DeviceQuery {
    DeviceQuery {
        user_id: Some(user.id),
        device_id: Some(user.device.clone()),
        key_id: None,
    }
}

/// Asks for one of its one-time prekeys.
pub fn consume_of(user: &TestUser) -> ConsumeQuery {
    ConsumeQuery {
        user_id: user.id,
        device_id: user.device.clone(),
        consumed_by: None,
        consumed_device_id: None,
    }
}
