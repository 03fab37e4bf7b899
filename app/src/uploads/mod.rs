//! Uploads: announcing, listing, ending. Their bytes come in by `receive` and go out by `fetch`.

mod fetch;
pub mod files;
mod marker;
mod pace;
mod receive;
mod tidy;

pub use fetch::OpenFile;
pub use receive::{BodyError, Receive, Received};

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sentinal_protocol::api::uploads::{
    CreateUploadRequest, DeletedUploads, ProgressRequest, StaleQuery, Upload, UploadPosition,
    Uploads, UploadsQuery,
};
use sentinal_protocol::event::UploadCompleted;
use sentinal_protocol::{ErrorCode, Timestamp, UploadId, UploadStatus, UserId};
use sentinal_store::{Ended, NewUpload, StoredUpload, Unfinished, UploadShelf};

use self::files::{Files, FilesError};
use crate::context::Context;
use crate::paging::slice;
use crate::{ApiError, Caller};

/// The least and the usual age of an upload that counts as stale, seconds.
const STALE_SECONDS_MIN: u64 = 60;
const STALE_SECONDS_DEFAULT: u64 = 3_600;
/// Uploads that are deleted in one transaction.
const DELETE_BATCH: u64 = 100;

impl From<FilesError> for ApiError {
    fn from(error: FilesError) -> Self {
        Self::new(
            ErrorCode::Unhealthy,
            "The store of files is not available; try again.",
        )
        .with_retry_after(Duration::from_secs(1))
        .with_source(error)
    }
}

/// Uploaded files.
#[derive(Clone)]
pub struct UploadService {
    pub(crate) context: Context,
    pub(crate) files: Files,
}

impl UploadService {
    /// Announces a file.
    pub async fn create_upload(
        &self,
        caller: &Caller,
        request: CreateUploadRequest,
    ) -> Result<Upload, ApiError> {
        check_is_caller(caller, request.uploader_id)?;
        let files = &self.context.settings.files;
        if request.file_size > files.file_bytes_max {
            return Err(ApiError::new(
                ErrorCode::FileTooLarge,
                format!("A file may have {} bytes at most.", files.file_bytes_max),
            ));
        }
        let now = self.context.clock.now();
        let new = NewUpload {
            id: UploadId::new(now),
            uploader_id: caller.user_id,
            file_name: request.file_name,
            file_size: request.file_size,
            content_type: request.content_type,
            capability: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
        };
        let quota = files.quota();
        let stored = self.context.store.insert_upload(&new, quota, now).await?;
        let stored = stored.ok_or_else(no_room)?;
        Ok(self.upload(stored))
    }

    /// An upload of the caller.
    pub async fn get_upload(&self, caller: &Caller, id: UploadId) -> Result<Upload, ApiError> {
        Ok(self.upload(self.own_upload(caller, id).await?))
    }

    /// A page of the caller's uploads, newest first.
    pub async fn list_uploads(
        &self,
        caller: &Caller,
        query: UploadsQuery,
    ) -> Result<Uploads, ApiError> {
        self.list_shelf(caller, query, UploadShelf::All).await
    }

    /// A page of those that are complete.
    pub async fn list_completed_uploads(
        &self,
        caller: &Caller,
        query: UploadsQuery,
    ) -> Result<Uploads, ApiError> {
        self.list_shelf(caller, query, UploadShelf::Completed).await
    }

    /// A page of those that are announced or under way.
    pub async fn list_open_uploads(
        &self,
        caller: &Caller,
        query: UploadsQuery,
    ) -> Result<Uploads, ApiError> {
        self.list_shelf(caller, query, UploadShelf::Open).await
    }

    /// A page of those that nothing has happened to for some time.
    pub async fn list_stale_uploads(
        &self,
        caller: &Caller,
        query: StaleQuery,
    ) -> Result<Uploads, ApiError> {
        let since = self.stale_since(query)?;
        let query = UploadsQuery {
            uploader_id: query.uploader_id,
            user_id: None,
            page: query.page,
            limit: query.limit,
        };
        self.list_shelf(caller, query, UploadShelf::StaleSince(since))
            .await
    }

    /// Deletes the caller's stale uploads.
    pub async fn delete_stale_uploads(
        &self,
        caller: &Caller,
        query: StaleQuery,
    ) -> Result<DeletedUploads, ApiError> {
        check_is_caller(caller, query.uploader_id)?;
        let since = self.stale_since(query)?;
        let mut deleted = 0;
        loop {
            let which = Unfinished::OpenOf(caller.user_id);
            let batch = self
                .context
                .store
                .delete_unfinished_uploads(which, since, DELETE_BATCH)
                .await?;
            deleted += batch.len() as u64;
            self.erase_files(&batch).await;
            if (batch.len() as u64) < DELETE_BATCH {
                return Ok(DeletedUploads { deleted });
            }
        }
    }

    /// Notes how far the caller believes to be.
    pub async fn report_upload_progress(
        &self,
        caller: &Caller,
        id: UploadId,
        request: ProgressRequest,
    ) -> Result<Upload, ApiError> {
        let upload = self.own_upload(caller, id).await?;
        if request.uploaded_bytes > upload.file_size {
            let reason = "must be at most the file's size";
            return Err(ApiError::invalid("uploaded_bytes", reason));
        }
        let marked = self
            .context
            .store
            .mark_upload_progress(
                id,
                caller.user_id,
                request.uploaded_bytes,
                self.context.clock.now(),
            )
            .await?;
        marked.map(|it| self.upload(it)).ok_or_else(ended)
    }

    /// Makes an upload whose bytes are all there a file that can be fetched.
    pub async fn complete_upload(&self, caller: &Caller, id: UploadId) -> Result<Upload, ApiError> {
        let now = self.context.clock.now();
        match self
            .context
            .store
            .complete_upload(id, caller.user_id, now)
            .await?
        {
            None => Err(no_upload()),
            Some(Ended::Already(upload)) => Ok(self.upload(upload)),
            Some(Ended::Now(upload)) => {
                let upload = self.upload(upload);
                let event = UploadCompleted {
                    user_id: caller.user_id,
                    upload: upload.clone(),
                };
                self.context.node.account_event(caller.user_id, &event);
                Ok(upload)
            }
            Some(Ended::Refused(upload) | Ended::Deleted(upload)) => match upload.status {
                UploadStatus::Pending | UploadStatus::InProgress => Err(ApiError::new(
                    ErrorCode::UploadIncomplete,
                    "Bytes of the file are missing.",
                )
                .with_details(position(&upload))),
                UploadStatus::Completed | UploadStatus::Failed | UploadStatus::Cancelled => {
                    Err(ended())
                }
            },
        }
    }

    /// Gives an upload up.
    pub async fn fail_upload(&self, caller: &Caller, id: UploadId) -> Result<Upload, ApiError> {
        let now = self.context.clock.now();
        match self
            .context
            .store
            .fail_upload(id, caller.user_id, now)
            .await?
        {
            None => Err(no_upload()),
            Some(Ended::Already(upload)) => Ok(self.upload(upload)),
            Some(Ended::Now(upload)) => {
                self.erase_files(&[id]).await;
                Ok(self.upload(upload))
            }
            Some(Ended::Refused(_) | Ended::Deleted(_)) => Err(ended()),
        }
    }

    /// Deletes an upload and its bytes. One that was under way is cancelled and answered; `None`
    /// says that it is gone.
    pub async fn delete_upload(
        &self,
        caller: &Caller,
        id: UploadId,
    ) -> Result<Option<Upload>, ApiError> {
        let now = self.context.clock.now();
        let ended = self
            .context
            .store
            .delete_upload(id, caller.user_id, now)
            .await?;
        let ended = ended.ok_or_else(no_upload)?;
        self.erase_files(&[id]).await;
        Ok(match ended {
            Ended::Now(upload) | Ended::Already(upload) | Ended::Refused(upload) => {
                Some(self.upload(upload))
            }
            Ended::Deleted(_) => None,
        })
    }

    /// The caller's upload as the database has it.
    async fn own_upload(&self, caller: &Caller, id: UploadId) -> Result<StoredUpload, ApiError> {
        let found = self.context.store.find_upload(id).await?;
        found
            .filter(|upload| upload.uploader_id == caller.user_id)
            .ok_or_else(no_upload)
    }

    async fn list_shelf(
        &self,
        caller: &Caller,
        query: UploadsQuery,
        which: UploadShelf,
    ) -> Result<Uploads, ApiError> {
        check_is_caller(caller, query.uploader_id)?;
        check_is_caller(caller, query.user_id)?;
        let page = slice(query.page, query.limit)?;
        let (stored, total) = self
            .context
            .store
            .list_uploads(caller.user_id, which, page.offset, page.limit)
            .await?;
        let has_more = page.offset.saturating_add(stored.len() as u64) < total;
        Ok(Uploads {
            uploads: stored.into_iter().map(|it| self.upload(it)).collect(),
            total,
            has_more,
        })
    }

    fn stale_since(&self, query: StaleQuery) -> Result<Timestamp, ApiError> {
        let seconds = query.older_than_sec.unwrap_or(STALE_SECONDS_DEFAULT);
        if seconds < STALE_SECONDS_MIN {
            let reason = format!("must be at least {STALE_SECONDS_MIN}");
            return Err(ApiError::invalid("older_than_sec", reason));
        }
        // Longer ago than anything here is as good as any larger number.
        let seconds = seconds.min(u64::from(u32::MAX));
        Ok(self.context.clock.now().minus(Duration::from_secs(seconds)))
    }

    /// The resource, with addresses below the configured public one or as bare paths.
    fn upload(&self, stored: StoredUpload) -> Upload {
        let id = stored.id;
        let base = self
            .context
            .settings
            .public_url
            .as_deref()
            .unwrap_or_default();
        let file_url = match stored.status {
            UploadStatus::Completed => {
                Some(format!("{base}/v1/files/{id}?cap={}", stored.capability))
            }
            UploadStatus::Pending
            | UploadStatus::InProgress
            | UploadStatus::Failed
            | UploadStatus::Cancelled => None,
        };
        Upload {
            id,
            file_name: stored.file_name,
            file_size: stored.file_size,
            content_type: stored.content_type,
            uploader_id: stored.uploader_id,
            status: stored.status,
            uploaded_bytes: stored.uploaded_bytes,
            progress_bytes: stored.progress_bytes,
            upload_url: format!("{base}/v1/uploads/{id}/data"),
            file_url,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            completed_at: stored.completed_at,
        }
    }
}

fn check_is_caller(caller: &Caller, named: Option<UserId>) -> Result<(), ApiError> {
    if named.is_some_and(|user_id| user_id != caller.user_id) {
        return Err(ApiError::forbidden("Only your own uploads are yours."));
    }
    Ok(())
}

/// What is kept of the caller would take more than allowed.
pub(crate) fn no_room() -> ApiError {
    ApiError::new(
        ErrorCode::QuotaExceeded,
        "What is kept of you would take more room than allowed; delete some files.",
    )
}

fn no_upload() -> ApiError {
    ApiError::not_found("upload")
}

fn ended() -> ApiError {
    ApiError::new(ErrorCode::Conflict, "The upload has ended already.")
}

fn position(upload: &StoredUpload) -> UploadPosition {
    UploadPosition {
        uploaded_bytes: upload.uploaded_bytes,
        file_size: upload.file_size,
    }
}
