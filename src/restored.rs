//! `sentinal-chat restored`: makes a database that was put back from a backup fit to be served.
//!
//! Run once before the server is started on it. It resumes a run that was interrupted, and a server
//! does not start on a database on which a run is not complete. A second run after a complete one
//! jumps once more: whether the database was put back meanwhile cannot be told from its contents.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use sentinal_protocol::{Clock, Timestamp};
use sentinal_store::{Restore, Restored, Store, StoreError};
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::server::{self, StartError};

/// A jump below this would not even cover a backup of the same minute.
pub const MARGIN_MIN: u64 = 1_000;
/// A jump above this would use up the numbers that JavaScript knows within some thousand restores.
pub const MARGIN_MAX: u64 = 1 << 40;

/// A server that has not said for so long that it lives is gone: three of its signs of life are due in
/// that time.
const SILENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether a process of the server still says that it lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Why a database was not made fit.
#[derive(Debug, thiserror::Error)]
pub enum RestoredError {
    /// It cannot be opened or migrated.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It failed. Rounds that were done stay done.
    #[error("the database failed; run the command again")]
    Database(#[from] StoreError),
    /// Somebody is served from it.
    #[error("a server runs on this database: stop it first")]
    Serving,
}

/// What a run has done.
#[derive(Debug)]
pub struct Report {
    margin: u64,
    /// Of an earlier run that was interrupted.
    resumed: Option<Timestamp>,
    changed: BTreeMap<Restored, u64>,
}

/// Opens the database of a configuration, with its schema brought up to date, and makes it fit.
pub async fn run(config: &Config, margin: u64) -> Result<Report, RestoredError> {
    let clock = Clock::system();
    let database = server::open_exclusive(config).await?;
    // The lock of an SQLite file says it for certain.
    if !config.database.is_sqlite() {
        wait_for_silence(&database.store, &clock).await?;
    }
    let done = run_on(&database.store, &clock, margin).await;
    database.store.clone().close().await?;
    done
}

async fn run_on(store: &Store, clock: &Clock, margin: u64) -> Result<Report, RestoredError> {
    let (mut run, resumed) = if let Some(run) = store.find_restore().await? {
        let started_at = run.started_at;
        (run, Some(started_at))
    } else {
        let run = store.insert_restore(Uuid::now_v7(), margin, clock.now());
        (run.await?, None)
    };
    let changed = complete(store, clock, &mut run).await?;
    Ok(Report {
        margin: run.margin,
        resumed,
        changed,
    })
}

async fn complete(
    store: &Store,
    clock: &Clock,
    run: &mut Restore,
) -> Result<BTreeMap<Restored, u64>, StoreError> {
    let mut changed = BTreeMap::new();
    while let Some((kind, count)) = store.restore_some(run, clock.now()).await? {
        *changed.entry(kind).or_default() += count;
    }
    Ok(changed)
}

/// Fails if a process of the server lives. A backup that is seconds old holds signs of life, too:
/// those stay as they are.
async fn wait_for_silence(store: &Store, clock: &Clock) -> Result<(), RestoredError> {
    let first = store.find_last_node().await?;
    if first.is_none_or(|seen| seen < clock.now().minus(SILENCE)) {
        return Ok(());
    }
    tracing::info!("looking whether a server runs on this database");
    let since = Instant::now();
    while since.elapsed() < SILENCE {
        tokio::time::sleep(LOOK_EVERY).await;
        if store.find_last_node().await? != first {
            return Err(RestoredError::Serving);
        }
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |kind| self.changed.get(&kind).copied().unwrap_or_default();
        if self.resumed.is_some() {
            writeln!(
                f,
                "An earlier run had been interrupted; these are what it had left."
            )?;
        }
        writeln!(
            f,
            "Counters of {} conversations and {} accounts jumped ahead by {}.",
            count(Restored::Conversations),
            count(Restored::Accounts),
            self.margin
        )?;
        writeln!(
            f,
            "One-time prekeys dropped: {}, and {} post-quantum ones. Devices upload new ones.",
            count(Restored::Prekeys),
            count(Restored::PqPrekeys)
        )?;
        writeln!(
            f,
            "Logins ended: {}; tickets for sockets: {}; password resets: {}. Everybody signs in again.",
            count(Restored::Logins),
            count(Restored::Tickets),
            count(Restored::ResetTokens)
        )?;
        writeln!(
            f,
            "Requests whose outcome is not known, given up: {}.",
            count(Restored::Claims)
        )?;
        write!(
            f,
            "What else is as it was when the backup was made is in the README: removed devices, \
             blocks, passwords, deleted messages."
        )
    }
}
