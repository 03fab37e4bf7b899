//! For tests: how SQLite would run a statement.

use sea_orm::{ConnectionTrait, Value};

use crate::dialect::{column, sql};
use crate::{ConnectOptions, Store};

/// The steps of a statement's plan that walk through a whole table of the schema. Steps through
/// results of the statement itself (`own`: the names of its common table expressions and derived
/// tables) are no matter.
pub(crate) async fn table_scans(text: &str, values: Vec<Value>, own: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let options = ConnectOptions {
        url: format!(
            "sqlite://{}?mode=rwc",
            directory.path().join("plan.db").display()
        ),
        connections_max: 1,
    };
    let store = Store::open(&options).await.unwrap();
    sentinal_migration::migrate(store.for_migration())
        .await
        .unwrap();
    let statement = sql(
        store.backend(),
        format!("EXPLAIN QUERY PLAN {text}"),
        values,
    );
    let rows = store.read().query_all_raw(statement).await.unwrap();
    let steps: Vec<String> = rows
        .iter()
        .map(|row| column(row, "detail").unwrap())
        .collect();
    assert!(!steps.is_empty());
    store.close().await.unwrap();
    let scanned = |step: &str| {
        step.strip_prefix("SCAN ")?
            .split(' ')
            .next()
            .map(str::to_owned)
    };
    let is_own = |name: &str| name.starts_with("(subquery") || own.contains(&name);
    let walks = |step: &String| scanned(step).is_some_and(|name| !is_own(&name));
    steps.into_iter().filter(walks).collect()
}
