//! Why a database cannot be migrated, in sentences for its operator.

use std::time::Duration;

use sea_orm::sqlx;

/// Why the schema could not be brought up to date. Nothing of a failed step is kept.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The URL names no database.
    #[error("the URL of the database cannot be read")]
    Url(#[source] sqlx::Error),
    /// The database cannot be reached, or its file cannot be opened.
    #[error("the database cannot be opened for its migration")]
    Open(#[source] sqlx::Error),
    /// It did not answer a short question in time.
    #[error("the database did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// Another process holds the lock.
    #[error(
        "another process has been migrating this database for {} min; this one waited for it long \
         enough",
        .0.as_secs() / 60
    )]
    Locked(Duration),
    /// Somebody else's tables are in it.
    #[error(
        "the database is not one of this program: it holds the table {0} and no record of a \
         migration. Nothing was changed; name an empty database"
    )]
    NotOurs(String),
    /// An older program was killed during the first start on it, and rows were written afterwards.
    #[error(
        "the database is half made: its creation was interrupted, its table {0} holds rows \
         nevertheless. Nothing was changed; name an empty database or restore a backup"
    )]
    Half(String),
    /// The record of the older runner is there and tables are missing.
    #[error(
        "the database says that it was created completely, but its table {0} is missing. Nothing \
         was changed; restore a backup"
    )]
    Damaged(String),
    /// A newer program has taken steps that this one cannot run with.
    #[error(
        "the database was migrated by a newer version (to step {database}); it needs a program that \
         knows step {needed}, and this one knows step {known}. Install the newer version, or restore \
         a backup from before the upgrade"
    )]
    TooNew {
        /// The last step of the database.
        database: i64,
        /// The oldest program that runs on it.
        needed: i64,
        /// This program.
        known: i64,
    },
    /// The record is not that of this program's steps.
    #[error(
        "the database records step {number} as `{recorded}`, which this program does not know by \
         that place and name: it was migrated by another branch of the program"
    )]
    Different {
        /// The step.
        number: i64,
        /// Its name in the database.
        recorded: String,
    },
    /// A statement of a step failed.
    #[error("step {number} ({name}) of the migration failed; the next start tries it again")]
    Step {
        /// The step.
        number: i64,
        /// Its name.
        name: &'static str,
        /// The database's own words.
        #[source]
        source: sqlx::Error,
    },
    /// Any other statement failed.
    #[error("the database failed during its migration")]
    Failed(#[from] sqlx::Error),
}
