//! Files: announced, sent in pieces, fetched by whoever was told the address.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::named;
use crate::{Timestamp, UploadId, UploadStatus, UserId, text};

/// `POST /v1/uploads`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct CreateUploadRequest {
    /// For people; 1 to 255 characters.
    #[serde(deserialize_with = "text::name")]
    #[garde(custom(named(255)))]
    #[schema(min_length = 1, max_length = 2040)]
    pub file_name: String,
    /// Bytes; an empty file is one, too.
    #[garde(skip)]
    pub file_size: u64,
    /// Such as `image/jpeg`.
    #[garde(length(bytes, max = 255), custom(check_content_type))]
    #[schema(max_length = 255)]
    pub content_type: String,
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub uploader_id: Option<UserId>,
}

/// A type, a slash, a subtype, perhaps parameters: what can stand in a header.
fn check_content_type(text: &str, _: &()) -> garde::Result {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let visible = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match essence.split_once('/') {
        Some((kind, subtype)) if visible && is_token(kind) && is_token(subtype) => Ok(()),
        Some(_) | None => Err(garde::Error::new("must be a media type such as image/jpeg")),
    }
}

/// `POST /v1/uploads/:id/progress`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
pub struct ProgressRequest {
    /// How far the client believes to be; at most the file's size.
    #[garde(skip)]
    pub uploaded_bytes: u64,
}

/// Query of the lists of uploads.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct UploadsQuery {
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub uploader_id: Option<UserId>,
    /// The caller again, under another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// Query of the stale uploads.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct StaleQuery {
    /// Seconds without a byte; at least 60, 3,600 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub older_than_sec: Option<u64>,
    /// The caller, if present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub uploader_id: Option<UserId>,
    /// From 1; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// A file on its way in, or stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upload {
    /// The upload.
    pub id: UploadId,
    /// As announced.
    pub file_name: String,
    /// As announced, bytes.
    pub file_size: u64,
    /// As announced.
    pub content_type: String,
    /// Whose it is.
    pub uploader_id: UserId,
    /// How far it has come.
    pub status: UploadStatus,
    /// Bytes that are stored for good, as measured by the server.
    pub uploaded_bytes: u64,
    /// The client's own hint of how far it is.
    pub progress_bytes: u64,
    /// Where its bytes go: `PUT` for all of it, tus 1.0 for a part.
    pub upload_url: String,
    /// Where it can be fetched by anybody who knows this address; `null` until it is complete.
    pub file_url: Option<String>,
    /// When it was announced.
    pub created_at: Timestamp,
    /// When the last byte came or its status changed.
    pub updated_at: Timestamp,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
}

impl Upload {
    /// The same with addresses that start at `base` (no slash at its end) where they are bare paths.
    pub fn at(mut self, base: &str) -> Self {
        let addresses = [Some(&mut self.upload_url), self.file_url.as_mut()];
        for address in addresses.into_iter().flatten() {
            if address.starts_with('/') {
                address.insert_str(0, base);
            }
        }
        self
    }
}

/// A page of uploads, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Uploads {
    /// One page.
    pub uploads: Vec<Upload>,
    /// How many there are in all.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

impl Uploads {
    /// The same with addresses that start at `base`.
    pub fn at(mut self, base: &str) -> Self {
        self.uploads = self.uploads.into_iter().map(|it| it.at(base)).collect();
        self
    }
}

/// The answer of `DELETE /v1/uploads/stale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedUploads {
    /// How many are gone.
    pub deleted: u64,
}

/// `details` of `UPLOAD_INCOMPLETE` and `OFFSET_MISMATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UploadPosition {
    /// Bytes that are stored: where the file goes on.
    pub uploaded_bytes: u64,
    /// Bytes that were announced.
    pub file_size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_can_stand_in_a_header() {
        for good in [
            "image/jpeg",
            "application/vnd.x+json",
            "text/plain; charset=utf-8",
        ] {
            assert!(check_content_type(good, &()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "image",
            "image/",
            "/jpeg",
            "a b/c",
            "text/plain\r\nX: y",
            "text/plain; ü",
        ] {
            assert!(check_content_type(bad, &()).is_err(), "{bad}");
        }
    }
}
