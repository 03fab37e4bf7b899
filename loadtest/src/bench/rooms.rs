//! Fan-out: sockets in rooms, publishers that keep so many messages unanswered, and what a delivery
//! costs the server.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use actix::spawn;
use hdrhistogram::Histogram;
use sentinal_protocol::Base64;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::stage::Used;
use super::wire::{Wire, find, is_of, number_after};
use crate::Outcome;
use crate::board::{as_us, histogram};
use crate::population::Chat;

/// Bytes of a ciphertext.
pub const BYTES: usize = 256;
/// What is sent before measuring begins.
const WARM_UP: Duration = Duration::from_millis(1_500);
/// One socket in so many notes how long messages took.
const SAMPLED: usize = 16;
/// Acknowledgements are gathered for so long, as clients do.
const ACK_EVERY: Duration = Duration::from_millis(250);

/// How a room is loaded.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Its first so many members send.
    pub publishers: usize,
    /// Messages of each that are not answered, or for a single one that not everybody has.
    pub outstanding: usize,
    /// Whether members acknowledge.
    pub acks: bool,
    /// How long it is measured.
    pub seconds: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// CPU time of the server for one delivery, microseconds.
    pub us: f64,
    /// Deliveries per second.
    pub per_second: f64,
    /// Messages per second.
    pub messages_per_second: f64,
    /// From the send to the arrival.
    pub times: Histogram<u64>,
}

/// Members of a room, and what its publishers send: the text but for the number and the end.
pub struct Room {
    /// Its sockets; the first ones publish.
    pub wires: Vec<Wire>,
    /// What a publisher sends before the number of the message and after it.
    pub message: (String, String),
    /// What an acknowledgement says before the revision; nothing where nobody acknowledges.
    pub ack: String,
    /// How the frames of a message begin.
    pub is_message: fn(&[u8]) -> bool,
    /// What stands before the number in them.
    pub number_field: &'static [u8],
}

/// A room of a chat server, one ciphertext for all or one for each device.
pub fn room(chat: &Chat, wires: Vec<Wire>, per_device: bool) -> Room {
    let text = Base64(vec![7; BYTES]);
    let message = if per_device {
        let others = chat.devices.iter().map(|device| {
            json!({
                "recipient_user_id": device.user_id,
                "recipient_device_id": device.name,
                "ciphertext": text,
            })
        });
        json!({
            "type": "message:send",
            "id": 1,
            "conversation_id": chat.id,
            "ciphertexts": others.collect::<Vec<_>>(),
        })
    } else {
        json!({
            "type": "message:send",
            "id": 1,
            "conversation_id": chat.id,
            "shared_ciphertext": text,
            "roster_version": 1,
        })
    };
    let text = message.to_string();
    let open = text.strip_suffix('}').unwrap_or(&text);
    Room {
        wires,
        message: (format!("{open},\"client_message_id\":\""), "\"}".to_owned()),
        ack: format!(
            "{{\"type\":\"ack\",\"conversation_id\":\"{}\",\"revision\":",
            chat.id
        ),
        is_message: |frame| is_of(frame, "message:new"),
        number_field: b"\"client_message_id\":\"",
    }
}

struct Shared {
    room: Facts,
    load: Load,
    counts: Rc<Counts>,
    /// How many more deliveries the only message waits for.
    missing: Cell<usize>,
    all_have_it: Notify,
}

struct Facts {
    members: usize,
    message: (String, String),
    ack: String,
    is_message: fn(&[u8]) -> bool,
    number_field: &'static [u8],
}

struct Counts {
    began: Instant,
    deliveries: Cell<u64>,
    answered: Cell<u64>,
    times: RefCell<Histogram<u64>>,
    failed: RefCell<Option<String>>,
}

/// Loads all rooms at once and measures; `used` says what the server has used until then.
pub async fn run(
    rooms: Vec<Room>,
    load: Load,
    used: impl Fn() -> Outcome<Used>,
) -> Outcome<(Delivered, Vec<JoinHandle<()>>)> {
    let counts = Rc::new(Counts {
        began: Instant::now(),
        deliveries: Cell::new(0),
        answered: Cell::new(0),
        times: RefCell::new(histogram()),
        failed: RefCell::new(None),
    });
    let mut tasks = Vec::new();
    for room in rooms {
        let wires = room.wires;
        let shared = Rc::new(Shared {
            room: Facts {
                members: wires.len(),
                message: room.message,
                ack: room.ack,
                is_message: room.is_message,
                number_field: room.number_field,
            },
            load,
            counts: Rc::clone(&counts),
            missing: Cell::new(0),
            all_have_it: Notify::new(),
        });
        for (index, wire) in wires.into_iter().enumerate() {
            let shared = Rc::clone(&shared);
            tasks.push(spawn(async move {
                if let Err(error) = take_part(wire, &shared, index).await {
                    *shared.counts.failed.borrow_mut() = Some(error.to_string());
                }
            }));
        }
    }
    sleep(WARM_UP).await;
    counts.times.borrow_mut().reset();
    let first = (used()?, counts.deliveries.get(), counts.answered.get());
    sleep(Duration::from_secs(load.seconds)).await;
    let last = (used()?, counts.deliveries.get(), counts.answered.get());
    if let Some(error) = counts.failed.take() {
        return Err(error.into());
    }
    let deliveries = last.1 - first.1;
    if deliveries == 0 {
        return Err("nothing was delivered".into());
    }
    let seconds = last.0.seconds(first.0);
    let [us, _] = last.0.per_unit(first.0, deliveries);
    let delivered = Delivered {
        us,
        per_second: deliveries as f64 / seconds,
        // A peer does not answer: each message comes back to its sender, too.
        messages_per_second: (last.2 - first.2) as f64 / seconds,
        times: counts.times.replace(histogram()),
    };
    Ok((delivered, tasks))
}

/// What the number of a message ends with: whose it is.
fn mark(publisher: usize) -> String {
    format!("-{publisher:02}")
}

/// Notes how long a message took, by the time that its number is.
fn note(text: &[u8], room: &Facts, counts: &Counts) {
    if let Some(sent) = number_after(text, room.number_field) {
        let took = counts
            .began
            .elapsed()
            .saturating_sub(Duration::from_nanos(sent));
        counts
            .times
            .borrow_mut()
            .saturating_record(as_us(took).max(1));
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// One member: listens, acknowledges, and sends if it is a publisher.
async fn take_part(mut wire: Wire, shared: &Shared, index: usize) -> Outcome {
    let (room, load, counts) = (&shared.room, shared.load, &shared.counts);
    let alone = load.publishers == 1 && load.outstanding == 1;
    let publishes = index < load.publishers;
    let send = async |wire: &mut Wire| {
        let now = counts.began.elapsed().as_nanos();
        shared.missing.set(room.members);
        let (before, after) = &room.message;
        let mark = mark(index);
        wire.send(&format!("{before}{now:015}{mark}{after}")).await
    };
    if publishes {
        for _ in 0..load.outstanding {
            send(&mut wire).await?;
        }
    }
    let (mut ack_at, mut revision) = (None, 0);
    loop {
        let text = tokio::select! {
            text = wire.next() => text?,
            () = shared.all_have_it.notified(), if publishes && alone => {
                send(&mut wire).await?;
                continue;
            }
            () = at(ack_at) => {
                ack_at = None;
                wire.send(&format!("{}{revision}}}", room.ack)).await?;
                continue;
            }
        };
        let Some(text) = text else {
            return Err("a socket has ended".into());
        };
        if (room.is_message)(text) {
            counts.deliveries.set(counts.deliveries.get() + 1);
            if index % SAMPLED == 1 {
                note(text, room, counts);
            }
            if load.acks
                && let Some(at) = number_after(text, b"\"revision\":")
            {
                revision = at;
                ack_at.get_or_insert_with(|| Instant::now() + ACK_EVERY);
            }
            shared.missing.set(shared.missing.get().saturating_sub(1));
            if shared.missing.get() == 0 {
                shared.all_have_it.notify_one();
            }
            // A peer has no answers: a publisher goes on when its own message comes back.
            if publishes && room.ack.is_empty() && find(text, mark(index).as_bytes()).is_some() {
                counts.answered.set(counts.answered.get() + 1);
                if !alone {
                    send(&mut wire).await?;
                }
            }
        } else if is_of(text, "ok") {
            counts.answered.set(counts.answered.get() + 1);
            if publishes && !alone {
                send(&mut wire).await?;
            }
        } else if is_of(text, "error") {
            return Err(String::from_utf8_lossy(text).into());
        }
    }
}
