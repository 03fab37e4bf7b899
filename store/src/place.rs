//! Where a database is: what operators are told of it, and whether it can be reached at all.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{Connection as _, Error as SqlxError, Executor as _, Row as _};
use tokio::time::{Instant, sleep};

use crate::connection::server_name;
use crate::{ConnectOptions, addresses};

/// How long the first connection may take. A host that answers does so within milliseconds, and an
/// operator who waits at a terminal wants to know.
const REACH_WITHIN: Duration = Duration::from_secs(5);
/// How long each of several servers may take to say whether it takes writes.
const ASK_WITHIN: Duration = Duration::from_millis(1_500);
/// Pause until several servers are asked again, none of which takes writes: a failover may be under way.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How PgBouncer says that it takes connections only without the settings that we send to PostgreSQL.
const POOLER_REFUSES: &str = "unsupported startup parameter";
/// Whether a server takes writes.
const IS_WRITABLE: &str = "SELECT NOT pg_is_in_recovery() \
     AND current_setting('transaction_read_only') = 'off'";

/// Where a database is. As text it holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// SQLite in the memory of this process.
    Memory,
    /// PostgreSQL: where it listens, and the name of the database.
    Postgres {
        /// `host:port`, or the directory of its Unix socket; of several servers a list.
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
        let servers = self.servers().map_err(ReachError::Url)?;
        let names: Vec<_> = servers.iter().map(server_name).collect();
        // PostgreSQL's own rule for the name.
        let name = servers.first().map_or("", |first| {
            first.get_database().unwrap_or(first.get_username())
        });
        Ok(Place::Postgres {
            server: names.join(", "),
            name: name.to_owned(),
        })
    }

    /// Connects once, and answers the URL of the server that takes writes. A pool tries again and again
    /// until its own time is over, and all it can say then is that it is over; the first attempt knows
    /// what is wrong. Only where several servers are named they are asked again for a while.
    pub async fn reach(&self) -> Result<String, ReachError> {
        let place = self.place()?;
        if !matches!(place, Place::Postgres { .. }) {
            return Ok(self.url.clone());
        }
        let urls = addresses::split(&self.url).map_err(ReachError::Url)?;
        let servers = self.servers().map_err(ReachError::Url)?;
        let ([url], [options]) = (urls.as_slice(), servers.as_slice()) else {
            return find_writable(place, &urls, &servers).await;
        };
        let attempt = async {
            let connection = PgConnection::connect_with(options).await?;
            connection.close().await
        };
        match tokio::time::timeout(REACH_WITHIN, attempt).await {
            Ok(Ok(())) => Ok(url.clone()),
            Ok(Err(error)) => Err(ReachError::Refused(place, cause(error))),
            Err(_) => Err(ReachError::Silent {
                place,
                seconds: REACH_WITHIN.as_secs(),
            }),
        }
    }
}

/// The first of several servers that takes writes.
async fn find_writable(
    place: Place,
    urls: &[String],
    servers: &[PgConnectOptions],
) -> Result<String, ReachError> {
    let until = Instant::now() + REACH_WITHIN;
    loop {
        let mut reasons = Vec::new();
        for (url, options) in urls.iter().zip(servers) {
            let asked = tokio::time::timeout(ASK_WITHIN, is_writable(options)).await;
            let reason = match asked {
                Ok(Ok(true)) => return Ok(url.clone()),
                Ok(Ok(false)) => "takes no writes".to_owned(),
                Ok(Err(error)) => cause(error).to_string(),
                Err(_) => "no answer".to_owned(),
            };
            reasons.push(format!("{}: {reason}", server_name(options)));
        }
        if Instant::now() > until {
            return Err(ReachError::Refused(place, reasons.join("; ").into()));
        }
        sleep(ASK_EVERY).await;
    }
}

async fn is_writable(options: &PgConnectOptions) -> Result<bool, SqlxError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let row = (&mut connection).fetch_one(IS_WRITABLE).await?;
    connection.close().await?;
    row.try_get(0)
}

/// What is wrong, without the words that sqlx puts around it.
fn cause(error: SqlxError) -> Box<dyn StdError + Send + Sync> {
    match error {
        SqlxError::Database(error) if error.message().contains(POOLER_REFUSES) => {
            format!("{}: this is PgBouncer, set DB_POOLER=on", error.message()).into()
        }
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
            pooler: crate::Pooler::None,
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
            place("postgres://u:secret@a,b:5433/chat?target_session_attrs=read-write"),
            "the database chat of PostgreSQL at a:5432, b:5433"
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
