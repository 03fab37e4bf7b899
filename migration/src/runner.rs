//! Takes the steps that a database has not taken yet.

use crate::connection::{Backend, Connection};
use crate::record::{self, Found};
use crate::step::{dialect, statements};
use crate::{MigrationError, Step, Task, Work};

/// Takes the steps that are missing, in order, and waits for another process that does.
pub(crate) async fn run(url: &str, steps: &[Step]) -> Result<(), MigrationError> {
    let mut connection = Connection::open(url).await?;
    let outcome = run_on(&mut connection, steps).await;
    // Closed whatever happened: that undoes what a failed step began. A connection that cannot even
    // be closed is gone, and says less than the outcome.
    let closed = connection.close().await;
    outcome?;
    Ok(closed?)
}

async fn run_on(connection: &mut Connection, steps: &[Step]) -> Result<(), MigrationError> {
    // The usual start has nothing to do and waits for nobody. Whatever else is found is looked at
    // again under the lock: another process may be about to change it.
    if let Ok(Found::Recorded(recorded)) = record::find(connection, steps).await
        && next_step(&recorded, steps)?.is_none()
    {
        return Ok(());
    }
    connection.lock().await?;
    loop {
        connection.begin().await?;
        let step = match record::find(connection, steps).await? {
            Found::Recorded(recorded) => next_step(&recorded, steps)?,
            Found::Old => {
                record::create(connection).await?;
                if let Some(first) = steps.first() {
                    record::insert(connection, first).await?;
                }
                connection.commit().await?;
                continue;
            }
            Found::New(begun) => {
                for table in begun {
                    connection.execute(&format!("DROP TABLE {table}")).await?;
                }
                record::create(connection).await?;
                steps.first()
            }
        };
        let Some(step) = step else {
            connection.commit().await?;
            return Ok(());
        };
        take(connection, step).await?;
        tracing::info!(
            number = step.number,
            name = step.name,
            "a step of the schema was taken"
        );
    }
}

/// The first step that is not recorded, if the record is one that this program can go on from.
fn next_step<'a>(
    recorded: &[(i64, String, i64)],
    steps: &'a [Step],
) -> Result<Option<&'a Step>, MigrationError> {
    let known = steps.last().map_or(0, |step| step.number);
    let (ours, ahead): (Vec<_>, Vec<_>) =
        recorded.iter().partition(|(number, _, _)| *number <= known);
    for (index, (number, name, _)) in ours.iter().enumerate() {
        let same = |step: &Step| step.number == *number && step.name == name;
        if !steps.get(index).is_some_and(same) {
            return Err(MigrationError::Different {
                number: *number,
                recorded: name.clone(),
            });
        }
    }
    let needed = ahead.iter().map(|(_, _, oldest)| *oldest).max();
    if let Some(needed) = needed
        && needed > known
    {
        return Err(MigrationError::TooNew {
            database: ahead.last().map_or(known, |(number, _, _)| *number),
            needed,
            known,
        });
    }
    if !ahead.is_empty() {
        tracing::info!(
            steps = ahead.len(),
            "the database was migrated by a newer version, which this one can run beside"
        );
    }
    Ok(steps.get(ours.len()))
}

/// Takes a step and records it. A transaction is open and has seen that it is the next one.
async fn take(connection: &mut Connection, step: &Step) -> Result<(), MigrationError> {
    let failed = |source| MigrationError::Step {
        number: step.number,
        name: step.name,
        source,
    };
    match step.work {
        Work::Transaction(text) => {
            for statement in statements(text, connection.backend()) {
                connection.execute(&statement).await.map_err(failed)?;
            }
        }
        Work::Resumable(tasks) => {
            connection.commit().await?;
            for task in tasks {
                match perform(connection, task).await {
                    Err(MigrationError::Failed(source)) => return Err(failed(source)),
                    performed => performed?,
                }
            }
            connection.begin().await?;
        }
    }
    record::insert(connection, step).await.map_err(failed)?;
    connection.commit().await.map_err(failed)
}

/// Performs a task, from wherever an earlier attempt has got to.
async fn perform(connection: &mut Connection, task: &Task) -> Result<(), MigrationError> {
    let backend = connection.backend();
    match task {
        Task::Index { kind, name, on } if backend == Backend::Sqlite => {
            connection.begin().await?;
            let sql = format!("CREATE {kind} IF NOT EXISTS {name} ON {on}");
            connection.execute(&sql).await?;
            connection.commit().await?;
        }
        Task::Index { kind, name, on } => {
            // An interrupted attempt leaves an index that is kept up to date and never used.
            let query =
                format!("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{name}')");
            let found: Vec<(bool,)> = connection.rows(&query).await?;
            if found == [(false,)] {
                let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
                connection.execute(&sql).await?;
            }
            let sql = format!("CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}");
            connection.execute(&sql).await?;
        }
        Task::Rounds(text) => {
            let statement = dialect(text, backend);
            loop {
                connection.begin().await?;
                let changed = connection.execute(&statement).await?;
                connection.commit().await?;
                if changed == 0 {
                    break;
                }
            }
        }
    }
    Ok(())
}
