//! Whether a signed prekey is signed by the identity key: a pure check.
//!
//! Clients differ in two ways, and both ways of each are good: the identity is an Ed25519 key that
//! signs as usual, or a Curve25519 key that signs with `XEdDSA`; what is signed is the prekey's 32
//! bytes, or these with the type byte 0x05 before them.
//!
//! `XEdDSA` needs no arithmetic of its own here. A Curve25519 key is the u-coordinate of an Edwards
//! point, up to its sign; with the point found, the signature is an Ed25519 signature. The sign is
//! zero by the specification; Signal's own clients leave the point as it is and put the sign into the
//! highest bit of the signature, which a reduced scalar does not use. Reading that bit covers both.

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::{Signature, VerifyingKey};
use sentinal_protocol::api::keys::SignedPrekeyBody;
use sentinal_protocol::api::pq_keys::PqPrekey;
use sentinal_store::{PqSignatureCheck, SignatureCheck, canonical};

use crate::Verify;

/// The type bytes that libsignal puts before Kyber-1024 and ML-KEM-1024 keys.
const PQ_TYPES: [u8; 2] = [0x08, 0x0a];

/// The highest bit of a signature's last byte.
const SIGN_BIT: u8 = 0x80;

/// What to ask before a signed prekey is stored.
pub(crate) fn check(verify: Verify) -> SignatureCheck {
    match verify {
        Verify::Off => |_, _| true,
        Verify::Warn => |identity, prekey| {
            if !verifies(identity, prekey) {
                tracing::warn!(
                    key_id = prekey.key_id,
                    "a signed prekey is stored whose signature does not verify"
                );
            }
            true
        },
        Verify::Strict => verifies,
    }
}

/// What to ask before a post-quantum prekey is stored.
pub(crate) fn check_pq(verify: Verify) -> PqSignatureCheck {
    match verify {
        Verify::Off => |_, _| true,
        Verify::Warn => |identity, prekey| {
            if !verifies_pq(identity, prekey) {
                tracing::warn!(
                    key_id = prekey.key_id,
                    "a post-quantum prekey is stored whose signature does not verify"
                );
            }
            true
        },
        Verify::Strict => verifies_pq,
    }
}

/// Whether the identity key, whose canonical 32 bytes are given, signed the prekey.
fn verifies(identity: &[u8], prekey: &SignedPrekeyBody) -> bool {
    let short = canonical(&prekey.public_key.0);
    let long = [&[0x05], short].concat();
    is_signed(identity, &[short, &long], &prekey.signature.0)
}

/// The same for a post-quantum prekey, with or without one of [`PQ_TYPES`] before it.
fn verifies_pq(identity: &[u8], prekey: &PqPrekey) -> bool {
    let short = prekey.canonical();
    let typed = PQ_TYPES.map(|kind| [&[kind], short].concat());
    let [kyber, ml_kem] = &typed;
    let forms = [&prekey.public_key.0, short, kyber, ml_kem];
    is_signed(identity, &forms, &prekey.signature.0)
}

/// Whether the identity key signed one of these forms of a key.
fn is_signed(identity: &[u8], forms: &[&[u8]], signature: &[u8]) -> bool {
    let (Ok(identity), Ok(signature)) = (
        <[u8; 32]>::try_from(identity),
        <[u8; 64]>::try_from(signature),
    ) else {
        return false;
    };
    forms.iter().any(|message| {
        ed25519_verifies(&identity, message, &signature)
            || xeddsa_verifies(identity, message, signature)
    })
}

fn ed25519_verifies(identity: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    // Strict: a key of small order would verify signatures that nobody made.
    VerifyingKey::from_bytes(identity).is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

fn xeddsa_verifies(identity: [u8; 32], message: &[u8], mut signature: [u8; 64]) -> bool {
    let [.., last] = &mut signature;
    let sign = u8::from(*last & SIGN_BIT != 0);
    *last &= !SIGN_BIT;
    MontgomeryPoint(identity)
        .to_edwards(sign)
        .is_some_and(|point| ed25519_verifies(&point.compress().0, message, &signature))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use proptest::prelude::*;
    use sentinal_protocol::Base64;

    use super::*;

    fn prekey(public_key: &[u8], signature: &[u8]) -> SignedPrekeyBody {
        SignedPrekeyBody {
            key_id: 1,
            public_key: Base64(public_key.to_vec()),
            signature: Base64(signature.to_vec()),
        }
    }

    /// An `XEdDSA` signature as Signal's clients make it: by the Edwards key behind the Curve25519
    /// key, whose sign goes into the highest bit.
    fn xeddsa_sign(key: &SigningKey, message: &[u8]) -> ([u8; 32], [u8; 64]) {
        let public = key.verifying_key();
        let mut signature = key.sign(message).to_bytes();
        signature[63] |= public.as_bytes()[31] & SIGN_BIT;
        (public.to_montgomery().0, signature)
    }

    /// The vector of libsignal's own test: an identity key and a 33-byte prekey that it signed.
    #[test]
    fn a_signature_of_a_signal_client_verifies() {
        let (identity, public_key, signature) = SIGNAL_VECTOR;
        let prekey = prekey(&public_key, &signature);
        assert!(verifies(&identity, &prekey));
        for bit in (0..512).step_by(7) {
            let mut broken = prekey.clone();
            broken.signature.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifies(&identity, &broken), "bit {bit}");
        }
    }

    const SIGNAL_VECTOR: ([u8; 32], [u8; 33], [u8; 64]) = (
        [
            0xab, 0x7e, 0x71, 0x7d, 0x4a, 0x16, 0x3b, 0x7d, 0x9a, 0x1d, 0x80, 0x71, 0xdf, 0xe9,
            0xdc, 0xf8, 0xcd, 0xcd, 0x1c, 0xea, 0x33, 0x39, 0xb6, 0x35, 0x6b, 0xe8, 0x4d, 0x88,
            0x7e, 0x32, 0x2c, 0x64,
        ],
        [
            0x05, 0xed, 0xce, 0x9d, 0x9c, 0x41, 0x5c, 0xa7, 0x8c, 0xb7, 0x25, 0x2e, 0x72, 0xc2,
            0xc4, 0xa5, 0x54, 0xd3, 0xeb, 0x29, 0x48, 0x5a, 0x0e, 0x1d, 0x50, 0x31, 0x18, 0xd1,
            0xa8, 0x2d, 0x99, 0xfb, 0x4a,
        ],
        [
            0x5d, 0xe8, 0x8c, 0xa9, 0xa8, 0x9b, 0x4a, 0x11, 0x5d, 0xa7, 0x91, 0x09, 0xc6, 0x7c,
            0x9c, 0x74, 0x64, 0xa3, 0xe4, 0x18, 0x02, 0x74, 0xf1, 0xcb, 0x8c, 0x63, 0xc2, 0x98,
            0x4e, 0x28, 0x6d, 0xfb, 0xed, 0xe8, 0x2d, 0xeb, 0x9d, 0xcd, 0x9f, 0xae, 0x0b, 0xfb,
            0xb8, 0x21, 0x56, 0x9b, 0x3d, 0x90, 0x01, 0xbd, 0x81, 0x30, 0xcd, 0x11, 0xd4, 0x86,
            0xce, 0xf0, 0x47, 0xbd, 0x60, 0xb8, 0x6e, 0x88,
        ],
    );

    #[test]
    fn the_modes_refuse_warn_or_do_not_look() {
        let bad = prekey(&[1; 32], &[0; 64]);
        for (mode, accepted) in [
            (Verify::Off, true),
            (Verify::Warn, true),
            (Verify::Strict, false),
        ] {
            assert_eq!(check(mode)(&[7; 32], &bad), accepted, "{mode:?}");
        }
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        for identity in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let mut signature = [0; 64];
            signature[0] = 1;
            assert!(!verifies(&identity, &prekey(&[9; 32], &signature)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Every identity of either kind, over either form of the prekey, and no other prekey.
        #[test]
        fn whoever_signs_is_believed(
            seed in any::<[u8; 32]>(),
            key in any::<[u8; 32]>(),
            other in any::<[u8; 32]>(),
        ) {
            prop_assume!(key != other);
            let signing = SigningKey::from_bytes(&seed);
            let long = [&[0x05], &key[..]].concat();
            for message in [&key[..], &long] {
                let ed25519 = signing.sign(message).to_bytes();
                let (curve25519, xeddsa) = xeddsa_sign(&signing, message);
                for (identity, signature) in [
                    (signing.verifying_key().to_bytes(), ed25519),
                    (curve25519, xeddsa),
                ] {
                    for form in [&key[..], &long] {
                        prop_assert!(verifies(&identity, &prekey(form, &signature)));
                    }
                    prop_assert!(!verifies(&identity, &prekey(&other, &signature)));
                }
            }
        }
    }
}
