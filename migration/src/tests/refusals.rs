//! Databases that cannot be migrated: each is said in a sentence, and nothing is changed.

use super::{TestDatabase, expected, first_schema, on_each_database};
use crate::{MigrationError, STEPS, Step, Work};

/// Steps of a newer program, of which the last one ceased to serve programs below `oldest_program`.
fn newer_steps(oldest_program: i64) -> Vec<Step> {
    let last = STEPS.last().unwrap();
    let mut steps = STEPS.to_vec();
    for (ahead, oldest_program) in [(1, last.oldest_program), (2, oldest_program)] {
        steps.push(Step {
            number: last.number + ahead,
            name: "test_newer",
            oldest_program,
            work: Work::Transaction(""),
        });
    }
    steps
}

#[tokio::test]
async fn a_database_that_is_ahead_by_expanding_steps_is_served() {
    on_each_database(async |database| {
        let known = STEPS.last().unwrap().number;
        database.migrate(&newer_steps(known)).await.unwrap();
        let before = database.describe().await;
        database.migrate(STEPS).await.unwrap();
        assert_eq!(database.describe().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_ahead_by_more_is_refused() {
    on_each_database(async |database| {
        let known = STEPS.last().unwrap().number;
        database.migrate(&newer_steps(known + 1)).await.unwrap();
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(
            matches!(refused, MigrationError::TooNew { database, needed, known: k }
                if database == known + 2 && needed == known + 1 && k == known),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_of_somebody_else_is_left_alone() {
    on_each_database(async |database| {
        database.run(&["CREATE TABLE orders (id BIGINT)"]).await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(
            matches!(&refused, MigrationError::NotOurs(table) if table == "orders"),
            "{refused}"
        );
        // Also one that happens to have a table of a name of ours, or migrates by the same library.
        database
            .run(&["DROP TABLE orders", "CREATE TABLE users (id BIGINT)"])
            .await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(matches!(&refused, MigrationError::NotOurs(table) if table == "users"));
        database
            .run(&[
                "CREATE TABLE seaql_migrations (version TEXT, applied_at BIGINT)",
                "INSERT INTO seaql_migrations VALUES ('m2020_orders', 1)",
            ])
            .await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(matches!(refused, MigrationError::NotOurs(_)), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn half_a_database_with_rows_in_it_is_left_alone() {
    on_each_database(async |database| {
        first_schema::create(database).await;
        database.run(&["DELETE FROM seaql_migrations"]).await;
        let before = first_schema::contents(database).await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(matches!(refused, MigrationError::Half(_)), "{refused}");
        assert_eq!(first_schema::contents(database).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_lost_a_table_is_left_alone() {
    on_each_database(async |database| {
        first_schema::create(database).await;
        database.run(&["DROP TABLE pins"]).await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(matches!(&refused, MigrationError::Damaged(table) if table == "pins"));
    })
    .await;
}

#[tokio::test]
async fn another_branch_of_the_program_is_noticed() {
    on_each_database(async |database| {
        database.migrate(STEPS).await.unwrap();
        database
            .run(&["UPDATE schema_steps SET name = 'elsewhere' WHERE number = 1"])
            .await;
        let refused = database.migrate(STEPS).await.unwrap_err();
        assert!(matches!(
            &refused,
            MigrationError::Different { number: 1, .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_behind() {
    on_each_database(async |database| {
        let mut steps = STEPS.to_vec();
        steps[0].work =
            Work::Transaction("CREATE TABLE users (id UUID); CREATE TABLE users (id UUID);");
        let failed = database.migrate(&steps).await.unwrap_err();
        assert!(
            matches!(failed, MigrationError::Step { number: 1, .. }),
            "{failed}"
        );
        database.migrate(STEPS).await.unwrap();
        assert_eq!(database.describe().await, expected(database, STEPS).await);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error_of_its_own() {
    let database = TestDatabase::sqlite();
    let path = database.url.trim_start_matches("sqlite://");
    let path = path.trim_end_matches("?mode=rwc");
    std::fs::write(path, [b'x'; 4096]).unwrap();
    let failed = database.migrate(STEPS).await.unwrap_err();
    assert!(matches!(failed, MigrationError::Open(_)), "{failed}");
}
