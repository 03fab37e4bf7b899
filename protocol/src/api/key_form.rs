//! What keys of any kind look like.

use crate::Base64;

/// A prekey id: 31 bits, as clients store it in a signed integer.
pub(super) const KEY_ID_MAX: u32 = 0x7fff_ffff;

/// Curve25519 keys are 32 bytes, or 33 with the type byte 0x05; Ed25519 keys are 32.
pub(super) fn check_public_key(key: &Base64, _: &()) -> garde::Result {
    let well_formed = match key.0.as_slice() {
        [0x05, rest @ ..] if rest.len() == 32 => true,
        bytes => bytes.len() == 32,
    };
    if well_formed {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be 32 bytes, or 33 with the type byte 0x05",
        ))
    }
}

/// Ed25519 and `XEdDSA` signatures are 64 bytes.
pub(super) fn check_signature(bytes: &Base64, _: &()) -> garde::Result {
    if bytes.len() == 64 {
        Ok(())
    } else {
        Err(garde::Error::new("must be 64 bytes"))
    }
}
