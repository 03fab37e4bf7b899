//! Why a server could not start.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use sentinal_app::SetupError;
use sentinal_migration::MigrationError;
use sentinal_store::{Place, ReachError, StoreError};

use super::InstanceError;
use crate::config::ConfigError;

/// Why a server could not start. Each names the host or the path that it is about.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A directory cannot be made, or nothing can be written there.
    #[error("the directory {} cannot be written", .0.display())]
    Directory(PathBuf, #[source] io::Error),
    /// Another process has the database, or it cannot be found out.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// There is no way to the database.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// The database cannot be opened, or not closed again.
    #[error("{0} cannot be used")]
    Database(Place, #[source] StoreError),
    /// The schema cannot be brought up to date.
    #[error("{0} cannot be migrated")]
    Migration(Place, #[source] MigrationError),
    /// What stands before the database does not keep track of prepared statements.
    #[error(
        "{0} is behind a PgBouncer that is older than 1.21, or whose max_prepared_statements is 0: it passes \
         prepared statements on to servers that do not know them"
    )]
    Pooler(Place),
    /// The server may lose what it has committed.
    #[error(
        "{0} may lose what was answered ({1}): set it as PostgreSQL is delivered, or say DB_UNSAFE=on"
    )]
    Unsafe(Place, String),
    /// A run of `sentinal-chat restored` was interrupted.
    #[error(
        "{0} was put back from a backup and is not fit to be served yet: run `sentinal-chat restored` \
         again, which was interrupted"
    )]
    HalfRestored(Place),
    /// A part of the server cannot work with this configuration.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What is measured cannot be registered.
    #[error("the metrics cannot be set up")]
    Metrics(#[from] prometheus::Error),
}

/// An error and its causes on one line, each said once.
pub fn describe(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        // Many libraries repeat the cause in their own words.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_described_with_its_causes() {
        let refused = io::Error::other("connection refused");
        let error = StartError::Listen("127.0.0.1:80".parse().unwrap(), refused);
        assert_eq!(
            describe(&error),
            "cannot listen on 127.0.0.1:80: connection refused"
        );
    }
}
