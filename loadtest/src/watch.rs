//! What can be seen of the server from outside: CPU time and memory from the kernel where the process
//! is known, else from its `/metrics`; statements and sockets from there.

use std::collections::HashMap;
use std::time::Duration;

use sentinal_client::Client;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::{Outcome, process};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read.
const ANSWER_MAX: u64 = 4 * 1024 * 1024;

/// Where to look.
pub struct Watch {
    /// The server's process, if it is one of this machine that is known.
    pid: Option<u32>,
    url: Url,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// CPU time that the server has used, seconds.
    pub cpu_seconds: f64,
    /// Its resident memory, bytes.
    pub memory_bytes: u64,
    /// Statements that it has asked its database to run.
    pub statements: Option<u64>,
}

impl Watch {
    /// Looks at the process, if it is known, and at the server's metrics.
    pub fn new(pid: Option<u32>, base_url: &str) -> Outcome<Self> {
        // The client's reading of a URL.
        let url = Client::new(base_url)?.base_url().clone();
        Ok(Self { pid, url })
    }

    /// What is cheap to see; nothing where the process is not known.
    pub fn glance(&self) -> Option<Seen> {
        let pid = self.pid?;
        Some(Seen {
            cpu_seconds: process::cpu_time(pid).ok()?.as_secs_f64(),
            memory_bytes: process::memory(pid).ok()?.0,
            statements: None,
        })
    }

    /// Everything that can be seen.
    pub async fn look(&self) -> Option<Seen> {
        let metrics = self.metrics().await.ok();
        let of = |name: &str| metrics.as_ref().and_then(|it| it.get(name)).copied();
        // Counters of a server are whole numbers far below 2^53.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = |number: f64| number as u64;
        let statements = of("sentinal_database_statements_total").map(whole);
        if let Some(seen) = self.glance() {
            return Some(Seen { statements, ..seen });
        }
        Some(Seen {
            cpu_seconds: of("process_cpu_seconds_total")?,
            memory_bytes: of("process_resident_memory_bytes").map(whole)?,
            statements,
        })
    }

    /// The samples without labels. Plain TCP: reading them must cost the generator little.
    async fn metrics(&self) -> Outcome<HashMap<String, f64>> {
        if self.url.scheme() != "http" {
            return Err("metrics are read over plain HTTP only".into());
        }
        let host = self.url.host_str().ok_or("a URL without host")?;
        let port = self
            .url
            .port_or_known_default()
            .ok_or("a URL without port")?;
        let asking = async {
            let mut stream = TcpStream::connect((host, port)).await?;
            let request =
                format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.take(ANSWER_MAX).read_to_string(&mut answer).await?;
            Outcome::Ok(answer)
        };
        let answer = timeout(PATIENCE, asking).await??;
        if !answer.starts_with("HTTP/1.1 200 ") {
            return Err("no metrics".into());
        }
        let samples = answer.lines().filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Ok(samples.collect())
    }
}
