//! A PostgreSQL of a test's own, in a temporary directory: one that may be paused, crashed and
//! reconfigured without disturbing anybody, and followed by a standby.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::process::free_port;
use crate::until;

/// Where Debian keeps the programs that are not in the `PATH`, one directory per version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How often another port is tried, should somebody take it first.
const PORTS_TRIED: usize = 5;
/// Under which name a standby follows its primary, which waits for it.
const STANDBY: &str = "standby";

/// A running instance; gone when dropped.
pub struct PrivatePostgres {
    directory: TempDir,
    programs: PathBuf,
    port: u16,
    tls: Tls,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    Off,
    On,
}

impl PrivatePostgres {
    /// Makes one and starts it, durable as in production.
    pub fn start() -> Self {
        Self::start_as(Tls::Off)
    }

    /// One that speaks TLS, with a certificate that it has signed itself.
    pub fn start_with_tls() -> Self {
        Self::start_as(Tls::On)
    }

    /// Starts a standby of this one, without which nothing is committed here from now on. It follows on
    /// the same machine, so it is durable as in production and nothing more.
    pub async fn start_standby(&self) -> Self {
        let mut standby = Self::prepare(self.tls);
        let source = format!(
            "host=127.0.0.1 port={} user=postgres application_name={STANDBY}",
            self.port
        );
        let copied = standby
            .command("pg_basebackup")
            .args(["-d", &source, "-R", "-X", "stream", "-c", "fast", "-D"])
            .arg(standby.data())
            .status();
        assert!(copied.is_ok_and(|it| it.success()), "pg_basebackup");
        standby.start_on_a_free_port();
        let mut connection = PgConnection::connect(&self.url())
            .await
            .expect("PostgreSQL");
        let wait = format!("ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'");
        for statement in [wait, "SELECT pg_reload_conf()".to_owned()] {
            let run = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
            run.await.expect("PostgreSQL waits for its standby");
        }
        until("the standby is waited for", async || {
            let state = "SELECT sync_state::text FROM pg_stat_replication";
            let states: Vec<String> = sqlx::query_scalar(state)
                .fetch_all(&mut connection)
                .await
                .ok()?;
            (states == ["sync"]).then_some(())
        })
        .await;
        standby
    }

    /// Makes a standby a server that takes writes.
    pub fn promote(&self) {
        let promoted = self
            .command("pg_ctl")
            .args(["promote", "-w", "-s", "-D"])
            .arg(self.data())
            .status();
        assert!(promoted.is_ok_and(|it| it.success()), "pg_ctl promote");
    }

    /// `kill -9` to all its processes, as when its machine is lost.
    pub fn kill(&self) {
        self.signal_all(Signal::SIGKILL);
    }

    /// The URL of the same database for whoever may be led to either of two servers.
    pub fn url_with(&self, other: &Self, database: &str) -> String {
        let own = format!("127.0.0.1:{}", self.port);
        let both = format!("{own},127.0.0.1:{}", other.port);
        database.replacen(&own, &both, 1)
    }

    fn prepare(tls: Tls) -> Self {
        // Not in TMPDIR, which may be private to root: the user postgres must reach it.
        let directory = TempDir::with_prefix_in("sentinal-postgres-", "/tmp").expect("a directory");
        let postgres = Self {
            programs: programs(),
            port: 0,
            tls,
            directory,
        };
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(postgres.directory.path())
                .status();
            assert!(owned.is_ok_and(|it| it.success()), "chown to postgres");
        }
        postgres
    }

    fn start_on_a_free_port(&mut self) {
        for _ in 0..PORTS_TRIED {
            self.port = free_port();
            if self.try_start_again() {
                return;
            }
        }
        panic!("PostgreSQL does not start: {}", self.log());
    }

    fn start_as(tls: Tls) -> Self {
        let mut postgres = Self::prepare(tls);
        let made = postgres
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--locale=C.UTF-8", "--no-instructions", "-D"])
            .arg(postgres.data())
            .stdout(Stdio::null())
            .status();
        assert!(made.is_ok_and(|it| it.success()), "initdb");
        if tls == Tls::On {
            postgres.certify();
        }
        postgres.start_on_a_free_port();
        postgres
    }

    /// Where it is, as an administrator says it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Its directory: `data` within it is the cluster.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Stops all its processes without ending them.
    pub fn pause(&self) {
        self.signal_all(Signal::SIGSTOP);
    }

    /// Lets them go on.
    pub fn resume(&self) {
        self.signal_all(Signal::SIGCONT);
    }

    /// Ends it as a crash does: connections break, nothing is written any more, and nobody listens.
    pub fn crash(&self) {
        let stopped = self
            .command("pg_ctl")
            .args(["stop", "-w", "-s", "-m", "immediate", "-D"])
            .arg(self.data())
            .status();
        assert!(stopped.is_ok_and(|it| it.success()), "pg_ctl stop");
    }

    /// Starts it again after a crash, on the same port.
    pub fn start_again(&self) {
        assert!(
            self.try_start_again(),
            "PostgreSQL does not start again: {}",
            self.log()
        );
    }

    fn try_start_again(&self) -> bool {
        let mut options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1",
            self.port,
            self.directory.path().display()
        );
        if self.tls == Tls::On {
            options += " -c ssl=on";
        }
        let started = self
            .command("pg_ctl")
            .args(["start", "-w", "-s", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(self.directory.path().join("log"))
            .args(["-o", &options])
            .stdin(Stdio::null())
            // What it inherits of this process it would keep open for ever.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        started.is_ok_and(|it| it.success())
    }

    /// Makes a key and a certificate where PostgreSQL looks for them.
    fn certify(&self) {
        let path = |name: &str| self.data().join(name).display().to_string();
        let mut openssl = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "openssl"]);
            command
        } else {
            Command::new("openssl")
        };
        let certified = openssl
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=localhost", "-keyout", &path("server.key")])
            .args(["-out", &path("server.crt")])
            .current_dir("/")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(certified.is_ok_and(|it| it.success()), "openssl req");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// One of its programs, as a user under whom it agrees to run.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir("/");
        command
    }

    fn signal_all(&self, signal: Signal) {
        let postmaster = fs::read_to_string(self.data().join("postmaster.pid"));
        let postmaster = postmaster
            .ok()
            .and_then(|it| it.lines().next()?.parse().ok());
        let Some(postmaster) = postmaster else { return };
        // The postmaster first, so that it starts nobody meanwhile.
        for pid in [postmaster].into_iter().chain(children(postmaster)) {
            // One that has ended meanwhile needs no signal.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.resume();
        // It may have crashed already.
        let _ = self
            .command("pg_ctl")
            .args(["stop", "-w", "-s", "-m", "immediate", "-D"])
            .arg(self.data())
            .stderr(Stdio::null())
            .status();
    }
}

/// The directory of the newest installed version's programs.
fn programs() -> PathBuf {
    let mut found: Vec<_> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|it| it.join("initdb").exists())
    };
    let programs = found.pop().or_else(in_path);
    programs.expect("PostgreSQL's initdb, in /usr/lib/postgresql or in the PATH")
}

/// Whether this process runs as root, as which PostgreSQL refuses to.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The processes that this one started.
fn children(parent: i32) -> Vec<i32> {
    let is_child = |pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name in parentheses may hold anything; state and parent follow it.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        after_name.split_whitespace().nth(1) == Some(&parent.to_string())
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_child)
        .collect()
}
