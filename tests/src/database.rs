//! A database for each test, gone with it.
//!
//! On PostgreSQL a template is migrated once for each version of the schema (its name carries a
//! hash of the migration), under an advisory lock because tests run in many processes; each test's
//! database is a clone of it, which takes 30 ms.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sentinal_store::{ConnectOptions, Store};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

/// Names the server on which databases are made; unset means SQLite.
const VARIABLE: &str = "TEST_DATABASE_URL";
/// What makes the schema: another text, another template.
const SCHEMA: &str = include_str!("../../migration/src/initial.sql");
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
        let directory = TempDir::with_prefix("sentinal-test-").expect("a temporary directory");
        match std::env::var(VARIABLE) {
            Ok(admin) if !admin.is_empty() => {
                let name = clone_template(&admin).await;
                Self {
                    url: with_name(&admin, &name),
                    directory,
                    clone: Some((admin, name)),
                }
            }
            _ => Self {
                url: format!(
                    "sqlite://{}?mode=rwc",
                    directory.path().join("test.db").display()
                ),
                directory,
                clone: None,
            },
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
                if let Ok(mut connection) = PgConnection::connect(&admin).await {
                    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    // A database that stays behind harms no other test.
                    let _ = sqlx::raw_sql(AssertSqlSafe(drop))
                        .execute(&mut connection)
                        .await;
                }
            });
        });
        // The thread cannot panic: everything in it is checked.
        let _ = dropping.join();
    }
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
    SCHEMA.hash(&mut hasher);
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
    let options = ConnectOptions {
        url: url.to_owned(),
        connections_max: 2,
    };
    let store = Store::open(&options).await.expect("the new template");
    sentinal_migration::migrate(store.for_migration())
        .await
        .expect("the schema");
    store.close().await.expect("closing the template");
}
