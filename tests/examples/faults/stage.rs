//! The server, what surrounds it, and how that fails.

use std::time::{Duration, Instant};

use sentinal_tests::faults::{
    AtCommit, Calls, Cut, Failure, FaultProxy, FaultyDisk, LogPipe, PrivatePostgres, Traffic,
};
use sentinal_tests::{
    HeldWrites, Launch, Log, ServerProcess, Site, TestDatabase, execute, until_within,
};

use crate::arguments::Database;
use crate::crowd::Crowd;
use crate::fault::Fault;
use crate::report::Incident;

/// Smaller than every file of the database.
const FULL_BYTES: u64 = 4096;
/// Commits that are cut, one after the other.
const COMMITS_CUT: usize = 4;
/// Within this time of SIGTERM the process has ended.
const STOP_MAX: Duration = Duration::from_secs(30);
/// After this time without one successful write the run is given up.
const HOPE: Duration = Duration::from_mins(1);
/// Ends all other connections of this database.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// What the server stands on.
enum Ground {
    Sqlite(FaultyDisk),
    Postgres {
        proxy: FaultProxy,
        instance: Option<PrivatePostgres>,
    },
}

/// The server and its surroundings. Fields are dropped in this order: the server first.
pub struct Stage {
    server: ServerProcess,
    ground: Ground,
}

impl Stage {
    /// Starts everything.
    pub async fn set(database: &Database) -> Self {
        let mut settings = vec![("RUST_LOG".to_owned(), "info".to_owned())];
        let (database, ground) = match database {
            Database::Sqlite => {
                let database = TestDatabase::create_file();
                let disk = FaultyDisk::below(database.directory());
                settings.extend(disk.environment());
                (database, Ground::Sqlite(disk))
            }
            Database::PrivatePostgres => {
                let instance = PrivatePostgres::start();
                let database = TestDatabase::create_at(&instance.url()).await;
                let proxy = FaultProxy::start(database.url()).await;
                let instance = Some(instance);
                (database, Ground::Postgres { proxy, instance })
            }
            Database::Postgres(admin) => {
                let database = TestDatabase::create_at(admin).await;
                let proxy = FaultProxy::start(database.url()).await;
                let instance = None;
                (database, Ground::Postgres { proxy, instance })
            }
        };
        if let Ground::Postgres { proxy, .. } = &ground {
            settings.push(("DATABASE_URL".to_owned(), proxy.url(database.url())));
        }
        // Outside of the directory whose disk fails.
        let log = std::env::temp_dir().join(format!("sentinal-faults-{}.log", std::process::id()));
        eprintln!("the server's log: {}", log.display());
        let launch = Launch {
            settings,
            database: Some(database),
            log: Log::Pipe(LogPipe::into_file(&log)),
        };
        let server = ServerProcess::launch(launch).await;
        Self { server, ground }
    }

    /// Where the server is.
    pub fn site(&self) -> &Site {
        &self.server
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        self.server.database()
    }

    /// Lets it end in good order, and start again.
    pub async fn restart(&mut self) -> Result<(), String> {
        self.server.terminate();
        let outcome = match self.server.ended_within(STOP_MAX).await {
            Some(true) => Ok(()),
            Some(false) => Err("SIGTERM: ended with an error".to_owned()),
            None => {
                self.server.kill();
                Err(format!("SIGTERM: still running after {STOP_MAX:?}"))
            }
        };
        self.server.start_unready();
        outcome
    }

    /// Lets something fail for a while, and measures how soon a write succeeds after its end.
    pub async fn cause(&mut self, fault: Fault, lasts: Duration, crowd: &Crowd) -> Incident {
        let mut broken = Vec::new();
        let held = self.begin(fault, &mut broken).await;
        if fault.is_harmless() {
            // Nobody may notice, neither at once nor after a while.
            broken.extend(unnoticed(fault, crowd).await);
            tokio::time::sleep(lasts).await;
            broken.extend(unnoticed(fault, crowd).await);
        } else if !matches!(fault, Fault::Terminate | Fault::Kill) {
            tokio::time::sleep(lasts).await;
        }
        if let Some(held) = held {
            held.release().await;
        }
        self.end(fault, &mut broken).await;
        let since = Instant::now();
        let recovery = until_write(crowd).await.map(|()| since.elapsed());
        Incident {
            fault,
            lasted: lasts,
            recovery,
            broken,
        }
    }

    async fn begin(&mut self, fault: Fault, broken: &mut Vec<String>) -> Option<HeldWrites> {
        let server = &mut self.server;
        match (fault, &mut self.ground) {
            (Fault::FileLimit, _) => server.limit_files(Some(FULL_BYTES)),
            (Fault::HeldLock, _) => return Some(server.database().db_hold_writes().await),
            (Fault::UnreadLog, _) => server.log_pipe().stall(),
            (Fault::BrokenLog, _) => server.log_pipe().break_off(),
            (Fault::Terminate, _) => broken.extend(self.restart().await.err()),
            (Fault::Kill, _) => {
                server.kill();
                server.start_unready();
            }
            (_, Ground::Sqlite(disk)) => match fault {
                Fault::FullDisk => disk.fail(Calls::Writes, Failure::Full),
                Fault::BrokenWrites => disk.fail(Calls::Writes, Failure::Broken),
                Fault::BrokenSyncs => disk.fail(Calls::Syncs, Failure::Broken),
                Fault::OneBrokenWrite => disk.fail_once(Calls::Writes, Failure::Broken),
                Fault::OneBrokenSync => disk.fail_once(Calls::Syncs, Failure::Broken),
                other => unreachable!("{other} on SQLite"),
            },
            (_, Ground::Postgres { proxy, instance }) => match fault {
                Fault::PausedDatabase => match instance {
                    Some(instance) => instance.pause(),
                    None => proxy.set(Traffic::Held),
                },
                Fault::CrashedDatabase => instance.as_ref().expect("ours").crash(),
                Fault::SilentProxy => proxy.set(Traffic::Silent),
                Fault::LostAnswers => proxy.set(Traffic::SilentAnswers),
                Fault::Reset => proxy.cut(Cut::Reset),
                Fault::CutCommits => cut_commits(proxy).await,
                Fault::Refused => {
                    proxy.cut(Cut::Fin);
                    proxy.close().await;
                }
                Fault::ReadOnly => {
                    let url = server.database().url();
                    let read_only = format!(
                        "ALTER DATABASE {} SET default_transaction_read_only = on",
                        name_of(url)
                    );
                    execute(url, &[read_only, TERMINATE.to_owned()]).await;
                }
                other => unreachable!("{other} on PostgreSQL"),
            },
        }
        None
    }

    async fn end(&mut self, fault: Fault, broken: &mut Vec<String>) {
        let server = &mut self.server;
        match (fault, &mut self.ground) {
            (Fault::FileLimit, _) => server.limit_files(None),
            (Fault::UnreadLog, _) => server.log_pipe().read_on(),
            (Fault::BrokenLog, _) => {
                // A pipe is mended by a start with another one.
                server.log_pipe().replace();
                broken.extend(self.restart().await.err());
            }
            (_, Ground::Sqlite(disk)) => disk.mend(),
            (_, Ground::Postgres { proxy, instance }) => match fault {
                Fault::PausedDatabase => {
                    if let Some(instance) = instance {
                        instance.resume();
                    }
                    proxy.resume();
                }
                Fault::CrashedDatabase => instance.as_ref().expect("ours").start_again(),
                Fault::SilentProxy | Fault::LostAnswers => proxy.resume(),
                Fault::Refused => proxy.reopen().await,
                Fault::ReadOnly => {
                    let url = server.database().url();
                    let read_write = format!(
                        "BEGIN READ WRITE; \
                         ALTER DATABASE {} RESET default_transaction_read_only; COMMIT",
                        name_of(url)
                    );
                    execute(url, &[read_write]).await;
                }
                _ => {}
            },
        }
    }
}

/// Cuts some commits of the load, in both ways.
async fn cut_commits(proxy: &FaultProxy) {
    for moment in [AtCommit::Before, AtCommit::After]
        .iter()
        .cycle()
        .take(COMMITS_CUT)
    {
        let before = proxy.commits_cut();
        proxy.cut_next_commit(*moment);
        let cut = until_within(HOPE, async || (proxy.commits_cut() > before).then_some(()));
        // Without a commit there is none to cut, which the recovery shows.
        let _ = cut.await;
    }
}

/// The database's name.
fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// A write that must succeed at the first attempt.
async fn unnoticed(fault: Fault, crowd: &Crowd) -> Option<String> {
    match tokio::time::timeout(HOPE, crowd.probe()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{fault} was noticed: {error}")),
        Err(_) => Some(format!("{fault} was noticed: no answer in {HOPE:?}")),
    }
}

/// Writes until one succeeds; `None` if none ever does.
async fn until_write(crowd: &Crowd) -> Option<()> {
    until_within(HOPE, async || crowd.probe().await.ok()).await
}
