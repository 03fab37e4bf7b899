//! One server per SQLite file: a lock on a file beside it.
//!
//! Two processes that write one SQLite file do not harm the file, but each believes to be alone:
//! their rooms and cursors would know nothing of the other's messages. The lock belongs to the open
//! file, so it ends with its process, however that ends. The file itself stays: whoever removed it
//! could remove the one that somebody else has just locked. It is not the database file, because
//! closing that one more time would end SQLite's own locks on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sentinal_store::Place;
use tokio::time::Instant;

/// How long a server that starts waits for the one before it to end: as long as that may drain,
/// and a little more. How long the other one waits before it drains comes on top.
pub(super) const WAIT: Duration = Duration::from_secs(35);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why the database file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The lock cannot be taken or asked for.
    #[error("{} cannot be locked", .0.display())]
    Lock(PathBuf, #[source] io::Error),
    /// Another process has it.
    #[error(
        "{database} is in use by another process{holder}, which did not end within {waited} s; \
         one server at a time may use an SQLite file"
    )]
    Taken {
        /// The database.
        database: Place,
        /// Which process, as far as it is known.
        holder: String,
        /// How long this one has waited, seconds.
        waited: u64,
    },
}

/// As long as this lives, no other process gets the database file.
#[derive(Debug)]
pub(super) struct Instance {
    _locked: File,
}

impl Instance {
    /// Takes a database, waiting for whoever has it. `None` for one that many may use.
    pub(super) async fn take(place: &Place, wait: Duration) -> Result<Option<Self>, InstanceError> {
        let Place::File(database) = place else {
            return Ok(None);
        };
        let path = beside(database);
        let failed = |error| InstanceError::Lock(path.clone(), error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let since = Instant::now();
        let mut announced = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = holder(&mut file);
            if since.elapsed() >= wait {
                return Err(InstanceError::Taken {
                    database: place.clone(),
                    holder,
                    waited: wait.as_secs(),
                });
            }
            if !announced {
                announced = true;
                let seconds = wait.as_secs();
                tracing::warn!(
                    "{place} is in use by another process{holder}; waiting up to {seconds} s for \
                     its end"
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        // For whoever has to wait; without it they wait as well.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Some(Self { _locked: file }))
    }
}

/// The lock of a database file, the same by whichever links it is named.
fn beside(database: &Path) -> PathBuf {
    // One that is not there yet has no other names.
    let real = database.canonicalize();
    let mut name = real.as_deref().unwrap_or(database).as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Who has locked it, if they have said so.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match (read, text.trim()) {
        (Ok(_), id) if !id.is_empty() => format!(" (process {id})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(directory: &tempfile::TempDir) -> Place {
        Place::File(directory.path().join("chat.db"))
    }

    #[actix_web::test]
    async fn a_second_process_is_told_who_has_the_database() {
        let directory = tempfile::tempdir().unwrap();
        let place = file(&directory);
        let first = Instance::take(&place, WAIT).await.unwrap();
        let refusal = Instance::take(&place, Duration::ZERO).await.unwrap_err();
        let path = directory.path().join("chat.db");
        assert_eq!(
            refusal.to_string(),
            format!(
                "the database file {} is in use by another process (process {}), which did not end \
                 within 0 s; one server at a time may use an SQLite file",
                path.display(),
                std::process::id()
            )
        );
        drop(first);
        Instance::take(&place, Duration::ZERO).await.unwrap();
    }

    #[actix_web::test]
    async fn who_waits_gets_it_when_the_first_ends() {
        let directory = tempfile::tempdir().unwrap();
        let place = file(&directory);
        let first = Instance::take(&place, WAIT).await.unwrap();
        let second = Instance::take(&place, WAIT);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        assert!(second.await.unwrap().is_some());
    }

    #[actix_web::test]
    async fn links_lead_to_the_same_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chat.db");
        File::create(&path).unwrap();
        let link = directory.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let _first = Instance::take(&Place::File(path), WAIT).await.unwrap();
        let second = Instance::take(&Place::File(link), Duration::ZERO).await;
        assert!(matches!(second, Err(InstanceError::Taken { .. })));
    }
}
