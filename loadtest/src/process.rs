//! The server under test: the release binary in a process of its own, and what the kernel counts
//! of it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use crate::scenario::Scenario;
use crate::{Outcome, tokens};

/// The kernel counts CPU time in hundredths of a second (`USER_HZ`).
const CPU_TICK: Duration = Duration::from_millis(10);
/// How long the server may take to drain and end; it promises 30 s.
const END_PATIENCE: Duration = Duration::from_secs(40);
/// What the server says goes into this file.
const LOG: &str = "server.log";
/// Pause between two looks at a state that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running server. Dropping it kills it.
pub struct Server {
    child: Child,
    base_url: String,
}

/// Which binary, on which database, and where its files and its log are.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The server's binary.
    pub binary: &'a Path,
    /// As `DATABASE_URL` says it.
    pub database_url: &'a str,
    /// The data directory.
    pub directory: &'a Path,
}

impl Place<'_> {
    /// Starts the server; whether it is ready is asked of it by clients.
    pub fn start(&self) -> Outcome<Server> {
        Server::start(self.binary, self.database_url, self.directory)
    }

    /// Migrates the database and fills it with the people of a scenario; answers what the program
    /// said of it.
    pub fn seed(&self, scenario: &Scenario, output: &Path) -> Outcome<String> {
        let mut seed = command(self.binary, self.database_url, self.directory)?;
        seed.arg("seed")
            .args(["--people", &scenario.people.to_string()])
            .args(["--conversations", &scenario.dms_each.to_string()])
            .arg("--output")
            .arg(output)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        for groups in &scenario.groups {
            let text = format!("{}x{}", groups.count, groups.members);
            seed.args(["--groups", &text]);
        }
        let done = seed.output()?;
        if !done.status.success() {
            return Err(format!("`{} seed`: {}", self.binary.display(), done.status).into());
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

impl Server {
    /// Starts `binary` on a migrated database; whether it is ready is asked of it by clients.
    pub fn start(binary: &Path, database_url: &str, directory: &Path) -> Outcome<Self> {
        let port = free_port()?;
        let child = command(binary, database_url, directory)?
            .env("APP_PORT", port.to_string())
            .spawn()?;
        Ok(Self {
            child,
            base_url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Fails if it has ended.
    pub fn check_alive(&mut self) -> Outcome {
        match self.child.try_wait()? {
            Some(status) => Err(format!("the server has ended: {status}").into()),
            None => Ok(()),
        }
    }

    /// CPU time that it has used, in user and kernel mode, all threads.
    pub fn cpu_time(&self) -> Outcome<Duration> {
        cpu_time(self.pid())
    }

    /// Resident memory now and at its highest, bytes.
    pub fn memory(&self) -> Outcome<(u64, u64)> {
        memory(self.pid())
    }

    /// Asks it to drain and waits until it has ended; whether it said that all was well.
    pub async fn stop(mut self) -> Outcome<bool> {
        kill(
            Pid::from_raw(self.child.id().cast_signed()),
            Signal::SIGTERM,
        )?;
        let until = Instant::now() + END_PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(false)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless something failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time that a process has used, in user and kernel mode, all threads.
pub fn cpu_time(pid: u32) -> Outcome<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Outcome<u32> { Ok(fields.next().ok_or("no CPU time")?.parse()?) };
    Ok(CPU_TICK * (ticks()? + ticks()?))
}

/// CPU time that all processes of this name have used which are running.
pub fn cpu_time_of_all(name: &str) -> Duration {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let named = pids.filter(|pid| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        comm.is_ok_and(|comm| comm.trim_end() == name)
    });
    // One that ends meanwhile has used nothing worth counting.
    named.filter_map(|pid| cpu_time(pid).ok()).sum()
}

/// System calls of a process that have written: `write` and its like, to files and to sockets.
pub fn writes(pid: u32) -> Outcome<u64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line = io.lines().find_map(|line| line.strip_prefix("syscw: "));
    Ok(line.ok_or("no syscw in /proc/PID/io")?.trim().parse()?)
}

/// Resident memory of a process now and at its highest, bytes.
pub fn memory(pid: u32) -> Outcome<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = |name: &str| -> Outcome<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no memory in /proc/PID/status")?.parse()?)
    };
    Ok((kib("VmRSS:")? * 1024, kib("VmHWM:")? * 1024))
}

/// Brings the schema of a database up to date, by the binary that will serve it.
pub fn migrate(binary: &Path, database_url: &str, directory: &Path) -> Outcome {
    let status = command(binary, database_url, directory)?
        .arg("migrate")
        .status()?;
    if status.success() {
        Ok(())
    } else {
        let said = std::fs::read_to_string(directory.join(LOG))?;
        Err(format!("`{} migrate`: {status}: {said}", binary.display()).into())
    }
}

/// The server's binary: the one that is named, or the one beside this program. Its path is absolute,
/// because the server is started in a directory of its own.
pub fn find(named: Option<&Path>) -> Outcome<PathBuf> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()?.with_file_name("sentinal-chat"),
    };
    let found = std::fs::canonicalize(&path);
    Ok(found
        .map_err(|error| format!("{}: {error}; name the server by --server", path.display()))?)
}

fn command(binary: &Path, database_url: &str, directory: &Path) -> Outcome<Command> {
    let log = directory.join(LOG);
    let log = File::options().create(true).append(true).open(log)?;
    let mut command = Command::new(binary);
    command
        .env_clear()
        // Not release, which refuses cheap passwords and no rate limits.
        .env("APP_MODE", "test")
        .env("APP_HOST", "127.0.0.1")
        .env("DATA_DIR", directory)
        .env("DATABASE_URL", database_url)
        .env("JWT_SECRET", tokens::SECRET)
        .env("BCRYPT_COST", "4")
        .env("RATE_LIMIT", "off")
        .env("RUST_LOG", "warn")
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}

/// A port that was free a moment ago.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
