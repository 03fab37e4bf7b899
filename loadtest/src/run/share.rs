//! Several processes that share a run: one leads, the others join it over TCP, a JSON line each way at
//! every step.
//!
//! What they must agree on is little: who plays which people, when the scripts begin, and when
//! everybody has stopped, because only then revisions and unread counts can be compared with the
//! server. Everything else is counted by each and summed up at the end.

use std::net::SocketAddr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::Options;
use super::crew::{Crew, Part};
use super::stage::Plan;
use crate::Outcome;
use crate::progress::Progress;
use crate::report::Totals;

/// How long the others may take to join.
const JOIN_PATIENCE: Duration = Duration::from_mins(2);
/// What a step may take beyond the time that the scenario gives it.
const STEP_PATIENCE: Duration = Duration::from_mins(5);

/// What the leader says first.
#[derive(Serialize, Deserialize)]
struct Welcome {
    plan: Plan,
    part: usize,
    of: usize,
}

/// Where both sides wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// Everybody has arrived; the scripts may begin.
    Arrived,
    /// Nothing is on its way any more; it may be compared with the server.
    Settled,
}

/// Another process of the run.
struct Peer {
    stream: BufReader<TcpStream>,
}

impl Peer {
    async fn say(&mut self, what: &impl Serialize) -> Outcome {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        Ok(self.stream.write_all(&line).await?)
    }

    async fn hear<T: DeserializeOwned>(&mut self, patience: Duration) -> Outcome<T> {
        let mut line = String::new();
        timeout(patience, self.stream.read_line(&mut line)).await??;
        if line.is_empty() {
            return Err("another process of the run has ended".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

/// The leader's side.
pub struct Leader {
    peers: Vec<Peer>,
    patience: Duration,
}

impl Leader {
    /// Waits for the others, if there are to be any.
    pub async fn meet(options: &Options, plan: &Plan) -> Outcome<Self> {
        let length = plan.scenario.ramp_seconds + plan.scenario.duration_seconds;
        let mut leader = Self {
            peers: Vec::new(),
            patience: Duration::from_secs(length) + STEP_PATIENCE,
        };
        let Some(address) = options.meet else {
            return Ok(leader);
        };
        let listener = TcpListener::bind(address).await?;
        eprintln!("waiting for {} others at {address}", options.processes - 1);
        for part in 1..options.processes {
            let (stream, _) = timeout(JOIN_PATIENCE, listener.accept()).await??;
            let mut peer = Peer {
                stream: BufReader::new(stream),
            };
            let welcome = Welcome {
                plan: plan.clone(),
                part,
                of: options.processes,
            };
            peer.say(&welcome).await?;
            leader.peers.push(peer);
        }
        Ok(leader)
    }

    /// Whom this process plays.
    pub fn part(&self) -> Part {
        Part {
            part: 0,
            of: self.peers.len() + 1,
        }
    }

    /// Waits until all have arrived.
    pub async fn all_arrived(&mut self) -> Outcome {
        self.all_at(Step::Arrived).await
    }

    /// Waits until nothing is on its way to any.
    pub async fn all_settled(&mut self) -> Outcome {
        self.all_at(Step::Settled).await
    }

    async fn all_at(&mut self, step: Step) -> Outcome {
        for peer in &mut self.peers {
            let at: Step = peer.hear(self.patience).await?;
            if at != step {
                return Err("another process of the run is at another step".into());
            }
        }
        for peer in &mut self.peers {
            peer.say(&step).await?;
        }
        Ok(())
    }

    /// What the others have counted.
    pub async fn totals(&mut self) -> Outcome<Vec<Totals>> {
        let mut totals = Vec::new();
        for peer in &mut self.peers {
            totals.push(peer.hear(self.patience).await?);
        }
        Ok(totals)
    }
}

/// Shares the run that is led at `address`; whether every promise held.
pub async fn join(address: SocketAddr, options: &Options) -> Outcome<bool> {
    let stream = connect(address).await?;
    let mut leader = Peer {
        stream: BufReader::new(stream),
    };
    let welcome: Welcome = leader.hear(JOIN_PATIENCE).await?;
    let scenario = &welcome.plan.scenario;
    let length = Duration::from_secs(scenario.duration_seconds);
    let patience = length + Duration::from_secs(scenario.ramp_seconds) + STEP_PATIENCE;
    let part = Part {
        part: welcome.part,
        of: welcome.of,
    };
    let crew = Crew::new(&welcome.plan, part, options.threads, options.addresses)?;
    let progress = Progress::new(options.quiet);
    crew.arrive(&progress).await;
    leader.say(&Step::Arrived).await?;
    leader.hear::<Step>(patience).await?;
    crew.play();
    sleep(length).await;
    crew.end();
    crew.settle(&progress).await?;
    leader.say(&Step::Settled).await?;
    leader.hear::<Step>(patience).await?;
    crew.conclude().await?;
    crew.verify(options.verify, &progress).await?;
    progress.done();
    let totals = Totals::of(crew.board());
    let held = totals.faults.is_empty();
    leader.say(&totals).await?;
    crew.leave().await;
    Ok(held)
}

async fn connect(address: SocketAddr) -> Outcome<TcpStream> {
    let again = Duration::from_millis(200);
    let trying = async {
        loop {
            match TcpStream::connect(address).await {
                Ok(stream) => return stream,
                // The leader may still be filling its database.
                Err(_) => sleep(again).await,
            }
        }
    };
    Ok(timeout(JOIN_PATIENCE, trying).await?)
}
