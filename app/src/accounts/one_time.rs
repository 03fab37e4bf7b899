//! Secrets that are good once: what the bearer gets, and what is stored of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A secret for one use: 256 random bits for its bearer, and their hash for the database.
pub(crate) struct OneTimeSecret {
    /// What the bearer gets, base64url.
    pub text: String,
    /// What is stored.
    pub hash: Vec<u8>,
}

impl OneTimeSecret {
    /// A new one that carries `attachment`, which the hash protects from changes.
    pub(crate) fn new(attachment: &[u8]) -> Self {
        let mut bytes = rand::random::<[u8; 32]>().to_vec();
        bytes.extend_from_slice(attachment);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let hash = Self::hash(&text);
        Self { text, hash }
    }

    /// What is stored of a presented secret.
    pub(crate) fn hash(text: &str) -> Vec<u8> {
        Sha256::digest(text.as_bytes()).to_vec()
    }

    /// What a presented secret carries.
    pub(crate) fn attachment(text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.get(32..).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_one_time_secret_carries_cannot_be_changed_without_changing_its_hash() {
        let secret = OneTimeSecret::new(b"until noon");
        assert_eq!(OneTimeSecret::hash(&secret.text), secret.hash);
        let attached = OneTimeSecret::attachment(&secret.text);
        assert_eq!(attached.as_deref(), Some(b"until noon".as_slice()));
        assert_ne!(OneTimeSecret::new(b"").hash, OneTimeSecret::new(b"").hash);
        assert_eq!(OneTimeSecret::attachment("AAAA"), None);
    }
}
