//! What the runner promises, on both databases: `SQLite` always, `PostgreSQL` where
//! `TEST_POSTGRES_URL` names a server on which databases may be made.

mod first_schema;
pub(crate) mod kills;
mod others;
mod refusals;

use crate::connection::{Backend, Connection};
use crate::{MigrationError, STEPS, Step, Task, Work, runner};

/// Steps that no release has, behind those that there are: one that must not be done twice, and one
/// that can only be resumed.
fn later_steps() -> Vec<Step> {
    let last = STEPS.last().unwrap();
    let step = |ahead, name, work| Step {
        number: last.number + ahead,
        name,
        oldest_program: last.oldest_program,
        work,
    };
    let mut steps = STEPS.to_vec();
    steps.push(step(
        1,
        "test_transaction",
        Work::Transaction(
            "CREATE TABLE test_marks (id UUID PRIMARY KEY, mark BYTES) ROWLESS;
             -- Done twice it would show.
             UPDATE users SET account_revision = account_revision + 100;
             ALTER TABLE users ADD COLUMN test_mark BIGINT;",
        ),
    ));
    steps.push(step(
        2,
        "test_resumable",
        Work::Resumable(&[
            Task::Index {
                kind: "INDEX",
                name: "users_test_mark",
                on: "users (test_mark)",
            },
            Task::Rounds(
                "UPDATE users SET test_mark = account_revision + 1 WHERE id IN \
                 (SELECT id FROM users WHERE test_mark IS NULL ORDER BY id LIMIT 1)",
            ),
        ]),
    ));
    steps
}

/// An empty database, gone with it.
struct TestDatabase {
    url: String,
    /// Of an SQLite file.
    _directory: Option<tempfile::TempDir>,
    /// The server and the name of a PostgreSQL database.
    server: Option<(String, String)>,
}

impl TestDatabase {
    fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            url: format!(
                "sqlite://{}?mode=rwc",
                directory.path().join("test.db").display()
            ),
            _directory: Some(directory),
            server: None,
        }
    }

    async fn postgres(server: &str) -> Self {
        let name = format!("sentinal_steps_{}", uuid::Uuid::now_v7().simple());
        run_on(server, &[&format!("CREATE DATABASE {name}")]).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{base}/{name}"),
            _directory: None,
            server: Some((server.to_owned(), name)),
        }
    }

    async fn remove(self) {
        if let Some((server, name)) = self.server {
            run_on(&server, &[&format!("DROP DATABASE {name} WITH (FORCE)")]).await;
        }
    }

    async fn open(&self) -> Connection {
        Connection::open(&self.url).await.unwrap()
    }

    async fn run(&self, statements: &[&str]) {
        run_on(&self.url, statements).await;
    }

    async fn migrate(&self, steps: &[Step]) -> Result<(), MigrationError> {
        runner::run(&self.url, steps).await
    }

    /// Tables, columns and indexes, and which steps are recorded.
    async fn describe(&self) -> Vec<String> {
        let mut connection = self.open().await;
        let query = match connection.backend() {
            Backend::Sqlite => {
                "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || \
                 COALESCE(c.dflt_value, '') || ' ' || c.pk AS line FROM sqlite_master t, \
                 pragma_table_info(t.name) c WHERE t.type = 'table' UNION ALL \
                 SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'index' \
                 AND sql IS NOT NULL ORDER BY line"
            }
            Backend::Postgres => {
                "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable \
                 || ' ' || COALESCE(column_default, '') AS line FROM information_schema.columns \
                 WHERE table_schema = 'public' UNION ALL \
                 SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line"
            }
        };
        let lines: Vec<(String,)> = connection.rows(query).await.unwrap();
        let steps = "SELECT number || ' ' || name || ' ' || oldest_program FROM schema_steps \
                     ORDER BY number";
        let steps: Vec<(String,)> = connection.rows(steps).await.unwrap();
        connection.close().await.unwrap();
        lines.into_iter().chain(steps).map(|(line,)| line).collect()
    }
}

async fn run_on(url: &str, statements: &[&str]) {
    let mut connection = Connection::open(url).await.unwrap();
    for statement in statements {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn on_each_database(test: impl AsyncFn(&TestDatabase)) {
    let database = TestDatabase::sqlite();
    test(&database).await;
    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        let database = TestDatabase::postgres(&server).await;
        test(&database).await;
        database.remove().await;
    }
}

/// The schema that a new database gets.
async fn expected(like: &TestDatabase, steps: &[Step]) -> Vec<String> {
    let fresh = match &like.server {
        None => TestDatabase::sqlite(),
        Some((server, _)) => TestDatabase::postgres(server).await,
    };
    fresh.migrate(steps).await.unwrap();
    let described = fresh.describe().await;
    fresh.remove().await;
    described
}
