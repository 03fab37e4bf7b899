//! A database for each test, gone with it.
//!
//! On PostgreSQL a template is migrated once for each version of the schema (its name carries a
//! hash of the steps), under an advisory lock because tests run in many processes; each test's
//! database is a clone of it, which takes 30 ms.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use sentinal_migration::STEPS;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

/// Names the server on which databases are made; unset means SQLite.
const VARIABLE: &str = "TEST_DATABASE_URL";
/// Key of the advisory lock under which the template is made, "template" in ASCII.
const LOCK_KEY: i64 = 0x7465_6d70_6c61_7465;

/// An empty, migrated database and a directory for files. Dropping it removes both.
pub struct TestDatabase {
    url: String,
    directory: TempDir,
    /// The administrative URL and the name of what to drop there.
    clone: Option<(String, String)>,
}

impl TestDatabase {
    /// Makes one.
    pub async fn create() -> Self {
        match std::env::var(VARIABLE) {
            Ok(admin) if !admin.is_empty() => Self::create_at(&admin).await,
            _ => Self::create_file(),
        }
    }

    /// Makes one on this PostgreSQL, whatever the others use.
    pub async fn create_at(admin: &str) -> Self {
        let name = clone_template(admin).await;
        Self {
            url: with_name(admin, &name),
            directory: directory(),
            clone: Some((admin.to_owned(), name)),
        }
    }

    /// Makes an SQLite file, whatever the others use.
    pub fn create_file() -> Self {
        let directory = directory();
        let file = directory.path().join("test.db");
        Self {
            url: format!("sqlite://{}?mode=rwc", file.display()),
            directory,
            clone: None,
        }
    }

    /// Where it is, as `DATABASE_URL` says it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The directory, as `DATA_DIR` says it.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.clone.is_none()
    }
}

/// A database as it was at some moment, which may come back. Nothing may have it open meanwhile.
pub enum Backup {
    /// A copy of the file.
    Sqlite(PathBuf),
    /// The name of a copy on the same server.
    Postgres(String),
}

impl TestDatabase {
    /// Copies it.
    pub async fn db_backup(&self) -> Backup {
        let Some((admin, name)) = &self.clone else {
            let copy = self.directory.path().join("backup.db");
            self.db_execute(&[format!("VACUUM INTO '{}'", copy.display())])
                .await;
            return Backup::Sqlite(copy);
        };
        let copy = format!("{name}_backup");
        let mut admin = PgConnection::connect(admin).await.expect("PostgreSQL");
        let statement = format!("CREATE DATABASE {copy} TEMPLATE {name}");
        run(&mut admin, statement).await;
        Backup::Postgres(copy)
    }

    /// Puts a copy in its place.
    pub async fn db_put_back(&self, backup: Backup) {
        match (backup, &self.clone) {
            (Backup::Sqlite(copy), None) => {
                let file = self.directory.path().join("test.db");
                for beside in ["test.db-wal", "test.db-shm"] {
                    // SQLite has removed them if it was closed in good order.
                    let _ = std::fs::remove_file(self.directory.path().join(beside));
                }
                std::fs::rename(copy, file).expect("the backup in its place");
            }
            (Backup::Postgres(copy), Some((admin, name))) => {
                let mut admin = PgConnection::connect(admin).await.expect("PostgreSQL");
                for statement in [
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                    format!("ALTER DATABASE {copy} RENAME TO {name}"),
                ] {
                    run(&mut admin, statement).await;
                }
            }
            (_, _) => panic!("a backup of another kind of database"),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((admin, name)) = self.clone.take() else {
            return;
        };
        // A runtime of its own: a destructor cannot wait on the test's.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let dropping = async {
                    if let Ok(mut connection) = PgConnection::connect(&admin).await {
                        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                        let drop = sqlx::raw_sql(AssertSqlSafe(drop));
                        // A database that stays behind harms no other test.
                        let _ = drop.execute(&mut connection).await;
                    }
                };
                // A test may have failed while it kept the server from answering.
                let _ = tokio::time::timeout(crate::PATIENCE, dropping).await;
            });
        });
        // The thread cannot panic: everything in it is checked.
        let _ = dropping.join();
    }
}

fn directory() -> TempDir {
    TempDir::with_prefix("sentinal-test-").expect("a temporary directory")
}

fn with_name(admin: &str, name: &str) -> String {
    let mut url = Url::parse(admin).unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
    url.set_path(name);
    url.to_string()
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Makes a database from the template, the template first if there is none for this schema yet.
async fn clone_template(admin: &str) -> String {
    let mut connection = PgConnection::connect(admin)
        .await
        .unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
    let mut hasher = DefaultHasher::new();
    // Other steps, another template.
    STEPS.hash(&mut hasher);
    let template = format!("sentinal_template_{:016x}", hasher.finish());
    let connection = &mut connection;
    run(connection, format!("SELECT pg_advisory_lock({LOCK_KEY})")).await;
    let made: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&template)
        .fetch_optional(&mut *connection)
        .await
        .expect("the list of databases");
    if made.is_none() {
        // Under another name until it is whole, so that a run that dies here leaves no half template.
        let half = format!("{template}_half");
        run(connection, format!("DROP DATABASE IF EXISTS {half}")).await;
        run(connection, format!("CREATE DATABASE {half}")).await;
        migrate(&with_name(admin, &half)).await;
        run(
            connection,
            format!("ALTER DATABASE {half} RENAME TO {template}"),
        )
        .await;
    }
    run(connection, format!("SELECT pg_advisory_unlock({LOCK_KEY})")).await;
    let name = format!("sentinal_test_{}", uuid::Uuid::now_v7().simple());
    run(
        connection,
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    name
}

async fn migrate(url: &str) {
    sentinal_migration::migrate(url).await.expect("the schema");
}
