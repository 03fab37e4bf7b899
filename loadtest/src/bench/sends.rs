//! Durable sends: so many in flight, by socket or by HTTP, into many DMs or into one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use actix::spawn;
use hdrhistogram::Histogram;
use sentinal_protocol::Base64;
use sentinal_store::SeededDevice;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::rooms::BYTES;
use super::stage::{Stage, token};
use super::wire::{Http, Wire, is_of, number_after};
use crate::Outcome;
use crate::board::{as_us, histogram};
use crate::population::Chat;

/// What is sent before measuring begins.
const WARM_UP: Duration = Duration::from_millis(1_500);

/// The code of an answer that says to come back in a moment.
const FULL: &str = "\"OVERLOADED\"";
/// How long that is.
const FULL_PAUSE: Duration = Duration::from_millis(20);

/// What came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Messages per second.
    pub per_second: f64,
    /// CPU time of the server and of the database for one, microseconds.
    pub us: [f64; 2],
    /// Statements for one.
    pub statements: f64,
    /// From the send to its answer.
    pub times: Histogram<u64>,
}

/// A message to everybody's other devices, but for its number and its end.
pub fn message(chat: &Chat, sender: &SeededDevice) -> Value {
    let others = chat
        .devices
        .iter()
        .filter(|it| it.device_id != sender.device_id);
    let ciphertexts: Vec<Value> = others
        .map(|device| {
            json!({
                "recipient_user_id": device.user_id,
                "recipient_device_id": device.name,
                "ciphertext": Base64(vec![7; BYTES]),
            })
        })
        .collect();
    json!({ "conversation_id": chat.id, "ciphertexts": ciphertexts })
}

/// Which messages are sent at once.
pub struct Load<'a> {
    /// Where to.
    pub chats: &'a [Chat],
    /// Devices of each conversation that send.
    pub senders: usize,
    /// Messages of each that are in flight.
    pub in_flight: usize,
    /// How long it is measured.
    pub seconds: u64,
}

struct Counts {
    answered: Cell<u64>,
    times: RefCell<Histogram<u64>>,
    failed: RefCell<Option<String>>,
}

/// Sends by sockets; whoever does not send listens, and nobody acknowledges.
pub async fn by_socket(stage: &Stage, load: &Load<'_>) -> Outcome<Sent> {
    let counts = counts();
    let mut tasks = Vec::new();
    let all = stage.sockets(load.chats).await?;
    for (chat, wires) in load.chats.iter().zip(all) {
        for (index, (wire, device)) in wires.into_iter().zip(&chat.devices).enumerate() {
            let in_flight = if index < load.senders {
                load.in_flight
            } else {
                0
            };
            let message = message(chat, device);
            let counts = Rc::clone(&counts);
            tasks.push(spawn(async move {
                if let Err(error) = send(wire, message, in_flight, &counts).await {
                    *counts.failed.borrow_mut() = Some(error.to_string());
                }
            }));
        }
    }
    let sent = measure(stage, load.seconds, &counts).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    sent
}

/// Sends by HTTP, a connection for each message in flight; nobody listens.
pub async fn by_http(stage: &Stage, load: &Load<'_>) -> Outcome<Sent> {
    let counts = counts();
    let mut tasks = Vec::new();
    for chat in load.chats {
        for device in chat.devices.iter().take(load.senders) {
            let message = message(chat, device).to_string();
            let token = token(device)?;
            for _ in 0..load.in_flight {
                let http = Http::connect(stage.address).await?;
                let (message, token) = (message.clone(), token.clone());
                let counts = Rc::clone(&counts);
                tasks.push(spawn(async move {
                    if let Err(error) = post(http, &message, &token, &counts).await {
                        *counts.failed.borrow_mut() = Some(error.to_string());
                    }
                }));
            }
        }
    }
    let sent = measure(stage, load.seconds, &counts).await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    sent
}

fn counts() -> Rc<Counts> {
    Rc::new(Counts {
        answered: Cell::new(0),
        times: RefCell::new(histogram()),
        failed: RefCell::new(None),
    })
}

async fn measure(stage: &Stage, seconds: u64, counts: &Counts) -> Outcome<Sent> {
    sleep(WARM_UP).await;
    counts.times.borrow_mut().reset();
    let statements = stage.statements().await?;
    let first = (stage.used()?, counts.answered.get());
    sleep(Duration::from_secs(seconds)).await;
    let last = (stage.used()?, counts.answered.get());
    let statements = stage.statements().await? - statements;
    if let Some(error) = counts.failed.take() {
        return Err(error.into());
    }
    let sent = last.1 - first.1;
    if sent == 0 {
        return Err("nothing was answered".into());
    }
    Ok(Sent {
        per_second: sent as f64 / last.0.seconds(first.0),
        us: last.0.per_unit(first.0, sent),
        statements: statements as f64 / sent as f64,
        times: counts.times.replace(histogram()),
    })
}

/// Keeps so many messages in flight. Their ids are the times at which they were sent, so that an
/// answer tells how long it took.
async fn send(mut wire: Wire, message: Value, in_flight: usize, counts: &Counts) -> Outcome {
    let began = Instant::now();
    let text = message.to_string();
    let open = text.strip_suffix('}').unwrap_or(&text).to_owned();
    let mut number = 0_u64;
    let mut next = async |wire: &mut Wire| {
        number += 1;
        let sent = as_us(began.elapsed());
        wire.send(&format!(
            "{open},\"type\":\"message:send\",\"id\":{sent},\"client_message_id\":\"{number}\"}}"
        ))
        .await
    };
    for _ in 0..in_flight {
        next(&mut wire).await?;
    }
    loop {
        let Some(text) = wire.next().await? else {
            return Err("a socket has ended".into());
        };
        if is_of(text, "error") {
            return Err(String::from_utf8_lossy(text).into());
        }
        if is_of(text, "ok") {
            counts.answered.set(counts.answered.get() + 1);
            if let Some(sent) = number_after(text, b"\"id\":") {
                let took = as_us(began.elapsed()).saturating_sub(sent);
                counts.times.borrow_mut().saturating_record(took.max(1));
            }
            next(&mut wire).await?;
        }
    }
}

/// Posts one message after the other; one that finds the server full is posted again, as clients do.
async fn post(mut http: Http, message: &str, token: &str, counts: &Counts) -> Outcome {
    let mut sent = Instant::now();
    loop {
        match http.ask("POST", "/v1/messages", token, message).await {
            Ok(_) => {
                counts.answered.set(counts.answered.get() + 1);
                let took = as_us(sent.elapsed());
                counts.times.borrow_mut().saturating_record(took.max(1));
                sent = Instant::now();
            }
            Err(error) if error.to_string().contains(FULL) => sleep(FULL_PAUSE).await,
            Err(error) => return Err(error),
        }
    }
}
