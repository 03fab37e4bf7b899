//! Where a database is: what operators are told of it, and whether it can be reached at all.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{Connection as _, Error as SqlxError};

use crate::ConnectOptions;

/// How long the first connection may take. A host that answers does so within milliseconds, and an
/// operator who waits at a terminal wants to know.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// Where a database is. As text it holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// SQLite in the memory of this process.
    Memory,
    /// PostgreSQL: where it listens, and the name of the database.
    Postgres {
        /// `host:port`, or the directory of its Unix socket.
        server: String,
        /// The database's name.
        name: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the database file {}", path.display()),
            Self::Memory => f.write_str("the database in memory"),
            Self::Postgres { server, name } => {
                write!(f, "the database {name} of PostgreSQL at {server}")
            }
        }
    }
}

/// Why there is no way to a database.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The URL means nothing.
    #[error("the database's URL cannot be used")]
    Url(#[source] SqlxError),
    /// Nobody answered, or somebody refused.
    #[error("{0} cannot be reached")]
    Refused(Place, #[source] Box<dyn StdError + Send + Sync>),
    /// Nobody said anything.
    #[error("{place} cannot be reached: no answer within {seconds} s")]
    Silent {
        /// The database that was not reached.
        place: Place,
        /// For so long, seconds.
        seconds: u64,
    },
}

impl ConnectOptions {
    /// Where the database is.
    pub fn place(&self) -> Result<Place, ReachError> {
        if self.url.starts_with("sqlite:") {
            let in_memory = self.url.contains(":memory:") || self.url.contains("mode=memory");
            if in_memory {
                return Ok(Place::Memory);
            }
            let sqlite = SqliteConnectOptions::from_str(&self.url).map_err(ReachError::Url)?;
            return Ok(Place::File(sqlite.get_filename().to_owned()));
        }
        let postgres = PgConnectOptions::from_str(&self.url).map_err(ReachError::Url)?;
        let server = match postgres.get_socket().map(PathBuf::as_path) {
            Some(socket) => socket.display().to_string(),
            None if Path::new(postgres.get_host()).is_absolute() => postgres.get_host().to_owned(),
            None => format!("{}:{}", postgres.get_host(), postgres.get_port()),
        };
        // PostgreSQL's own rule.
        let name = postgres.get_database().unwrap_or(postgres.get_username());
        Ok(Place::Postgres {
            server,
            name: name.to_owned(),
        })
    }

    /// Connects once. A pool tries again and again until its own time is over, and all it can say
    /// then is that it is over; the first attempt knows what is wrong.
    pub async fn reach(&self) -> Result<(), ReachError> {
        let place = self.place()?;
        if !matches!(place, Place::Postgres { .. }) {
            return Ok(());
        }
        let options = PgConnectOptions::from_str(&self.url).map_err(ReachError::Url)?;
        let attempt = async {
            let connection = PgConnection::connect_with(&options).await?;
            connection.close().await
        };
        match tokio::time::timeout(REACH_WITHIN, attempt).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ReachError::Refused(place, cause(error))),
            Err(_) => Err(ReachError::Silent {
                place,
                seconds: REACH_WITHIN.as_secs(),
            }),
        }
    }
}

/// What is wrong, without the words that sqlx puts around it.
fn cause(error: SqlxError) -> Box<dyn StdError + Send + Sync> {
    match error {
        SqlxError::Io(error) => error.into(),
        SqlxError::Database(error) => error.message().to_owned().into(),
        SqlxError::Tls(error) => error,
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> String {
        let options = ConnectOptions {
            url: url.to_owned(),
            connections_max: 2,
        };
        options.place().unwrap().to_string()
    }

    #[test]
    fn a_place_is_named_without_its_password() {
        assert_eq!(
            place("postgres://u:secret@db.example:5433/chat?sslmode=prefer"),
            "the database chat of PostgreSQL at db.example:5433"
        );
        assert_eq!(
            place("postgres:///chat?host=/run/postgresql&user=u"),
            "the database chat of PostgreSQL at /run/postgresql"
        );
        assert_eq!(
            place("sqlite:///var/lib/a%20b/chat.db?mode=rwc"),
            "the database file /var/lib/a b/chat.db"
        );
        assert_eq!(place("sqlite::memory:"), "the database in memory");
    }
}
