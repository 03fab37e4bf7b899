//! What a storm of reconnects costs the server: opens many sockets of devices that follow ten
//! conversations, cuts all at once, and comes back at once, without back-off.
//!
//! ```text
//! cargo run --release -p sentinal-client --example idle_sessions -- sign-up [sockets]
//! cargo run --release -p sentinal-client --example storm -- <name printed above> <pid of the server> [sockets] [address]
//! ```
//!
//! Reports the server's memory with the sockets and its peak during the storm, how long it took until
//! all were live again, and what was felt meanwhile by who asks for `/livez` (on a new connection
//! each time) and by a socket that was not cut and sends one message after the other. The server must
//! run on this machine, with `RATE_LIMIT=off`; the open-file limit of both must exceed the sockets.

mod swarm;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sentinal_client::Client;
use sentinal_client::protocol::event::{EventKind, ServerFrame};
use sentinal_client::protocol::{Base64, ConversationId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use swarm::{Outcome, Wire, is_of, percentile, sign_up, token};

/// Everybody's password, as `idle_sessions` makes them.
const PASSWORD: &str = "correct horse battery";
/// Sockets that one user may have.
const SOCKETS_PER_USER: usize = 10;
/// Sockets that are opened if nothing is said.
const SOCKETS: usize = 5_000;
/// Time in which the allocator gives back what only passed through.
const SETTLE: Duration = Duration::from_secs(8);
/// Pause between two requests of who looks on.
const PAUSE: Duration = Duration::from_millis(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, pid, rest @ ..] = arguments.as_slice() else {
        return Err("say: name, pid".into());
    };
    let sockets = rest.first().map_or(Ok(SOCKETS), |text| text.parse())?;
    let address = rest.get(1).map_or("127.0.0.1:8080", String::as_str);
    let address: SocketAddr = address.parse()?;
    let http = Client::new(&format!("http://{address}"))?;
    let mut tokens: Vec<Arc<str>> = Vec::new();
    for index in 0..sockets.div_ceil(SOCKETS_PER_USER) {
        let name = format!("{name}_{index}");
        let client = http.signed_out();
        let device = format!("{name}-device");
        client.sign_in(&name, PASSWORD, &device).await?;
        tokens.push(token(&client)?.into());
    }
    let mut storm = Storm {
        address,
        tokens,
        sockets,
        retries: Arc::default(),
    };
    // Once each device has everything, a storm is connects and nothing else.
    for token in &storm.tokens {
        acknowledge(address, token).await?;
    }
    let live = storm.connect().await?;
    tokio::time::sleep(SETTLE).await;
    let before = rss_kib(pid, "VmRSS:")?;
    // From here on the peak is the storm's.
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?;

    let over = Arc::new(AtomicBool::new(false));
    let looks = tokio::spawn(look(address, over.clone()));
    let sends = tokio::spawn(send(http, address, over.clone()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    storm.retries = Arc::default();
    let began = Instant::now();
    drop(live);
    let live = storm.connect().await?;
    let took = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let peak = rss_kib(pid, "VmHWM:")?;
    let (looks, sends) = (looks.await??, sends.await??);
    #[allow(clippy::cast_precision_loss, reason = "KiB of memory")]
    let ratio = peak as f64 / before as f64;
    println!(
        "{} sockets: {before} KiB before, {peak} KiB at the peak ({ratio:.2} x), all live after \
         {took:?}, {} retries; /livez p50 {:?} p99 {:?} max {:?} ({}); sends p50 {:?} p99 {:?} ({})",
        live.len(),
        storm.retries.load(Ordering::Relaxed),
        percentile(&looks, 0.5),
        percentile(&looks, 0.99),
        percentile(&looks, 1.0),
        looks.len(),
        percentile(&sends, 0.5),
        percentile(&sends, 0.99),
        sends.len(),
    );
    Ok(())
}

struct Storm {
    address: SocketAddr,
    tokens: Vec<Arc<str>>,
    sockets: usize,
    retries: Arc<AtomicUsize>,
}

impl Storm {
    /// Opens all sockets at once; each is tried again at once until it is live.
    async fn connect(&self) -> Outcome<Vec<Wire>> {
        let mut connecting = JoinSet::new();
        for token in self.tokens.iter().cycle().take(self.sockets) {
            let (address, token) = (self.address, token.clone());
            let retries = self.retries.clone();
            connecting.spawn(async move {
                loop {
                    match connect(address, &token).await {
                        Ok(wire) => return wire,
                        Err(error) => {
                            if retries.fetch_add(1, Ordering::Relaxed) == 0 {
                                eprintln!("the first refusal: {error}");
                            }
                        }
                    }
                }
            });
        }
        Ok(connecting.join_all().await)
    }
}

async fn connect(address: SocketAddr, token: &str) -> Outcome<Wire> {
    let mut wire = Wire::connect(address, token).await?;
    wire.wait_for("sync:complete").await?;
    Ok(wire)
}

/// Takes what a device has missed, and says so.
async fn acknowledge(address: SocketAddr, token: &str) -> Outcome {
    let mut wire = Wire::connect(address, token).await?;
    let mut revisions: HashMap<ConversationId, u64> = HashMap::new();
    loop {
        let text = wire.next().await?.ok_or("a socket has ended")?;
        let frame: ServerFrame = serde_json::from_slice(text)?;
        if let (Some(id), Some(revision)) = (frame.conversation_id(), frame.revision()) {
            revisions.insert(id, revision);
        }
        if frame.kind() == Some(EventKind::SyncComplete) {
            break;
        }
    }
    for (id, revision) in revisions {
        let ack = serde_json::json!({"type": "ack", "conversation_id": id, "revision": revision});
        wire.send(&ack.to_string()).await?;
    }
    // Frames take effect in order, so the acks are noted when this is answered.
    wire.send(r#"{"type":"ping"}"#).await?;
    wire.wait_for("pong").await
}

/// Asks for `/livez` again and again; how long each took, sorted.
async fn look(address: SocketAddr, over: Arc<AtomicBool>) -> Outcome<Vec<Duration>> {
    let request = format!("GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        times.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    times.sort_unstable();
    Ok(times)
}

/// Sends one message after the other on a socket of its own, to somebody; how long each took until
/// its answer, sorted.
async fn send(http: Client, address: SocketAddr, over: Arc<AtomicBool>) -> Outcome<Vec<Duration>> {
    let name = format!("storm_{:08x}", rand::random::<u32>());
    let alice = sign_up(&http, &format!("{name}_a")).await?;
    let bob = sign_up(&http, &format!("{name}_b")).await?;
    let bob = bob.login().ok_or("signed in")?.user_id;
    let chat = alice.create_group("Storm", vec![bob]).await?.id;
    let roster_version = alice.participants(chat).await?.roster_version;
    let message = serde_json::json!({
        "type": "message:send",
        "id": 1,
        "conversation_id": chat,
        "shared_ciphertext": Base64(vec![7; 64]),
        "roster_version": roster_version,
    })
    .to_string();
    let mut wire = connect(address, &token(&alice)?).await?;
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        wire.send(&message).await?;
        loop {
            match wire.next().await? {
                Some(text) if is_of(text, "ok") => break,
                Some(text) if is_of(text, "error") => {
                    return Err(String::from_utf8_lossy(text).into());
                }
                Some(_) => {}
                None => return Err("the sender's socket has ended".into()),
            }
        }
        times.push(began.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    times.sort_unstable();
    Ok(times)
}

/// A line of a process's memory.
fn rss_kib(pid: &str, name: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with(name));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.ok_or("no such line")?.parse()?)
}
