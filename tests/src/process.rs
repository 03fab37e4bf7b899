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
use std::sync::OnceLock;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Site, TestDatabase, server, until};

/// A server as people run it.
pub struct ServerProcess {
    site: Site,
    port: u16,
    child: Option<Child>,
    log: Option<PathBuf>,
    settings: Vec<(String, String)>,
    database: TestDatabase,
}

impl ServerProcess {
    /// Starts one on a database of its own and waits until it is ready.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[]).await
    }

    /// The same with more variables.
    pub async fn spawn_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let port = free_port();
        let mut process = Self {
            site: Site::new(&format!("http://127.0.0.1:{port}")),
            port,
            child: None,
            log: None,
            settings: owned(settings),
            database,
        };
        process.start().await;
        process
    }

    /// The same; what it says is written to a file, see [`ServerProcess::log`].
    pub async fn spawn_logging(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::create().await;
        let port = free_port();
        let mut process = Self {
            site: Site::new(&format!("http://127.0.0.1:{port}")),
            port,
            child: None,
            log: Some(database.directory().join("server.log")),
            settings: owned(settings),
            database,
        };
        process.start().await;
        process
    }

    /// What it has said until now.
    pub fn log(&self) -> String {
        let path = self.log.as_ref().expect("started with a log");
        String::from_utf8_lossy(&std::fs::read(path).expect("its log")).into_owned()
    }

    /// Starts it again, on the same port and database.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let mut command = Command::new(binary());
        if let Some(path) = &self.log {
            let file = File::options().create(true).append(true).open(path);
            let file = file.expect("a log");
            command
                .stderr(file.try_clone().expect("a log"))
                .stdout(file);
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
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn binary() -> &'static PathBuf {
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
