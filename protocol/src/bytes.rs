//! Bytes as base64: standard or URL-safe alphabet, padded or not, on input; standard and padded
//! on output.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_IN: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE_IN: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Opaque bytes (ciphertext, keys); base64 on the wire. Its `Debug` shows the length only, so that
/// no log line can leak it.
#[derive(Clone, PartialEq, Eq, Hash, Default, ToSchema)]
#[schema(value_type = String, content_encoding = "base64", examples("aGVsbG8="))]
pub struct Base64(pub Vec<u8>);

impl Base64 {
    /// Reads either alphabet, padded or not.
    pub fn decode(text: &str) -> Option<Self> {
        let engine = if text.contains(['-', '_']) {
            &URL_SAFE_IN
        } else {
            &STANDARD_IN
        };
        engine.decode(text).ok().map(Self)
    }

    /// Appends the standard, padded form of `bytes` to `out`.
    pub fn encode_into(bytes: &[u8], out: &mut String) {
        STANDARD.encode_string(bytes, out);
    }

    /// Number of bytes, not of base64 characters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no byte at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::decode(&text).ok_or_else(|| serde::de::Error::custom("rule: not base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_with_and_without_padding() {
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(
                Base64::decode(text),
                Some(Base64(vec![0xfb, 0xff])),
                "{text}"
            );
        }
        assert_eq!(Base64::decode("not base64!"), None);
    }
}
