//! Where the database is.

use std::path::Path;

use sentinal_app::{Mode, Secret};
use sentinal_store::{ConnectOptions, Pooler, is_usable_url};
use url::Url;

use super::Described;
use super::variables::Variables;

/// Connections to PostgreSQL unless `DB_CONNECTIONS` says otherwise. The journal needs one; the
/// others read, and PostgreSQL's own default lets 100 in over all nodes.
const CONNECTIONS: u64 = 16;

/// `DATABASE_URL`, or `DB_HOST` and its companions; else an SQLite file in the data directory.
#[derive(Clone, Debug)]
pub struct Database {
    url: Secret,
    connections_max: u32,
    pooler: Pooler,
    migration_url: Option<Secret>,
    /// Whether a PostgreSQL server may be one that loses what it has committed.
    pub durability: Durability,
}

/// Whether a PostgreSQL server may be one that loses what it has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It must keep it.
    Required,
    /// It is only warned of.
    Warned,
}

impl Database {
    pub(super) fn read(vars: &mut Variables, mode: Mode, data_dir: &Path) -> Self {
        let connections = vars.number("DB_CONNECTIONS", CONNECTIONS, 2, 10_000);
        let url = if vars.text("DATABASE_URL").is_some() {
            vars.read(
                "DATABASE_URL",
                "a URL that starts with postgres:// or sqlite:; several servers are host:port,host:port",
                String::new(),
                |text| {
                    let known = text.starts_with("sqlite:") || is_postgres(text);
                    known.then(|| text.to_owned())
                },
            )
        } else if vars.text("DB_HOST").is_some() {
            postgres_url(vars)
        } else {
            sqlite_url(&data_dir.join("sentinal.db"))
        };
        let pooler = vars.word(
            "DB_POOLER",
            Pooler::None,
            &[("on", Pooler::PgBouncer), ("off", Pooler::None)],
        );
        let migration_url = vars.read(
            "DB_MIGRATION_URL",
            "a URL that starts with postgres:// and leads to PostgreSQL itself",
            None,
            |text| is_postgres(text).then(|| Some(Secret::new(text))),
        );
        if pooler == Pooler::PgBouncer && migration_url.is_none() {
            vars.refuse(
                "DB_MIGRATION_URL",
                "set with DB_POOLER=on: the schema is brought up to date past the pooler",
            );
        }
        let unsafe_allowed = vars.word("DB_UNSAFE", false, &[("on", true), ("off", false)]);
        Self {
            url: Secret::new(url),
            connections_max: u32::try_from(connections).unwrap_or(16),
            pooler,
            migration_url,
            durability: if mode == Mode::Release && !unsafe_allowed {
                Durability::Required
            } else {
                Durability::Warned
            },
        }
    }

    /// What leads past a pooler to the database whose schema is brought up to date, if it is another URL.
    pub fn migration_options(&self) -> Option<ConnectOptions> {
        let url = self.migration_url.as_ref()?;
        Some(ConnectOptions {
            url: url.expose().to_owned(),
            connections_max: 1,
            pooler: Pooler::None,
        })
    }

    /// What the store needs to open it.
    pub fn connect_options(&self) -> ConnectOptions {
        ConnectOptions {
            url: self.url.expose().to_owned(),
            connections_max: self.connections_max,
            pooler: self.pooler,
        }
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.url.expose().starts_with("sqlite:")
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        if self.is_sqlite() {
            return vec![("database", self.url.expose().to_owned())];
        }
        let shown = match self.connect_options().place() {
            Ok(place) if Url::parse(self.url.expose()).is_err() => place.to_string(),
            Ok(_) | Err(_) => without_password(self.url.expose()),
        };
        let mut lines = vec![
            ("database", shown),
            ("database connections", self.connections_max.to_string()),
        ];
        if self.pooler == Pooler::PgBouncer {
            lines.push(("database pooler", "PgBouncer".to_owned()));
        }
        lines
    }
}

fn is_postgres(url: &str) -> bool {
    (url.starts_with("postgres://") || url.starts_with("postgresql://")) && is_usable_url(url)
}

/// A URL as it may be shown: no password, no query.
pub(super) fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            if url.password().is_some() {
                // Fails only for URLs that cannot have a password.
                let _ = url.set_password(Some("***"));
            }
            url.set_query(None);
            url.to_string()
        }
        Err(_) => "(unreadable)".to_owned(),
    }
}

fn postgres_url(vars: &mut Variables) -> String {
    let port = vars.number("DB_PORT", 5432, 1, u64::from(u16::MAX));
    let text = |name: &str, default: &str| vars.text(name).unwrap_or(default).to_owned();
    let (host, name) = (text("DB_HOST", ""), text("DB_NAME", "sentinal_chat"));
    let (user, password) = (text("DB_USER", "postgres"), text("DB_PASSWORD", ""));
    if host.contains(',') {
        let what = "one host name or IP address; several servers are named by DATABASE_URL";
        vars.refuse("DB_HOST", what);
        return String::new();
    }
    let host = match host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host,
    };
    let built = Url::parse(&format!("postgres://{host}:{port}"))
        .ok()
        .and_then(|mut url| {
            url.set_username(&user).ok()?;
            if !password.is_empty() {
                url.set_password(Some(&password)).ok()?;
            }
            url.path_segments_mut().ok()?.push(&name);
            Some(url.to_string())
        });
    built.unwrap_or_else(|| {
        vars.refuse("DB_HOST", "a host name or an IP address");
        String::new()
    })
}

fn sqlite_url(file: &Path) -> String {
    let path = file.to_string_lossy();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}
