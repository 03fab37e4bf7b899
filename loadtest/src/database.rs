//! Databases for runs: one is seeded per size, and every run gets a fresh copy of it.

use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;

use crate::Outcome;

/// Where databases are made. [`Databases::remove_all`] removes what is left of them.
pub struct Databases {
    directory: PathBuf,
    /// A PostgreSQL server on which databases may be made; without it they are SQLite files.
    admin: Option<Url>,
    /// Those on the PostgreSQL server.
    created: Vec<String>,
}

/// A database, and how to reach it.
#[derive(Clone, Debug)]
pub struct Database {
    /// As `DATABASE_URL` says it.
    pub url: String,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Server(String),
}

impl Databases {
    /// Files in `directory`, or databases on the server that `admin` names.
    pub fn new(directory: &Path, admin: Option<Url>) -> Self {
        Self {
            directory: directory.to_owned(),
            admin,
            created: Vec::new(),
        }
    }

    /// What kind they are.
    pub fn kind(&self) -> &'static str {
        if self.admin.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        }
    }

    /// An empty one.
    pub async fn create(&mut self) -> Outcome<Database> {
        self.create_from(None).await
    }

    /// A copy of one that nobody has open.
    pub async fn copy(&mut self, template: &Database) -> Outcome<Database> {
        self.create_from(Some(template)).await
    }

    async fn create_from(&mut self, template: Option<&Database>) -> Outcome<Database> {
        let name = format!("sentinal_load_{}", uuid::Uuid::now_v7().simple());
        let Some(admin) = &self.admin else {
            let file = self.directory.join(format!("{name}.db"));
            if let Some(Place::File(template)) = template.map(|template| &template.place) {
                std::fs::copy(template, &file)?;
            }
            return Ok(Database {
                url: format!("sqlite://{}?mode=rwc", file.display()),
                place: Place::File(file),
            });
        };
        let copied = match template.map(|template| &template.place) {
            Some(Place::Server(template)) => format!(" TEMPLATE {template}"),
            Some(Place::File(_)) | None => String::new(),
        };
        execute(admin, format!("CREATE DATABASE {name}{copied}")).await?;
        self.created.push(name.clone());
        let mut url = admin.clone();
        url.set_path(&name);
        Ok(Database {
            url: url.to_string(),
            place: Place::Server(name),
        })
    }

    /// Its size, bytes; nobody may have it open.
    pub async fn bytes(&self, database: &Database) -> Outcome<u64> {
        match (&database.place, &self.admin) {
            (Place::File(file), _) => Ok(std::fs::metadata(file)?.len()),
            (Place::Server(name), Some(admin)) => {
                let mut connection = PgConnection::connect(admin.as_str()).await?;
                let asked = sqlx::query_scalar::<_, i64>("SELECT pg_database_size($1)").bind(name);
                let bytes = asked.fetch_one(&mut connection).await?;
                connection.close().await?;
                Ok(u64::try_from(bytes)?)
            }
            (Place::Server(_), None) => Err("no server to ask".into()),
        }
    }

    /// Removes one that nobody has open.
    pub async fn remove(&mut self, database: Database) -> Outcome {
        match (database.place, &self.admin) {
            (Place::File(file), _) => {
                for suffix in ["", "-wal", "-shm"] {
                    let mut name = file.clone().into_os_string();
                    name.push(suffix);
                    // The last two are there only if it was not closed in peace.
                    let _ = std::fs::remove_file(name);
                }
            }
            (Place::Server(name), Some(admin)) => {
                execute(admin, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
                self.created.retain(|created| *created != name);
            }
            (Place::Server(_), None) => {}
        }
        Ok(())
    }

    /// Removes those that are still on the PostgreSQL server; files go with their directory.
    pub async fn remove_all(&mut self) -> Outcome {
        if let Some(admin) = &self.admin {
            for name in self.created.drain(..) {
                execute(admin, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            }
        }
        Ok(())
    }
}

/// Runs a statement that names only databases of our own making.
async fn execute(admin: &Url, statement: String) -> Outcome {
    let mut connection = PgConnection::connect(admin.as_str()).await?;
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}
