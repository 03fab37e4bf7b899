//! Changing and taking back what was said.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::messages::{Ciphertext, check_shared_ciphertext, check_small_json};
use crate::{Base64, DeleteFor, limits};

fn check_count(ciphertexts: &Option<Vec<Ciphertext>>, _: &()) -> garde::Result {
    match ciphertexts {
        Some(list) if list.len() > limits::CIPHERTEXTS_MAX => {
            Err(garde::Error::new("must be at most 5,000"))
        }
        Some(_) | None => Ok(()),
    }
}

/// `PUT /v1/messages/:id`: the new content, in one of three forms.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct EditMessageRequest {
    /// One for each device that must get one; beside a shared body any subset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_count), dive)]
    pub ciphertexts: Option<Vec<Ciphertext>>,
    /// Where exactly one device must get one: its ciphertext.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_shared_ciphertext))]
    pub ciphertext: Option<Base64>,
    /// In groups: one body for all devices (sender keys).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_shared_ciphertext))]
    pub shared_ciphertext: Option<Base64>,
    /// Header of `shared_ciphertext` or `ciphertext`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(check_small_json))]
    #[schema(value_type = Option<serde_json::Value>)]
    pub header: Option<Box<RawValue>>,
    /// The roster that the shared body was encrypted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub roster_version: Option<u64>,
}

/// Query of `DELETE /v1/messages/:id`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct DeleteMessageQuery {
    /// `everyone` if absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub whom: Option<DeleteFor>,
}
