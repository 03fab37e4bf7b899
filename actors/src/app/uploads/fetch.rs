//! Bytes go out, to whoever knows the capability.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use sentinal_protocol::{UploadId, UploadStatus};
use sentinal_store::Block;
use subtle::ConstantTimeEq as _;

use crate::app::{ApiError, App};
use crate::files::{Files, FilesError};

/// A complete file.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// The upload that brought it.
    pub id: UploadId,
    /// For people.
    pub file_name: String,
    /// Media type, as its owner says.
    pub content_type: String,
    /// Bytes.
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

impl App {
    /// Opens a complete file. Without its capability there is no such file.
    pub async fn open_file(&self, id: UploadId, capability: &str) -> Result<OpenFile, ApiError> {
        let found = self.store.find_upload(id).await?;
        let upload = found.filter(|upload| {
            let knows = upload.capability.as_bytes().ct_eq(capability.as_bytes());
            bool::from(knows) && upload.status == UploadStatus::Completed
        });
        let upload = upload.ok_or_else(|| ApiError::not_found("file"))?;
        Ok(OpenFile {
            id,
            file_name: upload.file_name,
            content_type: upload.content_type,
            size: upload.file_size,
            blocks: self.store.list_blocks(id).await?,
            files: self.files.clone(),
        })
    }
}
