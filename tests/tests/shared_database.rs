//! Several servers on one PostgreSQL: they start at once, keep their files in one place, and let one of them tidy up.

use sentinal_tests::faults::PrivatePostgres;
use sentinal_tests::{Run, RunOptions, TestDatabase, execute};
use sqlx::{Connection as _, PgConnection};

/// What release mode needs beside a database.
const RELEASE: [(&str, &str); 3] = [
    ("APP_MODE", "release"),
    (
        "JWT_SECRET",
        "an-integration-test-secret-of-48-characters-0123",
    ),
    ("RATE_LIMIT", "on"),
];

/// A database for directories and settings; `None` if tests run on SQLite.
async fn on_postgres() -> Option<TestDatabase> {
    let database = TestDatabase::create().await;
    (!database.is_sqlite()).then_some(database)
}

/// The last line of a server that must not start.
async fn refusal(mut run: Run) -> String {
    let status = run.ended().await;
    assert_eq!(status.code(), Some(1), "{}", run.log());
    run.log().lines().last().expect("a line").to_owned()
}

#[tokio::test]
async fn of_three_servers_on_an_empty_database_one_migrates_and_all_serve() {
    let Some(database) = on_postgres().await else {
        return;
    };
    let empty = PrivatePostgres::start();
    let url = empty.url();
    let mut runs: Vec<_> = (0..3)
        .map(|_| {
            let settings = [("DATABASE_URL", url.as_str()), ("RUST_LOG", "info")];
            RunOptions::on(&database).with(&settings).start()
        })
        .collect();
    let mut steps = 0;
    for run in &mut runs {
        run.until_status("/ready", 200).await;
        steps += run.log().matches("a step of the schema was taken").count();
    }
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let recorded: i64 = sqlx::query_scalar("SELECT count(*) FROM schema_steps")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        i64::try_from(steps),
        Ok(recorded),
        "each step was taken once"
    );
    // One of them tidies up for all.
    let leases: i64 = sqlx::query_scalar("SELECT count(*) FROM leases")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(leases <= 1, "{leases}");
}

#[tokio::test]
async fn a_server_that_keeps_files_elsewhere_does_not_start_beside_others() {
    let Some(database) = on_postgres().await else {
        return;
    };
    let directory = |name: &str| database.directory().join(name).display().to_string();
    let start = |files: &str, settings: &[(&str, &str)]| {
        let files = [("FILES_DIR", files), ("FILES_SHARED", "on")];
        RunOptions::on(&database)
            .with(&files)
            .with(settings)
            .start()
    };
    let (shared, own) = (directory("shared"), directory("own"));
    let mut first = start(&shared, &[]);
    first.until_status("/ready", 200).await;
    let mut second = start(&shared, &[]);
    second.until_status("/ready", 200).await;
    let said = refusal(start(&own, &[])).await;
    assert!(
        said.contains("not where the other nodes keep files"),
        "{said}"
    );
    let mut adopted = start(&own, &[("FILES_ADOPT", "on")]);
    adopted.until_status("/ready", 200).await;
    let said = refusal(start(&shared, &[])).await;
    assert!(said.contains("FILES_ADOPT"), "{said}");
}

#[tokio::test]
async fn in_release_mode_a_server_that_may_lose_what_it_commits_is_refused() {
    let Some(database) = on_postgres().await else {
        return;
    };
    let postgres = PrivatePostgres::start();
    let url = postgres.url();
    let start = |settings: &[(&str, &str)]| {
        RunOptions::on(&database)
            .with(&[("DATABASE_URL", &url)])
            .with(&RELEASE)
            .with(settings)
            .start()
    };
    // For this database's connections; the others are the server's, and reloading takes a moment.
    let off = "ALTER DATABASE postgres SET synchronous_commit = off".to_owned();
    execute(&url, &[off]).await;
    let said = refusal(start(&[])).await;
    assert!(said.contains("synchronous_commit = off"), "{said}");
    assert!(said.contains("DB_UNSAFE"), "{said}");
    let mut allowed = start(&[("DB_UNSAFE", "on")]);
    allowed.until_status("/ready", 200).await;
    let warned = "may lose what was answered";
    assert!(allowed.log().contains(warned), "{}", allowed.log());
}
