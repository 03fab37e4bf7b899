//! Where the bytes of uploads lie: a directory, or a bucket of an S3-compatible service.
//!
//! A file is a row of blocks, each an object of its own under the upload's id, written whole and
//! never changed: `{upload}/{block}-{attempt}`. Which of them make up the file, the database says
//! (`store/src/uploads`). So appending, which object stores cannot do, is writing one more object;
//! a node that dies leaves nothing half written; and nodes that share the place share its partial
//! uploads, too. The name that a client gave a file is nowhere in its path.
//!
//! Rejected: a staging file per upload that is moved when it is complete (its bytes would be known
//! to one node only), and multi-part uploads of S3 (parts of 5 MiB or more, which lie in memory, and
//! nothing of them can be read back before the end).

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _,
    PutPayload, RetryConfig,
};
use sentinal_actors::remote::{Lookups, TimedOut, within};
use sentinal_protocol::UploadId;
use sentinal_store::{BLOCK_BYTES, Block, StoreError};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::FilePlace;
use crate::shares::{Shares, Slots};

/// Uploads that are received at once on this node; each holds a block in memory. One user has an
/// eighth of them and one network a quarter, so that neither takes all.
const RECEIVING: Shares = Shares {
    all: 64,
    per_user: 8,
    per_network: 16,
};
/// Pieces of files that are read from a directory at once: each takes a thread of those that also
/// write blocks and hash passwords. Everybody else waits for a moment, piece by piece.
const READING_MAX: usize = 8;

/// How long a bucket that does not answer holds a request that needs it: at most two silences, or
/// three connections that nobody takes. Whoever waits for it is told after 10 s and comes back; the
/// library's own three minutes would fill the server with waiting uploads.
const BUCKET_CONNECT: Duration = Duration::from_secs(2);
/// Silence of the bucket, also before its answer to a whole block. Not for the whole request: of a
/// slow reader's file a block may take minutes.
const BUCKET_SILENCE: Duration = Duration::from_secs(5);
const BUCKET_RETRIES: usize = 2;
/// No retry begins later.
const BUCKET_RETRY: Duration = Duration::from_secs(6);
const BUCKET_PAUSE: Duration = Duration::from_millis(100);
const BUCKET_PAUSE_MAX: Duration = Duration::from_secs(1);
/// The end of all that, for anything but the bytes that a reader takes: whatever the library does.
pub(super) const BUCKET_WITHIN: Duration = Duration::from_secs(15);
/// How long the bytes of uploads that have gone are removed for, many of them at once; what is left
/// goes with the next sweep.
const ERASE_WITHIN: Duration = Duration::from_mins(1);
/// Who is waited for.
pub(super) const BUCKET: &str = "the store of files";

/// The place of files could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The directory cannot be made.
    #[error("the directory of files cannot be made")]
    Directory(#[source] io::Error),
    /// The store failed.
    #[error("the store of files failed")]
    Store(#[from] object_store::Error),
    /// The mark of the database's files is not there.
    #[error(
        "this is not where the other nodes keep files: the mark that the database knows is not there. Share \
         the directory or the bucket, or say FILES_ADOPT=on once if the files were given up"
    )]
    Elsewhere,
    /// The database does not tell which mark that is.
    #[error("the database does not tell where files are kept")]
    Database(#[source] StoreError),
    /// It does not answer.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

/// The store of files. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Files {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The directory, if it is one: what the store hides there is removed with an upload.
    directory: Option<Arc<PathBuf>>,
    /// Before everything in a bucket that is shared with others.
    pub(super) prefix: Path,
    /// One for each upload that is being received.
    pub(crate) receiving: Arc<Slots>,
    /// One for each piece that is being read from a directory.
    reading: Arc<Semaphore>,
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: BUCKET_PAUSE,
            max_backoff: BUCKET_PAUSE_MAX,
            base: 2.0,
        },
        max_retries: BUCKET_RETRIES,
        retry_timeout: BUCKET_RETRY,
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.objects)
    }
}

impl Files {
    /// Opens the place; makes the directory if it is one that is not there yet.
    pub(crate) fn open(place: &FilePlace) -> Result<Self, FilesError> {
        let receiving = Slots::new(RECEIVING);
        let reading = Arc::new(Semaphore::new(READING_MAX));
        match place {
            FilePlace::Directory(path) => {
                std::fs::create_dir_all(path).map_err(FilesError::Directory)?;
                // What was answered is on the disk.
                let objects = LocalFileSystem::new_with_prefix(path)?
                    .with_fsync(true)
                    // The folder of an upload goes with its last block.
                    .with_automatic_cleanup(true);
                Ok(Self {
                    objects: Arc::new(objects),
                    directory: Some(Arc::new(path.clone())),
                    prefix: Path::default(),
                    receiving,
                    reading,
                })
            }
            FilePlace::S3(s3) => {
                let client = ClientOptions::new()
                    .with_connect_timeout(BUCKET_CONNECT)
                    .with_read_timeout(BUCKET_SILENCE)
                    .with_timeout_disabled()
                    .with_dns_resolver(Arc::new(Lookups::system()));
                let mut builder = AmazonS3Builder::new()
                    .with_retry(retry())
                    .with_bucket_name(&s3.bucket)
                    .with_region(&s3.region)
                    .with_access_key_id(s3.access_key_id.expose())
                    .with_secret_access_key(s3.secret_access_key.expose());
                if let Some(endpoint) = &s3.endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                let plain = s3
                    .endpoint
                    .as_ref()
                    .is_some_and(|it| it.starts_with("http://"));
                builder = builder.with_client_options(client.with_allow_http(plain));
                Ok(Self {
                    objects: Arc::new(builder.build()?),
                    directory: None,
                    prefix: Path::from(s3.prefix.as_str()),
                    receiving,
                    reading,
                })
            }
        }
    }

    fn folder(&self, id: UploadId) -> Path {
        self.prefix.clone().join(id.to_string())
    }

    fn object(&self, id: UploadId, block: Block) -> Path {
        let name = format!("{:08}-{}", block.number, block.attempt);
        self.folder(id).join(name)
    }

    /// Writes a block; on return it is there for good.
    pub(crate) async fn put_block(
        &self,
        id: UploadId,
        block: Block,
        bytes: Bytes,
    ) -> Result<(), FilesError> {
        let (path, bytes) = (self.object(id, block), PutPayload::from_bytes(bytes));
        within(BUCKET_WITHIN, BUCKET, self.objects.put(&path, bytes)).await??;
        Ok(())
    }

    /// Reads a whole block, which is at most [`BLOCK_BYTES`].
    pub(crate) async fn read_block(&self, id: UploadId, block: Block) -> Result<Bytes, FilesError> {
        let path = self.object(id, block);
        let read = async { self.objects.get(&path).await?.bytes().await };
        Ok(within(BUCKET_WITHIN, BUCKET, read).await??)
    }

    /// A part of a file, as a stream of small pieces: of a slow reader's file little lies in memory.
    pub(crate) fn read(
        &self,
        id: UploadId,
        blocks: Vec<Block>,
        range: Range<u64>,
    ) -> BoxStream<'static, Result<Bytes, FilesError>> {
        let parts: Vec<(Path, Range<u64>)> = blocks
            .into_iter()
            .filter_map(|block| {
                let start = block.number * BLOCK_BYTES;
                let from = range.start.max(start) - start;
                let to = range.end.min(start + BLOCK_BYTES).saturating_sub(start);
                (from < to).then(|| (self.object(id, block), from..to))
            })
            .collect();
        let objects = Arc::clone(&self.objects);
        // What a bucket sends takes no thread, and may be silent for seconds.
        let reading = self.directory.as_ref().map(|_| Arc::clone(&self.reading));
        stream::iter(parts)
            .then(move |(path, range)| {
                let (objects, reading) = (Arc::clone(&objects), reading.clone());
                async move {
                    let options = GetOptions {
                        range: Some(GetRange::Bounded(range)),
                        ..GetOptions::default()
                    };
                    let permit = permit(reading.as_deref()).await;
                    let found = objects.get_opts(&path, options);
                    let found = within(BUCKET_WITHIN, BUCKET, found).await??;
                    drop(permit);
                    let pieces = found.into_stream().map_err(FilesError::Store);
                    Ok::<_, FilesError>(in_turn(pieces, reading))
                }
            })
            .try_flatten()
            .boxed()
    }

    /// Removes blocks that no row names any more. What is left of one that cannot be removed now
    /// goes with the upload.
    pub(crate) async fn delete_blocks(&self, id: UploadId, blocks: &[Block]) {
        let delete = async {
            for block in blocks {
                if let Err(error) = self.objects.delete(&self.object(id, *block)).await {
                    tracing::warn!(%error, upload = %id, "files: a block stays until its upload goes");
                }
            }
        };
        if let Err(error) = within(BUCKET_WITHIN, BUCKET, delete).await {
            tracing::warn!(%error, upload = %id, "files: blocks stay until their upload goes");
        }
    }

    /// Removes everything of these uploads, whose rows have gone or have given up their blocks. What
    /// cannot be removed now is left to the sweep.
    pub(crate) async fn erase_all(&self, ids: &[UploadId]) {
        let erase = async {
            for id in ids {
                if let Err(error) = self.erase(*id).await {
                    tracing::warn!(%error, upload = %id, "files: bytes stay until the next sweep");
                }
            }
        };
        if let Err(error) = within(ERASE_WITHIN, BUCKET, erase).await {
            tracing::warn!(%error, "files: bytes of some uploads stay until the next sweep");
        }
    }

    /// Removes everything of an upload.
    async fn erase(&self, id: UploadId) -> Result<(), FilesError> {
        if let Some(directory) = &self.directory {
            let folder = directory.join(id.to_string());
            let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder));
            return match removed.await {
                Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                    Err(FilesError::Directory(error))
                }
                Ok(Ok(()) | Err(_)) => Ok(()),
                Err(error) => Err(FilesError::Directory(io::Error::other(error))),
            };
        }
        let found = self.objects.list(Some(&self.folder(id)));
        let paths = found.map_ok(|object| object.location).boxed();
        let deleted: Vec<_> = self.objects.delete_stream(paths).collect().await;
        for outcome in deleted {
            match outcome {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The uploads that something is stored of, one after the other; one may come several times.
    pub(crate) fn list(&self) -> BoxStream<'static, Result<UploadId, FilesError>> {
        let depth = self.prefix.parts().count();
        let prefix = (depth > 0).then_some(&self.prefix);
        stream::unfold(self.objects.list(prefix), |mut objects| async {
            match within(BUCKET_WITHIN, BUCKET, objects.next()).await {
                Ok(object) => Some((object?.map_err(FilesError::Store), objects)),
                // It is over with the first silence.
                Err(error) => Some((Err(error.into()), stream::empty().boxed())),
            }
        })
        .try_filter_map(move |object| {
            let folder = object.location.parts().nth(depth);
            let id = folder.and_then(|name| Uuid::parse_str(name.as_ref()).ok());
            std::future::ready(Ok(id.map(UploadId)))
        })
        .boxed()
    }
}

/// Waits until something may be read from the directory, if it is one.
async fn permit(reading: Option<&Semaphore>) -> Option<SemaphorePermit<'_>> {
    // Nobody closes it.
    reading?.acquire().await.ok()
}

/// The pieces of a stream, each read when it may be.
fn in_turn<S>(pieces: S, reading: Option<Arc<Semaphore>>) -> impl Stream<Item = S::Item> + Send
where
    S: Stream + Send + Unpin,
{
    stream::unfold((pieces, reading), |(mut pieces, reading)| async {
        let permit = permit(reading.as_deref()).await;
        let piece = pieces.next().await?;
        drop(permit);
        Some((piece, (pieces, reading)))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;
    use crate::swallower::Swallower;
    use crate::{S3Settings, Secret};

    #[tokio::test]
    async fn no_more_pieces_are_read_from_a_directory_at_once_than_may_be() {
        let directory = tempfile::tempdir().unwrap();
        let place = FilePlace::Directory(directory.path().join("files"));
        let files = Files::open(&place).unwrap();
        let (number, attempt) = (0, 1);
        let block = Block { number, attempt };
        let id = UploadId(Uuid::from_u128(1));
        let bytes = Bytes::from_static(b"bytes");
        files.put_block(id, block, bytes.clone()).await.unwrap();
        let all = u32::try_from(READING_MAX).unwrap();
        let taken = files.reading.acquire_many(all).await.unwrap();
        let mut read = files.read(id, vec![block], 0..5);
        assert!(read.next().now_or_never().is_none(), "it waits");
        drop(taken);
        let read: Vec<Bytes> = read.try_collect().await.unwrap();
        assert_eq!(read.concat(), bytes);
    }

    /// It takes connections and says nothing, or does not even take them: the worst that can become
    /// of it.
    #[tokio::test]
    async fn a_bucket_that_does_not_answer_holds_nobody_for_long() {
        // What the server installs at its start; a second time is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let buckets = Swallower::each().await;
        tokio::time::pause();
        for bucket in buckets {
            let place = FilePlace::S3(S3Settings {
                bucket: "files".to_owned(),
                region: "us-east-1".to_owned(),
                endpoint: Some(format!("http://{}", bucket.address())),
                prefix: String::new(),
                access_key_id: Secret::new("me"),
                secret_access_key: Secret::new("secret"),
            });
            let files = Files::open(&place).unwrap();
            let (number, attempt) = (0, 1);
            let block = Block { number, attempt };
            let id = UploadId(Uuid::from_u128(1));
            let begun = Instant::now();
            let bytes = Bytes::from_static(b"bytes");
            assert!(files.put_block(id, block, bytes).await.is_err());
            assert!(files.read_block(id, block).await.is_err());
            let read = files.read(id, vec![block], 0..5);
            assert!(read.try_collect::<Vec<_>>().await.is_err());
            assert!(files.list().try_collect::<Vec<_>>().await.is_err());
            files.delete_blocks(id, &[block]).await;
            assert!(begun.elapsed() <= BUCKET_WITHIN * 5, "fivefold");
            let begun = Instant::now();
            let ids: Vec<_> = (0..100).map(|id| UploadId(Uuid::from_u128(id))).collect();
            files.erase_all(&ids).await;
            assert!(begun.elapsed() <= ERASE_WITHIN + BUCKET_PAUSE_MAX);
        }
    }
}
