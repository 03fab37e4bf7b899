//! Bytes come in: streamed, block by block, each on the disk and in the database before its bytes
//! count.
//!
//! A task of its own receives, so that what a broken connection has brought is still written down:
//! the request's own future is gone by then.

use std::net::IpAddr;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt as _};
use sentinal_protocol::api::uploads::UploadPosition;
use sentinal_protocol::{ErrorCode, UploadId, UploadStatus};
use sentinal_store::{BLOCK_BYTES, Block, Claim, Claimed, StoredUpload, WriteFrom, with_budget};
use tokio::time::Instant;

use super::UploadService;
use super::ended;
use super::no_upload;
use super::pace::Pace;
use super::position;
use crate::{ApiError, Caller};

/// A request that brings bytes.
#[derive(Clone, Copy, Debug)]
pub struct Receive {
    /// The upload.
    pub id: UploadId,
    /// Where the bytes belong: from the start, or at this offset.
    pub offset: Option<u64>,
    /// How many were announced, if that is known.
    pub announced: Option<u64>,
    /// Where the request comes from.
    pub address: IpAddr,
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Bytes that are stored.
    pub offset: u64,
    /// Bytes that there will be.
    pub file_size: u64,
}

/// A body that did not arrive, or is not what it should be.
#[derive(Debug)]
pub enum BodyError {
    /// The connection broke.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// It cannot be taken as it is.
    Refused(ApiError),
}

impl UploadService {
    /// Where an open or complete upload of the caller stands.
    pub async fn get_upload_offset(
        &self,
        caller: &Caller,
        id: UploadId,
    ) -> Result<Received, ApiError> {
        let upload = self.own_upload(caller, id).await?;
        match upload.status {
            UploadStatus::Pending | UploadStatus::InProgress | UploadStatus::Completed => {
                Ok(Received {
                    offset: upload.uploaded_bytes,
                    file_size: upload.file_size,
                })
            }
            // Who comes to resume it must start anew.
            UploadStatus::Failed | UploadStatus::Cancelled => Err(no_upload()),
        }
    }

    /// Stores what the body brings; answers once it is stored. What has arrived before a refusal
    /// stays stored.
    pub async fn receive_upload<S>(
        &self,
        caller: &Caller,
        request: Receive,
        body: S,
    ) -> Result<Received, ApiError>
    where
        S: Stream<Item = Result<Bytes, BodyError>> + 'static,
    {
        let (uploads, caller) = (self.clone(), caller.clone());
        let receiving =
            actix_rt::spawn(async move { uploads.receive(&caller, request, body).await });
        receiving.await.map_err(ApiError::internal)?
    }

    async fn receive<S>(
        &self,
        caller: &Caller,
        request: Receive,
        body: S,
    ) -> Result<Received, ApiError>
    where
        S: Stream<Item = Result<Bytes, BodyError>>,
    {
        // Budgets of its own for the database: this task is not the request's.
        let upload = with_budget(self.own_upload(caller, request.id)).await?;
        check_open(&upload)?;
        let from = request.offset.unwrap_or(0);
        let end = from.saturating_add(request.announced.unwrap_or(0));
        let from = match request.offset {
            Some(offset) => WriteFrom::Offset(offset),
            None => WriteFrom::Start,
        };
        if let WriteFrom::Offset(offset) = from
            && offset != upload.uploaded_bytes
        {
            return Err(elsewhere(position(&upload)));
        }
        if end > upload.file_size {
            return Err(too_much(&upload));
        }
        let receiving = &self.files.receiving;
        let _slot = receiving.acquire(caller.user_id, request.address)?;
        let now = self.context.clock.now();
        let claiming = self
            .context
            .store
            .claim_upload(upload.id, caller.user_id, from, now);
        let claim = with_budget(claiming).await?;
        let claimed = match claim {
            Claim::Granted(claimed) => claimed,
            Claim::Elsewhere(uploaded_bytes) => {
                return Err(elsewhere(UploadPosition {
                    uploaded_bytes,
                    file_size: upload.file_size,
                }));
            }
            Claim::Closed => return Err(ended()),
        };
        self.files.delete_blocks(upload.id, &claimed.dropped).await;
        let mut writer = Writer::begin(self, upload, claimed).await?;
        let taken = writer.take(body).await;
        // Also what came before the body broke off: the client goes on from there.
        writer.flush().await?;
        taken?;
        Ok(Received {
            offset: writer.stored,
            file_size: writer.upload.file_size,
        })
    }
}

fn check_open(upload: &StoredUpload) -> Result<(), ApiError> {
    match upload.status {
        UploadStatus::Pending | UploadStatus::InProgress => Ok(()),
        UploadStatus::Completed | UploadStatus::Failed | UploadStatus::Cancelled => Err(ended()),
    }
}

fn elsewhere(position: UploadPosition) -> ApiError {
    ApiError::new(
        ErrorCode::OffsetMismatch,
        "The file goes on at another offset.",
    )
    .with_details(position)
}

fn too_much(upload: &StoredUpload) -> ApiError {
    ApiError::new(
        ErrorCode::PayloadTooLarge,
        "There are more bytes than were announced.",
    )
    .with_details(position(upload))
}

/// Cuts what comes into blocks and stores them.
struct Writer<'a> {
    uploads: &'a UploadService,
    upload: StoredUpload,
    attempt: u64,
    /// Bytes of the file that are stored.
    stored: u64,
    /// The block that is being filled, from its start.
    block: BytesMut,
    /// Bytes of it that are stored already.
    block_stored: usize,
}

impl<'a> Writer<'a> {
    /// Goes on in the last block, if that is not full.
    async fn begin(
        uploads: &'a UploadService,
        upload: StoredUpload,
        claimed: Claimed,
    ) -> Result<Self, ApiError> {
        let mut block = BytesMut::new();
        if let Some(partial) = claimed.partial {
            block.extend_from_slice(&uploads.files.read_block(upload.id, partial).await?);
        }
        Ok(Self {
            uploads,
            attempt: claimed.attempt,
            stored: claimed.uploaded_bytes,
            block_stored: block.len(),
            block,
            upload,
        })
    }

    /// Bytes of the file that have come.
    fn arrived(&self) -> u64 {
        self.stored + (self.block.len() - self.block_stored) as u64
    }

    /// Takes the body to its end, or to what is wrong with it.
    async fn take<S>(&mut self, body: S) -> Result<(), ApiError>
    where
        S: Stream<Item = Result<Bytes, BodyError>>,
    {
        let mut body = std::pin::pin!(body);
        let mut pace = Pace::new(self.uploads.context.settings.files.progress_deadline);
        loop {
            let since = Instant::now();
            let next = tokio::time::timeout(pace.left(), body.next()).await;
            let next = next.map_err(|_| {
                ApiError::new(
                    ErrorCode::RequestTimeout,
                    "The bytes stopped coming, or came too slowly.",
                )
            })?;
            let mut bytes = match next {
                None => return Ok(()),
                Some(Ok(bytes)) => bytes,
                Some(Err(BodyError::Refused(error))) => return Err(error),
                Some(Err(BodyError::Broken(cause))) => {
                    tracing::debug!(%cause, upload = %self.upload.id, "uploads: a body broke off");
                    return Err(ApiError::bad_request("The body did not arrive whole."));
                }
            };
            pace.came(since.elapsed(), bytes.len() as u64);
            if self.arrived() + bytes.len() as u64 > self.upload.file_size {
                return Err(too_much(&self.upload));
            }
            while !bytes.is_empty() {
                let room = usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX) - self.block.len();
                self.block
                    .extend_from_slice(&bytes.split_to(room.min(bytes.len())));
                if self.block.len() as u64 == BLOCK_BYTES {
                    self.flush().await?;
                }
            }
        }
    }

    /// Stores what has come of the present block.
    async fn flush(&mut self) -> Result<(), ApiError> {
        if self.block.len() == self.block_stored {
            return Ok(());
        }
        let arrived = self.arrived();
        let block = Block {
            number: self.stored / BLOCK_BYTES,
            attempt: self.attempt,
        };
        let id = self.upload.id;
        let bytes = self.block.split().freeze();
        self.block_stored = 0;
        self.uploads.files.put_block(id, block, bytes).await?;
        let now = self.uploads.context.clock.now();
        // A budget for each block: the request lasts as long as its client sends.
        let entering = self
            .uploads
            .context
            .store
            .append_block(id, block, arrived, now);
        let entered = with_budget(entering).await?;
        let Ok(replaced) = entered else {
            self.uploads.files.delete_blocks(id, &[block]).await;
            return Err(ApiError::new(
                ErrorCode::Conflict,
                "Another request goes on with this upload, or it has ended.",
            ));
        };
        self.stored = arrived;
        self.uploads
            .files
            .delete_blocks(id, replaced.as_slice())
            .await;
        Ok(())
    }
}
