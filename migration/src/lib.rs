//! The database schema in numbered steps, the same on SQLite and PostgreSQL, and their runner.
//!
//! Stands alone: a step that has been released never changes, even when the models do.
//!
//! **To add a step**: write `steps/000N_name.sql` (see `0001_initial.sql` for the words that differ
//! per database), add its row to [`STEPS`], change the models in `entity/`. Nothing else.
//!
//! A step only expands wherever it can: the program before it must still run on the database that
//! has taken it, because the two run side by side during a rolling upgrade. Its row says so by
//! [`Step::oldest_program`].
//!
//! Each step is one transaction together with the row of `schema_steps` that records it, except for
//! those whose work cannot be ([`Work::Resumable`]). So a process may be killed at any moment: the
//! next start finds the steps that were taken, whole, and takes the rest. PostgreSQL's advisory
//! lock, SQLite's write lock let one process migrate while the others wait.

mod connection;
mod error;
mod record;
mod runner;
mod step;
mod steps;

pub use error::MigrationError;
pub use step::{Step, Task, Work};
pub use steps::STEPS;

/// Brings the schema of the database at a URL up to date; does nothing if it already is.
///
/// Opens a connection of its own, creates an SQLite file that is not there yet, and waits for
/// another process that migrates.
pub async fn migrate(url: &str) -> Result<(), MigrationError> {
    runner::run(url, STEPS).await
}

#[cfg(test)]
mod tests;
