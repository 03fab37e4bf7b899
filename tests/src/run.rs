//! One run of the real binary that may go wrong: it is not waited for, its standard error may be
//! anything, and how it ends is looked at.

use std::fs::File;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::{binary, free_port, owned};
use crate::{Site, TestDatabase, patiently, server, until};

/// A process of the binary.
pub struct Run {
    site: Site,
    child: Child,
    log: PathBuf,
}

/// How to start one.
pub struct RunOptions {
    port: u16,
    directory: PathBuf,
    variables: Vec<(String, String)>,
    stderr: Option<Stdio>,
    shell: Option<&'static str>,
    command: &'static str,
    arguments: Vec<String>,
}

impl RunOptions {
    /// A server on this database and a free port.
    pub fn on(database: &TestDatabase) -> Self {
        let port = free_port();
        let variables = server::environment(database, port)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            port,
            directory: database.directory().to_owned(),
            variables,
            stderr: None,
            shell: None,
            command: "serve",
            arguments: Vec::new(),
        }
    }

    /// With more variables; later ones win.
    pub fn with(mut self, settings: &[(&str, &str)]) -> Self {
        self.variables.extend(owned(settings));
        self
    }

    /// On a port of the caller's choice.
    pub fn on_port(mut self, port: u16) -> Self {
        self.port = port;
        self.with(&[("APP_PORT", &port.to_string())])
    }

    /// Another command than `serve`.
    pub fn command(mut self, command: &'static str) -> Self {
        self.command = command;
        self
    }

    /// With arguments behind the command.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|it| (*it).to_owned()));
        self
    }

    /// With another standard error than a file.
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = Some(stderr.into());
        self
    }

    /// After words of a shell, such as `ulimit -n 300`.
    pub fn after(mut self, shell: &'static str) -> Self {
        self.shell = Some(shell);
        self
    }

    /// Starts it.
    pub fn start(self) -> Run {
        let log = self.directory.join(format!("run-{}.log", self.port));
        let mut command = match self.shell {
            Some(words) => {
                let mut shell = Command::new("bash");
                shell.args(["-c", &format!("{words}; exec \"$0\" \"$@\"")]);
                shell.arg(binary());
                shell
            }
            None => Command::new(binary()),
        };
        let stderr = self.stderr.unwrap_or_else(|| {
            let file = File::options().create(true).append(true).open(&log);
            file.expect("a log").into()
        });
        let child = command
            .arg(self.command)
            .args(self.arguments)
            .env_clear()
            .envs(self.variables)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the binary starts");
        Run {
            site: Site::new(&format!("http://127.0.0.1:{}", self.port)),
            child,
            log,
        }
    }
}

impl Run {
    /// The status of an answer; `None` if there is none.
    pub async fn status(&self, path: &str) -> Option<u16> {
        let answer = reqwest::get(self.url(path)).await.ok()?;
        Some(answer.status().as_u16())
    }

    /// Waits for an answer with this status.
    pub async fn until_status(&mut self, path: &str, status: u16) {
        until(&format!("{path} answers {status}"), async || {
            if let Some(ended) = self.child.try_wait().expect("a child") {
                panic!("it has ended: {ended}: {}", self.log());
            }
            (self.status(path).await == Some(status)).then_some(())
        })
        .await;
    }

    /// Signals it.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, signal).expect("it can be signalled");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        until("its end", async || self.child.try_wait().expect("a child")).await
    }

    /// The same for an end that may take as long as a drain.
    pub async fn drained(&mut self) -> ExitStatus {
        // Two waits of a test's patience are more than the 30 s that are promised.
        match tokio::time::timeout(crate::PATIENCE, self.ended_at_last()).await {
            Ok(status) => status,
            Err(_) => patiently("its end", self.ended_at_last()).await,
        }
    }

    async fn ended_at_last(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            tokio::time::sleep(crate::LOOK_EVERY).await;
        }
    }

    /// What it has said until now.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until it has said something.
    pub async fn until_logged(&self, text: &str) {
        until(&format!("{text:?} in its log"), async || {
            self.log().contains(text).then_some(())
        })
        .await;
    }
}

impl Deref for Run {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
