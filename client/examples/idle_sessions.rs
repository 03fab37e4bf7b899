//! What an idle signed-in session costs the server: opens many sockets, each of a device that
//! follows ten conversations, and reads the server's memory before and after.
//!
//! ```text
//! cargo run --release -p sentinal-client --example idle_sessions -- sign-up [sockets] [base url]
//! cargo run --release -p sentinal-client --example idle_sessions -- measure <name> <pid of the server> [sockets] [base url]
//! ```
//!
//! The first command makes the accounts and prints the name to measure them by. Restart the server
//! before the second one, so that memory which signing up has left free is not taken for free.
//! The server must run on this machine, with `RATE_LIMIT=off` (a thousand accounts are made in a
//! row) and best with `BCRYPT_COST=4`. The open-file limit of both processes must exceed the number
//! of sockets.

use std::error::Error;

use sentinal_client::protocol::ConversationType;
use sentinal_client::protocol::api::auth::RegisterRequest;
use sentinal_client::protocol::api::conversations::CreateConversationRequest;
use sentinal_client::protocol::event::EventKind;
use sentinal_client::{Authenticate, Client, RawSocket};

use tokio::task::JoinSet;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Sockets that one user may have.
const SOCKETS_PER_USER: usize = 10;
/// Conversations that each device follows.
const CONVERSATIONS: usize = 10;
/// Sockets that are opened if nothing is said.
const SOCKETS: usize = 10_000;
/// The server's memory counts as settled once it has not changed for so many looks.
const SETTLED_LOOKS: u32 = 4;
/// Everybody's password.
const PASSWORD: &str = "correct horse battery";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let measured = if command == "measure" {
        let name = arguments.next().ok_or("the name of the run is needed")?;
        let pid = arguments.next().ok_or("the server's pid is needed")?;
        Some((name, pid))
    } else if command == "sign-up" {
        None
    } else {
        return Err("say `sign-up` or `measure`".into());
    };
    let sockets = arguments
        .next()
        .map_or(Ok(SOCKETS), |text| text.parse::<usize>())?;
    let base = arguments.next();
    let base = base.as_deref().unwrap_or("http://127.0.0.1:8080");
    match measured {
        Some((name, pid)) => measure(base, &name, sockets, &pid).await,
        None => prepare(base, sockets).await,
    }
}

/// Makes accounts that share their conversations.
async fn prepare(base: &str, sockets: usize) -> Outcome {
    let name = format!("idle_{:08x}", rand::random::<u32>());
    let http = Client::new(base)?;
    let mut users = Vec::new();
    for index in 0..sockets.div_ceil(SOCKETS_PER_USER) {
        users.push(sign_up(&http, &format!("{name}_{index}")).await?);
    }
    let (creator, others) = users.split_first().ok_or("at least one socket")?;
    let mut participants = Vec::new();
    for user in others {
        participants.push(user.login().ok_or("signed in")?.user_id);
    }
    for index in 0..CONVERSATIONS {
        let request = CreateConversationRequest {
            kind: ConversationType::Group,
            subject: Some(format!("Idle {index}")),
            description: None,
            avatar_url: None,
            participants: participants.clone(),
        };
        creator.create_conversation(&request).await?;
    }
    println!("{name}");
    Ok(())
}

/// Opens sockets of these accounts and closes them again.
async fn measure(base: &str, name: &str, sockets: usize, pid: &str) -> Outcome {
    let http = Client::new(base)?;
    let mut users = Vec::new();
    for index in 0..sockets.div_ceil(SOCKETS_PER_USER) {
        let name = format!("{name}_{index}");
        // All over one connection: each that stays open would take the server 20 KB.
        let client = http.signed_out();
        let device = format!("{name}-device");
        client.sign_in(&name, PASSWORD, &device).await?;
        users.push(client);
    }
    let before = settle(pid).await?;
    let mut open = open(&users, sockets).await?;
    let during = settle(pid).await?;
    let ended = std::iter::from_fn(|| open.try_join_next()).count();
    if ended > 0 {
        return Err(format!("{ended} sockets were closed meanwhile").into());
    }
    let count = open.len() as u64;
    drop(open);
    let after = settle(pid).await?;
    println!("{count} sockets: {before} bytes before, {during} with them, {after} after");
    println!("{} bytes each", during.saturating_sub(before) / count);
    Ok(())
}

async fn sign_up(http: &Client, name: &str) -> Outcome<Client> {
    let client = http.signed_out();
    client
        .register(&RegisterRequest {
            email: format!("{name}@example.com"),
            username: name.to_owned(),
            phone_number: None,
            password: PASSWORD.to_owned(),
            display_name: None,
            device_id: format!("{name}-device"),
            device_name: None,
            device_type: None,
        })
        .await?;
    Ok(client)
}

/// Opens sockets, waits until each has said what it had to say, and leaves a task with each that
/// answers its pings: the server closes those that are silent for a minute.
async fn open(users: &[Client], count: usize) -> Outcome<JoinSet<()>> {
    let mut sockets = JoinSet::new();
    for user in users.iter().cycle().take(count) {
        let mut socket = RawSocket::connect(user, Authenticate::Header).await?;
        socket.wait_for(EventKind::SyncComplete).await?;
        sockets.spawn(async move {
            socket.closed().await;
        });
    }
    Ok(sockets)
}

/// Waits until the allocator has given back what only passed through; the memory then.
async fn settle(pid: &str) -> Outcome<u64> {
    let mut last = rss_bytes(pid)?;
    let mut same = 0;
    while same < SETTLED_LOOKS {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let now = rss_bytes(pid)?;
        same = if now.abs_diff(last) < 64 * 1024 {
            same + 1
        } else {
            0
        };
        last = now;
    }
    Ok(last)
}

/// Resident memory of a process, bytes.
fn rss_bytes(pid: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}
