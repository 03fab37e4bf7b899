//! uWebSockets, from its C library, as a room server: what deliveries are compared with.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::rooms::{BYTES, Room};
use super::stage::Used;
use super::wire::{Wire, find};
use crate::{Outcome, process};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause between two tries.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The program that builds it, as it is in this repository.
const BUILD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/build.sh");

/// A running peer. Dropping it kills it.
pub struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Peer {
    /// Builds it in a directory; `false`, with a word to the terminal, if it cannot be.
    pub fn build(directory: &Path) -> bool {
        let built = Command::new(BUILD)
            .arg(directory)
            .stdin(Stdio::null())
            .status();
        match built {
            // If it failed, it has said why.
            Ok(status) => status.success(),
            Err(error) => {
                eprintln!("uWebSockets is skipped: {BUILD}: {error}");
                false
            }
        }
    }

    /// Starts it.
    pub async fn start(directory: &Path) -> Outcome<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(directory.join("uwebsockets"))
            .arg(port.to_string())
            .env("LD_LIBRARY_PATH", directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let peer = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        };
        let until = Instant::now() + PATIENCE;
        loop {
            match Wire::connect(peer.address, "/", None).await {
                Ok(_) => return Ok(peer),
                Err(error) if Instant::now() > until => return Err(error),
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
    }

    /// So many rooms with so many members each.
    pub async fn rooms(&self, rooms: usize, members: usize) -> Outcome<Vec<Room>> {
        let mut all = Vec::with_capacity(rooms);
        for room in 0..rooms {
            let mut wires = Vec::with_capacity(members);
            for _ in 0..members {
                let mut wire = Wire::connect(self.address, "/", None).await?;
                wire.send(&format!("J{room:04}")).await?;
                wires.push(wire);
            }
            let filling = "x".repeat(BYTES);
            all.push(Room {
                wires,
                message: (format!("M{room:04}:"), filling),
                ack: String::new(),
                is_message: |frame| frame.first() == Some(&b'M') && find(frame, b":").is_some(),
                number_field: b":",
            });
        }
        Ok(all)
    }

    /// What it has used until now.
    pub fn used(&self) -> Outcome<Used> {
        Ok(Used {
            cpu: process::cpu_time(self.child.id())?,
            database_cpu: Duration::ZERO,
            at: Some(Instant::now()),
        })
    }

    /// Its resident memory, bytes.
    pub fn memory(&self) -> Outcome<u64> {
        Ok(process::memory(self.child.id())?.0)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It has ended already, unless all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
