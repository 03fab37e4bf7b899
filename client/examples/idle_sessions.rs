//! What an idle signed-in session costs the server: opens many sockets, each of a device that
//! follows ten conversations, and reads the server's memory before and after.
//!
//! `cargo run --release -p sentinal-client --example idle_sessions -- <pid of the server> [sockets] [base url]`
//!
//! The server must run on this machine, with `RATE_LIMIT=off` (a thousand accounts are made in a
//! row) and best with `BCRYPT_COST=4`. The open-file limit of both processes must exceed the number
//! of sockets.

use std::error::Error;

use sentinal_client::protocol::ConversationType;
use sentinal_client::protocol::api::auth::RegisterRequest;
use sentinal_client::protocol::api::conversations::CreateConversationRequest;
use sentinal_client::protocol::event::EventKind;
use sentinal_client::{Authenticate, Client, RawSocket};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Sockets that one user may have.
const SOCKETS_PER_USER: usize = 10;
/// Conversations that each device follows.
const CONVERSATIONS: usize = 10;
/// Accounts without sockets that come first, so that what the server allocates once is there.
const WARM_SOCKETS: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let pid = arguments.next().ok_or("the server's pid is needed")?;
    let sockets: usize = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let base = arguments.next();
    let base = base.as_deref().unwrap_or("http://127.0.0.1:8080");
    let run = rand::random::<u32>();
    let mut users = Vec::new();
    for index in 0..sockets.div_ceil(SOCKETS_PER_USER) {
        users.push(sign_up(base, &format!("idle_{run:08x}_{index}")).await?);
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
    println!("{} users in {CONVERSATIONS} conversations", users.len());
    drop(open(&users, WARM_SOCKETS).await?);
    settle(&pid).await?;
    let before = rss_bytes(&pid)?;
    let open = open(&users, sockets).await?;
    settle(&pid).await?;
    let after = rss_bytes(&pid)?;
    let each = after.saturating_sub(before) / open.len() as u64;
    println!(
        "{} sockets: {before} -> {after} bytes, {each} bytes each",
        open.len()
    );
    Ok(())
}

async fn sign_up(base: &str, name: &str) -> Outcome<Client> {
    let client = Client::new(base)?;
    client
        .register(&RegisterRequest {
            email: format!("{name}@example.com"),
            username: name.to_owned(),
            phone_number: None,
            password: "correct horse battery".to_owned(),
            display_name: None,
            device_id: format!("{name}-device"),
            device_name: None,
            device_type: None,
        })
        .await?;
    Ok(client)
}

/// Opens sockets and waits until each has said what it had to say.
async fn open(users: &[Client], count: usize) -> Outcome<Vec<RawSocket>> {
    let mut sockets = Vec::with_capacity(count);
    for user in users.iter().cycle().take(count) {
        let mut socket = RawSocket::connect(user, Authenticate::Header).await?;
        socket.wait_for(EventKind::SyncComplete).await?;
        sockets.push(socket);
    }
    Ok(sockets)
}

/// Waits until the allocator has given back what only passed through.
async fn settle(pid: &str) -> Outcome {
    let mut last = rss_bytes(pid)?;
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let now = rss_bytes(pid)?;
        if now.abs_diff(last) < 64 * 1024 {
            return Ok(());
        }
        last = now;
    }
}

/// Resident memory of a process, bytes.
fn rss_bytes(pid: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}
