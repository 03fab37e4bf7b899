//! A Redis of a test's own: one that may be killed, paused and flushed without disturbing anybody.

use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::process::free_port;
use crate::until;

/// A running instance, which keeps nothing; gone when dropped.
pub struct PrivateRedis {
    directory: TempDir,
    port: u16,
    child: Option<Child>,
}

impl PrivateRedis {
    /// Starts one and waits until it answers.
    pub async fn start() -> Self {
        let mut redis = Self {
            directory: TempDir::with_prefix("sentinal-redis-").expect("a directory"),
            port: free_port(),
            child: None,
        };
        redis.start_again().await;
        redis
    }

    /// Where it is, as `REDIS_URL` says it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it again after its end, on the same port, empty.
    pub async fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("redis-server"));
        until("Redis answers", async || {
            (self.run(&["PING"])? == "PONG").then_some(())
        })
        .await;
    }

    /// Ends it at once; connections break.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It is gone already if it failed, which the test will notice.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops it without ending it: it takes connections and says nothing.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Has it forget everything.
    pub fn flush(&self) {
        assert_eq!(self.run(&["FLUSHALL"]).as_deref(), Some("OK"));
    }

    /// What one command answers, on one line.
    fn run(&self, arguments: &[&str]) -> Option<String> {
        let answer = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(arguments)
            .stderr(Stdio::null())
            .output();
        let answer = answer.ok()?.stdout;
        Some(String::from_utf8_lossy(&answer).trim().to_owned())
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        let id = i32::try_from(child.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("a signal");
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.kill();
    }
}
