//! The real binary in a process of its own: it can be killed and started again, and its memory can
//! be looked at.
//!
//! `SENTINAL_BIN` names the binary. Unset, it is built first, with the profile that this test was
//! built with (`cargo build --workspace --bin sentinal-chat`, which does nothing if it is fresh):
//! a test against a binary of yesterday would prove nothing.

use std::fs::File;
use std::net::TcpListener;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::faults::LogPipe;
use crate::{Site, TestDatabase, server, until, until_within};

/// How a server is started where that differs from everybody else's.
#[derive(Default)]
pub struct Launch {
    /// More variables; the last one of a name wins.
    pub settings: Vec<(String, String)>,
    /// Its database, unless it gets one of its own.
    pub database: Option<TestDatabase>,
    /// Where its log goes.
    pub log: Log,
}

/// Where the log of a server goes.
#[derive(Default)]
pub enum Log {
    /// To wherever the test's goes.
    #[default]
    Inherited,
    /// To a file, see [`ServerProcess::log`].
    File,
    /// Through a pipe.
    Pipe(LogPipe),
}

/// A server as people run it.
pub struct ServerProcess {
    site: Site,
    port: u16,
    child: Option<Child>,
    log: Log,
    settings: Vec<(String, String)>,
    database: Arc<TestDatabase>,
}

impl ServerProcess {
    /// Starts one on a database of its own and waits until it is ready.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// The same with more variables.
    pub async fn spawn_with(settings: &[(&str, &str)]) -> Self {
        Self::launch(Launch {
            settings: owned(settings),
            ..Launch::default()
        })
        .await
    }

    /// The same; what it says is written to a file, see [`ServerProcess::log`].
    pub async fn spawn_logging(settings: &[(&str, &str)]) -> Self {
        Self::launch(Launch {
            settings: owned(settings),
            log: Log::File,
            ..Launch::default()
        })
        .await
    }

    /// Starts one as told and waits until it is ready.
    pub async fn launch(launch: Launch) -> Self {
        let mut process = Self::prepare(launch).await;
        process.start().await;
        process
    }

    /// One that is not started yet.
    pub async fn prepare(launch: Launch) -> Self {
        let database = match launch.database {
            Some(database) => database,
            None => TestDatabase::create().await,
        };
        let port = free_port();
        Self {
            site: Site::new(&format!("http://127.0.0.1:{port}")),
            port,
            child: None,
            log: launch.log,
            settings: launch.settings,
            database: Arc::new(database),
        }
    }

    /// Another one on the same database, with the same variables, that is not started yet.
    pub fn beside(&self) -> Self {
        let port = free_port();
        Self {
            site: Site::new(&format!("http://127.0.0.1:{port}")),
            port,
            child: None,
            log: Log::Inherited,
            settings: self.settings.clone(),
            database: self.database.clone(),
        }
    }

    /// Sets a variable from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// What it has said until now.
    pub fn log(&self) -> String {
        let path = self.log_path();
        String::from_utf8_lossy(&std::fs::read(path).expect("its log")).into_owned()
    }

    fn log_path(&self) -> PathBuf {
        self.database.directory().join("server.log")
    }

    /// The pipe that its log goes through.
    pub fn log_pipe(&mut self) -> &mut LogPipe {
        match &mut self.log {
            Log::Pipe(pipe) => pipe,
            Log::Inherited | Log::File => panic!("started with another log"),
        }
    }

    /// Starts it again, on the same port and database.
    pub async fn start(&mut self) {
        self.start_unready();
        let ready = self.site.url("/ready");
        until("the server is ready", async || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok()?) {
                panic!("the server ended at its start: {status}");
            }
            let answer = reqwest::get(&ready).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts it without waiting for anything.
    pub fn start_unready(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        // A file that exceeds its limit is an error to be told of and no signal to die of, as for a
        // program that a supervisor starts; the shell is replaced by the server.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\""])
            .arg(binary());
        match &self.log {
            Log::Inherited => {}
            Log::File => {
                let log = File::options()
                    .create(true)
                    .append(true)
                    .open(self.log_path());
                let log = log.expect("a log");
                command.stderr(log.try_clone().expect("a log")).stdout(log);
            }
            Log::Pipe(pipe) => {
                command.stderr(pipe.stdio()).stdout(pipe.stdio());
            }
        }
        let child = command
            .env_clear()
            // Where a panic happened is worth its line.
            .env("RUST_BACKTRACE", "1")
            .envs(server::environment(&self.database, self.port))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.database.directory())
            .stdin(Stdio::null())
            .spawn()
            .expect("the server starts");
        self.child = Some(child);
    }

    /// Lets no file that it writes grow past so many bytes (`None`: any number), from now on. Reads
    /// go on, as on a full disk.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or_else(|| "unlimited".to_owned(), |it| it.to_string());
        let set = Command::new("prlimit")
            .arg(format!("--pid={}", self.pid()))
            .arg(format!("--fsize={soft}:"))
            .status();
        assert!(set.is_ok_and(|it| it.success()), "prlimit");
    }

    /// Runs another command of the binary on the same database: whether it succeeded, and what it
    /// said.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(binary())
            .args(arguments)
            .env_clear()
            .envs(server::environment(&self.database, self.port))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.database.directory())
            .stdin(Stdio::null())
            .output()
            .expect("the command starts");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.success(), said)
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server is gone");
        }
    }

    /// `SIGTERM`: asks it to drain. [`ServerProcess::ended`] waits for its end.
    pub fn terminate(&self) {
        kill(self.pid(), Signal::SIGTERM).expect("the server can be signalled");
    }

    /// Waits until it has ended by itself; whether it said that all was well.
    pub async fn ended(&mut self) -> bool {
        let mut child = self.child.take().expect("it runs");
        until("the server has ended", async || child.try_wait().ok()?)
            .await
            .success()
    }

    /// As [`ServerProcess::ended`], within this time; `None` if it still runs.
    pub async fn ended_within(&mut self, limit: Duration) -> Option<bool> {
        let child = self.child.as_mut().expect("it runs");
        let ending = until_within(limit, async || child.try_wait().ok()?);
        let status = ending.await?;
        self.child = None;
        Some(status.success())
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        let child = self.child.as_ref().expect("it runs");
        Pid::from_raw(child.id().cast_signed())
    }

    /// Its memory.
    pub fn rss_bytes(&self) -> u64 {
        rss_bytes(self.pid())
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }
}

impl Deref for ServerProcess {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn owned(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    settings.iter().map(own).collect()
}

/// Resident memory of a process, bytes.
pub fn rss_bytes(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a live process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.expect("VmRSS in kB") * 1024
}

/// A port that was free a moment ago; the same one is needed again after a restart.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

pub(crate) fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("SENTINAL_BIN") {
        Some(path) => path.into(),
        None => build(),
    })
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    // target/debug/deps/test-hash
    let profile_directory = test.ancestors().nth(2).expect("a target directory");
    let profile = profile_directory.file_name().and_then(|name| name.to_str());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--workspace", "--bin", "sentinal-chat"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::null());
    // What cargo tells a test of its package; build scripts that look at it would run again, and
    // half of the dependencies be built again with them.
    let told = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_CRATE_",
        "CARGO_BIN_",
        "CARGO_PRIMARY_",
    ];
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if told.iter().any(|prefix| name.starts_with(prefix)) {
            build.env_remove(&*name);
        }
    }
    match profile {
        Some("debug") | None => {}
        Some(profile) => {
            build.args(["--profile", profile]);
        }
    }
    let status = build.status().expect("cargo runs");
    assert!(status.success(), "the server does not build");
    profile_directory.join("sentinal-chat")
}
