//! Bytes go out, to whoever knows the capability.

use std::net::IpAddr;
use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use sentinal_protocol::UploadId;
use sentinal_store::Block;
use subtle::ConstantTimeEq as _;

use super::UploadService;
use crate::ApiError;
use crate::rate_limits::Bucket;
use crate::uploads::files::{Files, FilesError};

/// A complete file.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// The upload that brought it.
    pub id: UploadId,
    /// For people.
    pub file_name: String,
    /// Media type, as its owner says.
    pub content_type: String,
    /// Its size in bytes.
    pub size: u64,
    blocks: Vec<Block>,
    files: Files,
}

impl OpenFile {
    /// A part of its bytes.
    pub fn read(&self, range: Range<u64>) -> BoxStream<'static, Result<Bytes, FilesError>> {
        self.files.read(self.id, self.blocks.clone(), range)
    }
}

impl UploadService {
    /// Opens a complete file for somebody at an address. Without its capability there is no such
    /// file.
    pub async fn open_file(
        &self,
        id: UploadId,
        capability: &str,
        address: IpAddr,
    ) -> Result<OpenFile, ApiError> {
        // Before the database is asked: anybody may ask for any file.
        self.context.limits.check(Bucket::Files, address)?;
        let found = self.context.store.find_complete_file(id).await?;
        let found = found.filter(|(upload, _)| {
            let knows = upload.capability.as_bytes().ct_eq(capability.as_bytes());
            bool::from(knows)
        });
        let (upload, blocks) = found.ok_or_else(|| ApiError::not_found("file"))?;
        // Not before: who only knows its id must not use it up.
        self.context.limits.check_file(id)?;
        Ok(OpenFile {
            id,
            file_name: upload.file_name,
            content_type: upload.content_type,
            size: upload.file_size,
            blocks,
            files: self.files.clone(),
        })
    }
}
