//! Sessions: what it costs to connect one, what it holds while nothing happens, what is left when
//! all have gone.

use std::time::Duration;

use actix::spawn;
use tokio::time::{Instant, sleep};

use super::stage::Stage;
use super::wire::Wire;
use crate::Outcome;
use crate::population::Chat;

/// How long idle sessions are watched: longer than a heartbeat.
const IDLE: Duration = Duration::from_secs(27);
/// How long memory may take to be given back.
const GONE: Duration = Duration::from_secs(10);
/// Pause between two looks at the memory.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the server gets to itself before its memory is looked at.
const SETTLE: Duration = Duration::from_secs(3);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// CPU time of the server and of the database to connect one, microseconds.
    pub connect_us: [f64; 2],
    /// Memory that one holds, bytes.
    pub bytes: f64,
    /// CPU time that one takes in a second, microseconds.
    pub idle_us: f64,
    /// Memory after all have gone, against what it was before they came, percent more.
    pub left_percent: f64,
}

/// Connects everybody in some rooms, has them idle, and lets them go.
pub async fn run(stage: &Stage, chats: &[Chat]) -> Outcome<Sessions> {
    // What the first connections of all make for good belongs to nobody.
    let first = chats.first().ok_or("no rooms")?;
    let some = first.devices.iter().take(100);
    let connected = futures_util::future::try_join_all(some.map(|device| stage.socket(device)));
    drop(connected.await?);
    sleep(SETTLE).await;
    let (memory, used) = (stage.memory()?, stage.used()?);
    let wires: Vec<Wire> = stage.sockets(chats).await?.into_iter().flatten().collect();
    let sessions = wires.len() as u64;
    let connect_us = stage.used()?.per_unit(used, sessions);
    let tasks: Vec<_> = wires.into_iter().map(|wire| spawn(listen(wire))).collect();
    sleep(SETTLE).await;
    let held = stage.memory()?.saturating_sub(memory);
    let used = stage.used()?;
    sleep(IDLE).await;
    let now = stage.used()?;
    let [idle, _] = now.per_unit(used, sessions);
    let idle_us = idle / now.seconds(used);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let gone = Instant::now();
    let mut left = stage.memory()?;
    while gone.elapsed() < GONE {
        sleep(LOOK_EVERY).await;
        left = left.min(stage.memory()?);
    }
    Ok(Sessions {
        connect_us,
        bytes: held as f64 / (sessions as f64).max(1.0),
        idle_us,
        left_percent: (left as f64 / memory as f64 - 1.0) * 100.0,
    })
}

/// Answers pings until the end.
async fn listen(mut wire: Wire) {
    // Whoever is cut is missed in the memory, which is what is looked at.
    while let Ok(Some(_)) = wire.next().await {}
}
