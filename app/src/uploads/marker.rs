//! Whether this node keeps files where the others keep them: a mark lies there, and the database knows it.
//!
//! A node with a directory of its own would answer 404 for half of all files, and only some of the time. So each
//! start looks for the mark; the first one puts it there. It lies beside the uploads as an object of its own, so it
//! goes along wherever the files are moved to.
//!
//! The mark is written before the database is told of it: a node that dies in between leaves one that the next start
//! finds. Two nodes that start at once on the same place both find the one that was created first.

use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use sentinal_actors::remote::within;
use sentinal_protocol::Timestamp;
use sentinal_protocol::ids::new_uuid;
use sentinal_store::Store;
use uuid::Uuid;

use super::files::{BUCKET, BUCKET_WITHIN, Files, FilesError};
use crate::OtherPlace;

/// The object's name, beside the folders of uploads.
const NAME: &str = "marker";

impl Files {
    /// Compares the mark of this place with the one that the database knows. A place that cannot be asked
    /// holds nobody up: it takes no files either.
    pub(crate) async fn check_marker(
        &self,
        store: &Store,
        other: OtherPlace,
        now: Timestamp,
    ) -> Result<(), FilesError> {
        let looking = async {
            let looked = within(BUCKET_WITHIN, BUCKET, self.find_or_make_marker(now)).await;
            looked?
        };
        let here = match looking.await {
            Ok(here) => here,
            Err(FilesError::Elsewhere) => return Err(FilesError::Elsewhere),
            Err(error) => {
                tracing::warn!(
                    %error,
                    "files: the place cannot be asked whether it is the one of the other servers"
                );
                return Ok(());
            }
        };
        let known = store.find_or_insert_files_mark(here).await;
        let known = known.map_err(FilesError::Database)?;
        if known == here {
            return Ok(());
        }
        if other == OtherPlace::Refused {
            return Err(FilesError::Elsewhere);
        }
        tracing::warn!("files are kept in another place than before: check FILES_DIR and S3_*");
        let updated = store.update_files_mark(here).await;
        updated.map_err(FilesError::Database)
    }

    async fn find_or_make_marker(&self, now: Timestamp) -> Result<Uuid, FilesError> {
        let path = self.prefix.clone().join(NAME);
        if let Some(found) = self.find_marker(&path).await? {
            return Ok(found);
        }
        let new = new_uuid(now);
        let payload = || PutPayload::from(new.to_string());
        let create = PutOptions::from(PutMode::Create);
        match self.objects.put_opts(&path, payload(), create).await {
            Ok(_) => Ok(new),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let found = self.find_marker(&path).await?;
                found.ok_or(FilesError::Elsewhere)
            }
            // Not every service knows the condition; of two first starts at once there the later one wins, which
            // both find.
            Err(
                object_store::Error::NotImplemented { .. }
                | object_store::Error::NotSupported { .. },
            ) => {
                self.objects.put(&path, payload()).await?;
                let found = self.find_marker(&path).await?;
                found.ok_or(FilesError::Elsewhere)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn find_marker(&self, path: &Path) -> Result<Option<Uuid>, FilesError> {
        let found = match self.objects.get(path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let text = String::from_utf8_lossy(&found);
        // Something else of that name is no mark of ours.
        Uuid::parse_str(text.trim())
            .map(Some)
            .map_err(|_| FilesError::Elsewhere)
    }
}
