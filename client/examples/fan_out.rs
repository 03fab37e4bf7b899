//! What one message to a room costs the server: signs up a room, has its sockets listen, and sends.
//!
//! ```text
//! cargo run --release -p sentinal-client --example fan_out -- <pid of the server> <members> <publishers> <outstanding> [seconds] [address]
//! ```
//!
//! With one publisher and one outstanding message the next is sent when all members have the last one.
//! Otherwise each publisher keeps so many sends unanswered. The server must run on this machine, with
//! `RATE_LIMIT=off` and best with `BCRYPT_COST=4`; nothing is acknowledged.

mod swarm;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentinal_client::Client;
use sentinal_client::protocol::api::conversations::CreateConversationRequest;
use sentinal_client::protocol::{Base64, ConversationType};
use tokio::sync::Notify;
use tokio::task::LocalSet;

use swarm::{Outcome, Wire, find, is_of, percentile, sign_up, token};

/// Bytes of a ciphertext.
const CIPHERTEXT_BYTES: usize = 256;
/// One listener in so many notes how long messages took.
const SAMPLED: usize = 16;
/// What is sent before measuring begins.
const WARM_UP: Duration = Duration::from_secs(2);
/// Units of the times in `/proc`, per second.
const TICKS_PER_SECOND: f64 = 100.0;

/// What the members do, and what they have room.
struct Room {
    /// A send, but for the end of its JSON.
    message: String,
    members: usize,
    /// Whether the next message is sent when one is answered, or when all have it.
    on_answer: bool,
    began: Instant,
    deliveries: Cell<u64>,
    replayed: Cell<u64>,
    answered: Cell<u64>,
    took: RefCell<Vec<Duration>>,
    /// How many more deliveries the only publisher waits for.
    missing: Cell<usize>,
    all_have_it: Notify,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pid, members, publishers, outstanding, rest @ ..] = arguments.as_slice() else {
        return Err("say: pid, members, publishers, outstanding".into());
    };
    let (members, publishers): (usize, usize) = (members.parse()?, publishers.parse()?);
    let outstanding: usize = outstanding.parse()?;
    let seconds = rest.first().map_or(Ok(10), |text| text.parse())?;
    let address = rest.get(1).map_or("127.0.0.1:8080", String::as_str);
    let address: SocketAddr = address.parse()?;

    let http = Client::new(&format!("http://{address}"))?;
    let name = format!("fan_{:08x}", rand::random::<u32>());
    let mut clients = Vec::new();
    for index in 0..members {
        clients.push(sign_up(&http, &format!("{name}_{index}")).await?);
    }
    let [creator, others @ ..] = clients.as_slice() else {
        return Err("a room has members".into());
    };
    let mut participants = Vec::new();
    for other in others {
        participants.push(other.login().ok_or("signed in")?.user_id);
    }
    let request = CreateConversationRequest {
        kind: ConversationType::Group,
        subject: Some("Fan-out".to_owned()),
        description: None,
        avatar_url: None,
        participants,
    };
    let chat = creator.create_conversation(&request).await?.id;
    let roster_version = creator.participants(chat).await?.roster_version;
    let body = Base64(vec![7; CIPHERTEXT_BYTES]);
    let message = serde_json::json!({
        "type": "message:send",
        "id": 1,
        "conversation_id": chat,
        "shared_ciphertext": body,
        "roster_version": roster_version,
    })
    .to_string();
    let message = message.strip_suffix('}').ok_or("an object")?.to_owned();

    let mut wires = Vec::new();
    for client in &clients {
        let mut wire = Wire::connect(address, &token(client)?).await?;
        wire.wait_for("sync:complete").await?;
        wires.push(wire);
    }
    let room = Rc::new(Room {
        message,
        members,
        on_answer: publishers > 1 || outstanding > 1,
        began: Instant::now(),
        deliveries: Cell::new(0),
        replayed: Cell::new(0),
        answered: Cell::new(0),
        took: RefCell::default(),
        missing: Cell::new(0),
        all_have_it: Notify::new(),
    });
    let local = LocalSet::new();
    for (index, wire) in wires.into_iter().enumerate() {
        let room = room.clone();
        let unanswered = if index < publishers { outstanding } else { 0 };
        local.spawn_local(async move {
            let sampled = index % SAMPLED == 0;
            let run = take_part(wire, &room, unanswered, sampled);
            if let Err(error) = run.await {
                eprintln!("a member: {error}");
            }
        });
    }
    local
        .run_until(async {
            tokio::time::sleep(WARM_UP).await;
            room.took.borrow_mut().clear();
            let before = (room.deliveries.get(), room.answered.get());
            let (cpu, began) = (cpu_seconds(pid)?, Instant::now());
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            let (cpu, took) = (cpu_seconds(pid)? - cpu, began.elapsed().as_secs_f64());
            let deliveries = room.deliveries.get() - before.0;
            let answered = room.answered.get() - before.1;
            let mut times = room.took.take();
            times.sort_unstable();
            #[allow(clippy::cast_precision_loss, reason = "counts of some seconds")]
            let (count, messages) = (deliveries as f64, answered as f64);
            println!(
                "{members} members, {publishers} publishers, {outstanding} outstanding: \
                 {:.0} messages/s, {:.0} deliveries/s, {:.2} us CPU per delivery ({:.0} % CPU), \
                 p50 {:?}, p99 {:?}, {} replayed",
                messages / took,
                count / took,
                cpu * 1e6 / count,
                cpu * 100.0 / took,
                percentile(&times, 0.5),
                percentile(&times, 0.99),
                room.replayed.get(),
            );
            Ok(())
        })
        .await
}

/// One member: listens, and sends if it is a publisher.
async fn take_part(mut wire: Wire, room: &Room, unanswered: usize, sampled: bool) -> Outcome {
    let send = async |wire: &mut Wire| {
        let now = room.began.elapsed().as_nanos();
        room.missing.set(room.members);
        let message = &room.message;
        wire.send(&format!("{message},\"client_message_id\":\"{now}\"}}"))
            .await
    };
    for _ in 0..unanswered {
        send(&mut wire).await?;
    }
    let is_publisher = unanswered > 0;
    loop {
        let text = tokio::select! {
            text = wire.next() => text?,
            () = room.all_have_it.notified(), if is_publisher && !room.on_answer => {
                send(&mut wire).await?;
                continue;
            }
        };
        let Some(text) = text else {
            return Err("its socket has ended".into());
        };
        if is_of(text, "message:new") {
            room.deliveries.set(room.deliveries.get() + 1);
            if sampled {
                note(text, room);
            }
            room.missing.set(room.missing.get().saturating_sub(1));
            if room.missing.get() == 0 {
                room.all_have_it.notify_one();
            }
        } else if is_of(text, "ok") {
            room.answered.set(room.answered.get() + 1);
            if room.on_answer {
                send(&mut wire).await?;
            }
        } else if is_of(text, "error") {
            return Err(String::from_utf8_lossy(text).into());
        }
    }
}

/// Notes how long a message took, by the time that its id is.
fn note(text: &[u8], room: &Room) {
    const FIELD: &[u8] = b"\"client_message_id\":\"";
    if find(text, b"\"replay\":true").is_some() {
        room.replayed.set(room.replayed.get() + 1);
    }
    let sent = find(text, FIELD)
        .and_then(|at| text.get(at + FIELD.len()..))
        .and_then(|rest| rest.split(|byte| *byte == b'"').next())
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .map(Duration::from_nanos);
    if let Some(sent) = sent {
        room.took
            .borrow_mut()
            .push(room.began.elapsed().saturating_sub(sent));
    }
}

/// What a process has used of the CPUs.
fn cpu_seconds(pid: &str) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || -> Outcome<f64> { Ok(fields.next().ok_or("no times")?.parse()?) };
    Ok((next()? + next()?) / TICKS_PER_SECOND)
}
