//! The PostgreSQL servers that the configuration names: which of them takes writes, and whether what
//! it shows is on its standby.
//!
//! **One server takes writes.** Where several are named, a connection goes to the one that was chosen
//! last. What it says of itself is asked once, when it is new: a standby is refused, and so is a server
//! with an older timeline than one that was used before: a primary that came back after its standby had
//! been promoted. Whenever a connection is lost, all servers are asked at once who takes writes now, again and
//! again until one does.
//!
//! **What is read must not vanish.** A transaction that waits for its synchronous standby is not visible,
//! until the primary crashes: its recovery shows all that is in its own log, whether the standby has got it
//! or not. If that primary is lost for good then, whoever has read such rows has read what never was. So
//! a server with synchronous standbys that was not seen before, or that has ended connections, is asked to
//! commit something of ours first: the log is sequential, so once that commit is answered, all that was
//! visible before it is on the standby.
//!
//! The rejected way: trying the servers in order at each connection, as libpq does. A host that has vanished
//! costs each connection its whole deadline then, and an old primary that comes back is taken for the new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sea_orm::sqlx::{Connection as _, Error, Executor as _, PgPool, Row as _};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long a server may take to accept a connection and say what it is, when all are asked.
const ASK_MAX: Duration = Duration::from_millis(1_500);
/// How long the others are waited for once one has said that it takes writes: with an old primary that is
/// back there are two, and the newer timeline counts.
const OTHERS_MAX: Duration = Duration::from_millis(200);
/// Pause until all are asked again. A failover takes longer than some of these.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How long a new connection waits for the server to be confirmed, or for another one to be chosen. Less
/// than a request may wait for the database.
const SETTLE_MAX: Duration = Duration::from_secs(1);
/// How often it is asked, while a server does not confirm a commit, whether another one has taken over.
const RECONSIDER_EVERY: Duration = Duration::from_secs(2);

/// A transaction that writes to the log and to no table; its commit waits for the standby.
pub(crate) const COMMIT_SOMETHING: &str = "SELECT pg_logical_emit_message(true, 'sentinal', '')";
/// What a server says of itself. Where only one is named its timeline does not matter, and is not asked
/// of services that do not tell it.
const ALONE: &str = "SELECT true AS writable, 0::int8 AS timeline, \
     pg_postmaster_start_time()::text AS started, \
     current_setting('synchronous_standby_names') <> '' AS replicates";
const OF_SEVERAL: &str = "SELECT NOT pg_is_in_recovery() \
         AND current_setting('transaction_read_only') = 'off' AS writable, \
     CASE WHEN pg_is_in_recovery() THEN 0 ELSE \
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int8 END AS timeline, \
     pg_postmaster_start_time()::text AS started, \
     current_setting('synchronous_standby_names') <> '' AS replicates";

/// One life of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Life {
    /// Raised by each promotion of a standby.
    timeline: i64,
    /// When its process was started, as it says so.
    started: String,
}

/// What a server said of itself.
#[derive(Clone, Debug)]
struct Standing {
    life: Life,
    writable: bool,
    /// Its commits wait for a standby.
    replicates: bool,
}

impl Standing {
    fn of(row: &PgRow) -> Result<Self, Error> {
        Ok(Self {
            life: Life {
                timeline: row.try_get("timeline")?,
                started: row.try_get("started")?,
            },
            writable: row.try_get("writable")?,
            replicates: row.try_get("replicates")?,
        })
    }
}

/// A server that takes writes, and the connection on which it said so.
struct Found {
    index: usize,
    standing: Standing,
    connection: PgConnection,
}

#[derive(Debug)]
struct State {
    /// Which one new connections go to.
    chosen: usize,
    /// The highest timeline of a server that was chosen.
    timeline: i64,
    /// What this life of the server has shown until it was confirmed is on its standby.
    confirmed: Option<Life>,
    /// When another one was chosen: connections that are older lead to the one before.
    moved_at: Option<Instant>,
    /// When a search has ended last.
    searched_at: Option<Instant>,
}

/// The servers of one store.
#[derive(Debug)]
pub(super) struct Servers {
    all: Vec<PgConnectOptions>,
    state: Mutex<State>,
    /// Somebody searches.
    searching: AtomicBool,
    /// Says that the state has changed.
    changed: watch::Sender<()>,
    /// Whose new connections go to the chosen one.
    pool: OnceLock<PgPool>,
}

impl Servers {
    /// The first one counts as chosen until one is found.
    pub(super) fn new(all: Vec<PgConnectOptions>) -> Arc<Self> {
        Arc::new(Self {
            all,
            state: Mutex::new(State {
                chosen: 0,
                timeline: 0,
                confirmed: None,
                moved_at: None,
                searched_at: None,
            }),
            searching: AtomicBool::new(false),
            changed: watch::Sender::new(()),
            pool: OnceLock::new(),
        })
    }

    /// Whether a connection that was opened so long ago may be used.
    pub(super) fn allows(&self, age: Duration) -> bool {
        let moved_at = self.state().moved_at;
        moved_at.is_none_or(|at| age <= at.elapsed())
    }

    /// Takes the pool of connections to them, and chooses one if there are several. If none takes writes
    /// now, the search goes on beside the pool's own attempts.
    pub(super) async fn serve(self: &Arc<Self>, pool: PgPool) {
        // Called once.
        let _ = self.pool.set(pool);
        if self.are_several() {
            match self.find().await {
                Some(found) => self.choose(&found),
                None => self.search(),
            }
        }
    }

    fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, index: usize) -> String {
        self.all.get(index).map_or_else(String::new, name)
    }

    /// Whether a new connection may be used; for each one, before it is.
    pub(super) async fn admit(
        self: &Arc<Self>,
        connection: &mut PgConnection,
    ) -> Result<(), Error> {
        let standing = timeout(SETTLE_MAX, self.ask(connection))
            .await
            .map_err(|_| refusal("it did not say in time what it is"))??;
        if self.are_several()
            && (!standing.writable || standing.life.timeline < self.state().timeline)
        {
            let before = self.state().chosen;
            self.search();
            self.wait_until(|state| state.chosen != before).await;
            return Err(refusal("it does not take writes"));
        }
        if !standing.replicates || self.is_confirmed(&standing.life) {
            return Ok(());
        }
        self.search();
        let life = standing.life;
        self.wait_until(|state| state.confirmed.as_ref() == Some(&life))
            .await;
        if self.is_confirmed(&life) {
            return Ok(());
        }
        Err(refusal("its standby does not confirm what it shows"))
    }

    async fn wait_until(&self, settled: impl Fn(&State) -> bool) {
        let mut changed = self.changed.subscribe();
        let waiting = changed.wait_for(|()| settled(&self.state()));
        // Whoever waits looks again.
        let _ = timeout(SETTLE_MAX, waiting).await;
    }

    fn is_confirmed(&self, life: &Life) -> bool {
        self.state().confirmed.as_ref() == Some(life)
    }

    /// A connection was ended by the other side: after a crash within the same life of the server more
    /// may be visible than its standby has.
    pub(super) fn broken(self: &Arc<Self>) {
        self.state().confirmed = None;
        self.lost();
    }

    /// A connection was lost, perhaps with its server.
    pub(super) fn lost(self: &Arc<Self>) {
        if self.are_several() {
            self.search();
        }
    }

    /// Searches beside whatever else is done, if nobody does yet.
    fn search(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.searching.swap(true, Ordering::AcqRel) {
            return;
        }
        let search = Search(Arc::downgrade(self));
        // Ends with the search, or once the pool is closed or gone.
        runtime.spawn(search.run());
    }

    async fn ask(&self, connection: &mut PgConnection) -> Result<Standing, Error> {
        let text = if self.are_several() {
            OF_SEVERAL
        } else {
            ALONE
        };
        Standing::of(&connection.fetch_one(text).await?)
    }

    /// Asks all of them: the one that takes writes, on the newest timeline if there are two.
    async fn find(self: &Arc<Self>) -> Option<Found> {
        let mut asked = JoinSet::new();
        for (index, options) in self.all.iter().cloned().enumerate() {
            let servers = Arc::clone(self);
            asked.spawn(async move {
                let mut connection = PgConnection::connect_with(&options).await?;
                let standing = servers.ask(&mut connection).await?;
                Ok::<_, Error>(Found {
                    index,
                    standing,
                    connection,
                })
            });
        }
        let known = self.state().timeline;
        let mut best: Option<Found> = None;
        let mut until = Instant::now() + ASK_MAX;
        // What does not answer in time is dropped with the set.
        while let Ok(Some(answer)) = tokio::time::timeout_at(until, asked.join_next()).await {
            let Ok(Ok(found)) = answer else { continue };
            if !found.standing.writable || found.standing.life.timeline < known {
                continue;
            }
            until = until.min(Instant::now() + OTHERS_MAX);
            let newer = best.as_ref().is_none_or(|best| {
                let order = |it: &Found| (it.standing.life.timeline, usize::MAX - it.index);
                order(&found) > order(best)
            });
            if newer {
                best = Some(found);
            }
        }
        best
    }

    /// New connections go to this one.
    fn choose(&self, found: &Found) {
        let moved = {
            let mut state = self.state();
            let timeline = found.standing.life.timeline;
            let moved = state.chosen != found.index || state.timeline < timeline;
            state.chosen = found.index;
            state.timeline = timeline;
            if moved {
                state.moved_at = Some(Instant::now());
            }
            moved
        };
        if !moved {
            return;
        }
        if let (Some(pool), Some(options)) = (self.pool.get(), self.all.get(found.index)) {
            pool.set_connect_options(options.clone());
        }
        if self.are_several() {
            let server = self.name(found.index);
            tracing::info!(%server, timeline = found.standing.life.timeline, "the database's server that takes writes");
        }
        self.changed.send_replace(());
    }

    /// Waits until the server has what it shows on its standby; `false` if it is lost meanwhile, or another
    /// one has taken over. There is one such commit at a time: where the standby is away it waits at the
    /// server for as long, whether we do or not.
    async fn confirm(self: &Arc<Self>, found: &mut Found) -> bool {
        let timeline = found.standing.life.timeline;
        let commit = (&mut found.connection).execute(COMMIT_SOMETHING);
        tokio::pin!(commit);
        loop {
            tokio::select! {
                committed = &mut commit => {
                    if committed.is_ok() {
                        self.state().confirmed = Some(found.standing.life.clone());
                        self.changed.send_replace(());
                        return true;
                    }
                    return false;
                }
                () = sleep(RECONSIDER_EVERY) => {
                    if self.pool.get().is_none_or(PgPool::is_closed) {
                        return false;
                    }
                    let other = if self.are_several() { self.find().await } else { None };
                    if other.is_some_and(|other| other.standing.life.timeline > timeline) {
                        return false;
                    }
                }
            }
        }
    }
}

/// A search for the server that takes writes. The next one may begin once it is dropped.
struct Search(Weak<Servers>);

impl Search {
    async fn run(self) {
        let since = self.0.upgrade().and_then(|it| it.state().searched_at);
        if let Some(since) = since {
            sleep_until(since + ASK_EVERY).await;
        }
        while let Some(servers) = self.0.upgrade() {
            if servers.pool.get().is_none_or(PgPool::is_closed) || servers.attempt().await {
                return;
            }
            // Not held over the pause: whoever drops the store ends the search.
            drop(servers);
            sleep(ASK_EVERY).await;
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        if let Some(servers) = self.0.upgrade() {
            servers.state().searched_at = Some(Instant::now());
            servers.searching.store(false, Ordering::Release);
        }
    }
}

impl Servers {
    /// Whether one was found, and shows nothing that is not on its standby.
    async fn attempt(self: &Arc<Self>) -> bool {
        let Some(mut found) = self.find().await else {
            return false;
        };
        self.choose(&found);
        if found.standing.replicates && !self.is_confirmed(&found.standing.life) {
            return self.confirm(&mut found).await;
        }
        true
    }
}

/// A server's name for people.
pub(crate) fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None if options.get_host().starts_with('/') => options.get_host().to_owned(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

fn refusal(why: &str) -> Error {
    Error::Configuration(format!("the database's server is not used: {why}").into())
}
