//! Post-quantum prekeys, as PQXDH adds them to X3DH, and the encrypted backup of a user's keys.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::key_form::{KEY_ID_MAX, check_signature};
use crate::{Base64, Timestamp, limits};

/// Bytes of a Kyber-1024 (ML-KEM-1024) public key.
const KEY_BYTES: usize = 1_568;

fn check_pq_key(key: &Base64, _: &()) -> garde::Result {
    if key.len() == KEY_BYTES || key.len() == KEY_BYTES + 1 {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be 1568 bytes, or 1569 with a type byte",
        ))
    }
}

/// A post-quantum prekey as it is uploaded and handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct PqPrekey {
    /// The client's id for it.
    #[garde(range(max = KEY_ID_MAX))]
    #[schema(maximum = 2_147_483_647)]
    pub key_id: u32,
    /// Kyber-1024.
    #[garde(custom(check_pq_key))]
    pub public_key: Base64,
    /// Over the public key, by the identity key.
    #[garde(custom(check_signature))]
    pub signature: Base64,
}

impl PqPrekey {
    /// The key without the type byte that some clients put before it.
    pub fn canonical(&self) -> &[u8] {
        let key = self.public_key.0.as_slice();
        key.get(key.len().saturating_sub(KEY_BYTES)..)
            .unwrap_or(key)
    }
}

/// `POST /v1/encryption/pq-prekeys`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct UploadPqPrekeysRequest {
    /// An own device; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// At most 100, each of which is handed out once.
    #[serde(default)]
    #[garde(length(max = limits::PREKEYS_PER_UPLOAD_MAX), dive)]
    #[schema(max_items = 100)]
    pub keys: Vec<PqPrekey>,
    /// Handed out when none of the others is left; replaces the one from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub last_resort: Option<PqPrekey>,
}

/// The answer to an upload of post-quantum prekeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadedPqPrekeys {
    /// How many were new, the last-resort key included.
    pub uploaded: u64,
    /// How many the device has now, the last-resort key excluded.
    pub count: u64,
    /// Whether it has a last-resort key.
    pub has_last_resort: bool,
}

/// Bytes of a nonce or salt of a backup.
const NONCE_BYTES_MAX: usize = 256;

fn check_nonce(bytes: &Base64, _: &()) -> garde::Result {
    if (1..=NONCE_BYTES_MAX).contains(&bytes.len()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be 1 to 256 bytes"))
    }
}

fn check_backup(bytes: &Base64, _: &()) -> garde::Result {
    if bytes.is_empty() {
        Err(garde::Error::new("must not be empty"))
    } else {
        Ok(())
    }
}

/// `POST /v1/encryption/backup`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct StoreBackupRequest {
    /// The own device that made it; the calling one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 128)))]
    #[schema(min_length = 1, max_length = 128)]
    pub device_id: Option<String>,
    /// What only the user can read. The whole request has at most 1 MiB.
    #[garde(custom(check_backup))]
    pub backup_data: Base64,
    /// Of the encryption; at most 256 bytes.
    #[garde(custom(check_nonce))]
    pub nonce: Base64,
    /// Of the key's derivation; at most 256 bytes.
    #[garde(custom(check_nonce))]
    pub salt: Base64,
}

/// A user's key backup. There is one at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyBackup {
    /// The client's string of the device that made it; `null` once that device is gone.
    pub device_id: Option<String>,
    /// As stored.
    pub backup_data: Base64,
    /// As stored.
    pub nonce: Base64,
    /// As stored.
    pub salt: Base64,
    /// When it was stored.
    pub updated_at: Timestamp,
}
