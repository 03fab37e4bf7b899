//! The database at the start: its directory, its lock, a way to it, its schema.

use std::fs::{self, DirBuilder, OpenOptions, Permissions, remove_file};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use sentinal_app::FilePlace;
use sentinal_store::{Place, Pooler, Store};

use super::StartError;
use super::instance::{self, Instance};
use crate::config::{Config, Durability};

/// Permissions of the database file: it holds who talks to whom.
const FILE_MODE: u32 = 0o600;

/// Makes the directories that the server writes to, and takes the database if only one process may
/// have it.
pub(super) async fn take(config: &Config) -> Result<Option<Instance>, StartError> {
    writable(&config.data_dir)?;
    if let FilePlace::Directory(files) = &config.files.settings.place {
        writable(files)?;
    }
    let place = config.database.connect_options().place()?;
    let wait = instance::WAIT + config.listen.drain_delay;
    Ok(Instance::take(&place, wait).await?)
}

/// Brings the schema of the database up to date and opens it.
pub(super) async fn open(config: &Config) -> Result<Store, StartError> {
    let options = config.database.connect_options();
    let place = options.place()?;
    if let Place::File(file) = &place {
        // SQLite gives what it puts beside the file the same permissions.
        let creates = options.url.contains("mode=rwc");
        if let Err(error) = keep_private(file, creates) {
            tracing::warn!(%error, database = %place, "others may be able to read the database");
        }
    }
    let url = options.reach().await?;
    let url = match config.database.migration_options() {
        Some(direct) => direct.reach().await?,
        None => url,
    };
    if let Err(error) = sentinal_migration::migrate(&url).await {
        return Err(StartError::Migration(place, error));
    }
    let failed = |error| StartError::Database(place.clone(), error);
    let store = Store::open(&options).await.map_err(failed)?;
    if options.pooler == Pooler::PgBouncer && !store.tracks_statements().await.map_err(failed)? {
        return Err(StartError::Pooler(place));
    }
    let settings = store.find_unsafe_settings().await.map_err(failed)?;
    if !settings.is_empty() {
        let settings = settings.join(", ");
        if config.database.durability == Durability::Required {
            return Err(StartError::Unsafe(place, settings));
        }
        tracing::warn!(database = %place, %settings, "the database may lose what was answered");
    }
    Ok(store.with_conversations_max(config.conversations_max))
}

/// Refuses a database on which a run of `sentinal-chat restored` was interrupted.
pub(super) async fn check_restored(config: &Config, store: &Store) -> Result<(), StartError> {
    let place = config.database.connect_options().place()?;
    match store.find_restore().await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(StartError::HalfRestored(place)),
        Err(error) => Err(StartError::Database(place, error)),
    }
}

/// The database of a configuration for a command that works on it alone: no server has it meanwhile.
#[derive(Debug)]
pub struct Exclusive {
    /// The database.
    pub store: Store,
    _instance: Option<Instance>,
}

/// Takes the database and opens it, its schema brought up to date.
pub async fn open_exclusive(config: &Config) -> Result<Exclusive, StartError> {
    let instance = take(config).await?;
    let store = open(config).await?;
    Ok(Exclusive {
        store,
        _instance: instance,
    })
}

/// Brings the schema up to date, and does no more.
pub async fn migrate(config: &Config) -> Result<(), StartError> {
    let _instance = take(config).await?;
    let place = config.database.connect_options().place()?;
    let closed = open(config).await?.close().await;
    closed.map_err(|error| StartError::Database(place, error))
}

/// Makes the database file, and what SQLite keeps beside it, readable by its owner alone. Where there
/// is no file yet and SQLite would make one, it is made here: under the usual umask everybody could
/// read it.
fn keep_private(file: &Path, creates: bool) -> io::Result<()> {
    if creates {
        let mut options = OpenOptions::new();
        let opened = options
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(file);
        // Of another failure SQLite says better why.
        if opened.map_or_else(
            |error| error.kind() != io::ErrorKind::AlreadyExists,
            |_| true,
        ) {
            return Ok(());
        }
    }
    for end in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(end);
        match fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o777 & !FILE_MODE != 0 => {
                fs::set_permissions(&path, Permissions::from_mode(FILE_MODE))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes a directory if it is not there, and tries to write to it.
fn writable(directory: &Path) -> Result<(), StartError> {
    let attempt = || -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            // Others on the machine have no business in there.
            .mode(0o700)
            .create(directory)?;
        let probe = directory.join(format!(".writable-{}", std::process::id()));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&probe)?;
        remove_file(&probe)
    };
    attempt().map_err(|error| StartError::Directory(directory.to_owned(), error))
}
