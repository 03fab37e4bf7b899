//! `bench --counts`: what does not depend on the machine, against what was recorded.
//!
//! Statements of a request, a send and a connect, system calls that write per delivery, bytes of an
//! idle session. A change that costs a statement more for every message shows here at once, in a debug
//! build and on a busy machine. What runs in the server beside a request (sweeps, ticks) adds to single
//! measurements, so each is taken several times and the least one counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;

use super::rooms::{self, Load};
use super::stage::{Seeded, Stage};
use super::wire::{Http, Wire, is_of};
use super::{reads, sends};
use crate::database::Databases;
use crate::population::Size;
use crate::{Outcome, process};

/// How often each count is taken.
const TRIES: usize = 12;
/// Members of the room whose deliveries are counted.
const MEMBERS: usize = 100;
/// Idle sessions that are weighed.
const SESSIONS: usize = 1_000;
/// Messages of the conversation that is read.
const BACKLOG: u64 = 200;
/// Counts that are not whole numbers may be so many times what was recorded.
const SLACK: f64 = 1.3;
/// How long the server gets to itself before it is weighed.
const SETTLE: Duration = Duration::from_secs(2);

type Counts = BTreeMap<String, f64>;

/// Counts, and compares or records; whether nothing costs more than it did.
pub async fn run(
    binary: &Path,
    directory: &Path,
    databases: &mut Databases,
    recorded: &Path,
    record: bool,
) -> Outcome<bool> {
    let size = Size {
        messages: 0,
        pairs: 4,
        rooms: SESSIONS / MEMBERS,
        members: MEMBERS,
        bytes: rooms::BYTES,
    };
    let seeded = Seeded::make(binary, directory, databases, size, BACKLOG).await?;
    let stage = Stage::start(binary, directory, databases, &seeded).await?;
    let counted = count(&stage, &seeded).await;
    stage.stop(databases).await?;
    let counted = counted?;
    if record {
        std::fs::write(recorded, serde_json::to_string_pretty(&counted)? + "\n")?;
        return Ok(true);
    }
    let text = std::fs::read_to_string(recorded)
        .map_err(|error| format!("{}: {error}", recorded.display()))?;
    Ok(compare(&counted, &serde_json::from_str(&text)?))
}

/// Prints both; whether nothing costs more.
fn compare(counted: &Counts, recorded: &Counts) -> bool {
    let mut well = true;
    println!("{:44} {:>10} {:>10}", "", "recorded", "now");
    for (name, now) in counted {
        let Some(before) = recorded.get(name) else {
            println!(
                "{name:44} {:>10} {now:>10.2}  is not recorded: run with --record",
                ""
            );
            well = false;
            continue;
        };
        let most = if name.starts_with("statements") {
            *before
        } else {
            before * SLACK
        };
        let verdict = if *now > most {
            well = false;
            "COSTS MORE"
        } else if *now < before / SLACK {
            "costs less: run with --record"
        } else {
            ""
        };
        println!("{name:44} {before:>10.2} {now:>10.2}  {verdict}");
    }
    well
}

async fn count(stage: &Stage, seeded: &Seeded) -> Outcome<Counts> {
    let mut counts = Counts::new();
    let token = super::stage::token(&seeded.reader[0])?;
    let mut http = Http::connect(stage.address).await?;
    for (name, path) in reads::requests(seeded) {
        let mut least = f64::INFINITY;
        for _ in 0..TRIES {
            let before = stage.statements().await?;
            http.ask("GET", &path, &token, "").await?;
            least = least.min((stage.statements().await? - before) as f64);
        }
        counts.insert(format!("statements: {name}"), least);
    }
    let [reader, _] = &seeded.reader;
    let mut least = f64::INFINITY;
    for _ in 0..TRIES {
        let before = stage.statements().await?;
        let wire = stage.socket(reader).await?;
        least = least.min((stage.statements().await? - before) as f64);
        drop(wire);
    }
    counts.insert("statements: connect".to_owned(), least);

    let chat = seeded.population.pairs.first().ok_or("no pairs")?;
    let sender = chat.devices.first().ok_or("nobody")?;
    let token = super::stage::token(sender)?;
    let message = sends::message(chat, sender).to_string();
    let open = message.strip_suffix('}').ok_or("an object")?;
    let mut wire = stage.socket(sender).await?;
    let (mut by_socket, mut by_http) = (f64::INFINITY, f64::INFINITY);
    for number in 0..TRIES {
        let before = stage.statements().await?;
        let text = format!(
            "{open},\"type\":\"message:send\",\"id\":1,\"client_message_id\":\"s{number}\"}}"
        );
        wire.send(&text).await?;
        wait_for_answer(&mut wire).await?;
        by_socket = by_socket.min((stage.statements().await? - before) as f64);
        let before = stage.statements().await?;
        let text = format!("{open},\"client_message_id\":\"h{number}\"}}");
        http.ask("POST", "/v1/messages", &token, &text).await?;
        by_http = by_http.min((stage.statements().await? - before) as f64);
    }
    drop(wire);
    counts.insert("statements: send by socket".to_owned(), by_socket);
    counts.insert("statements: send by HTTP".to_owned(), by_http);
    counts.insert(
        "writes per delivery (room of 100)".to_owned(),
        writes(stage, seeded).await?,
    );
    counts.insert(
        "bytes per idle session".to_owned(),
        weigh(stage, seeded).await?,
    );
    Ok(counts)
}

async fn wait_for_answer(wire: &mut Wire) -> Outcome {
    while let Some(text) = wire.next().await? {
        if is_of(text, "error") {
            return Err(String::from_utf8_lossy(text).into());
        }
        if is_of(text, "ok") {
            return Ok(());
        }
    }
    Err("the socket ended before its answer".into())
}

/// System calls that write, for each delivery of messages that follow each other.
async fn writes(stage: &Stage, seeded: &Seeded) -> Outcome<f64> {
    let one = seeded.population.rooms.get(..1).unwrap_or_default();
    let load = Load {
        publishers: 1,
        outstanding: 1,
        acks: false,
        seconds: 2,
    };
    let wires = stage.sockets(one).await?;
    let rooms = one
        .iter()
        .zip(wires)
        .map(|(chat, wires)| rooms::room(chat, wires, false));
    // The server is looked at twice: at the beginning and at the end of what is measured.
    let seen = std::cell::RefCell::new(Vec::new());
    let used = || {
        seen.borrow_mut().push(process::writes(stage.pid())?);
        stage.used()
    };
    let (delivered, tasks) = rooms::run(rooms.collect(), load, used).await?;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    let seen = seen.into_inner();
    let [first, last] = seen.as_slice() else {
        return Err("the server was not looked at twice".into());
    };
    let deliveries = delivered.per_second * load.seconds as f64;
    Ok((last - first) as f64 / deliveries)
}

/// Memory of a session that does nothing.
async fn weigh(stage: &Stage, seeded: &Seeded) -> Outcome<f64> {
    let all = seeded.population.rooms.as_slice();
    // What the first ones make for good belongs to nobody.
    let first = all.get(..1).unwrap_or_default();
    drop(stage.sockets(first).await?);
    sleep(SETTLE).await;
    let before = stage.memory()?;
    let wires = stage.sockets(all).await?;
    sleep(SETTLE).await;
    let held = stage.memory()?.saturating_sub(before);
    let sessions: usize = wires.iter().map(Vec::len).sum();
    Ok(held as f64 / sessions as f64)
}
