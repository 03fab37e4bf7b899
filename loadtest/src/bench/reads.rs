//! Reads: requests over one connection after the other, and the catch-up of a device.

use std::time::Duration;

use sentinal_protocol::{ConversationId, Timestamp};
use sentinal_store::{Backlog, SeededDevice, Store, StoredBodies};
use tokio::time::Instant;

use super::stage::{Seeded, Stage, token};
use super::wire::{Http, Wire, is_of};
use crate::Outcome;

/// Connections that ask at once.
const CONNECTIONS: usize = 4;
/// Requests before measuring begins.
const WARM_UP: usize = 200;
/// Bytes of a stored ciphertext.
const BYTES: usize = 256;

/// What a request costs.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// CPU time of the server and of the database, microseconds.
    pub us: [f64; 2],
    /// Statements.
    pub statements: f64,
    /// Requests per second.
    pub per_second: f64,
}

/// The requests that are measured, by what they are called in the table.
pub fn requests(seeded: &Seeded) -> [(&'static str, String); 4] {
    let [_, other] = &seeded.reader;
    [
        (
            "conversations (10)",
            "/v1/conversations?limit=10".to_owned(),
        ),
        (
            "history (50)",
            format!("/v1/messages?conversation_id={}&limit=50", seeded.long),
        ),
        (
            "prekey bundle",
            format!(
                "/v1/encryption/bundles?user_id={}&device_id={}",
                other.user_id, other.name
            ),
        ),
        ("`/v1/sync` (10)", "/v1/sync?limit=10".to_owned()),
    ]
}

/// Asks the same for a while.
pub async fn run(stage: &Stage, seeded: &Seeded, path: &str, seconds: u64) -> Outcome<Read> {
    let token = token(&seeded.reader[0])?;
    let ask = async |until: Option<Instant>| {
        let mut http = Http::connect(stage.address).await?;
        let mut count = 0_usize;
        while until.map_or(count < WARM_UP, |until| Instant::now() < until) {
            http.ask("GET", path, &token, "").await?;
            count += 1;
        }
        Outcome::Ok(count)
    };
    ask(None).await?;
    let statements = stage.statements().await?;
    let first = stage.used()?;
    let until = Some(Instant::now() + Duration::from_secs(seconds));
    let asking = (0..CONNECTIONS).map(|_| ask(until));
    let counts = futures_util::future::try_join_all(asking).await?;
    let last = stage.used()?;
    let statements = stage.statements().await? - statements;
    let count: usize = counts.iter().sum();
    Ok(Read {
        us: last.per_unit(first, count as u64),
        statements: statements as f64 / count as f64,
        per_second: count as f64 / last.seconds(first),
    })
}

/// Messages per second that a device catches up with.
pub async fn catch_up(stage: &Stage, seeded: &Seeded) -> Outcome<f64> {
    let token = token(&seeded.reader[0])?;
    let started = Instant::now();
    let mut wire = Wire::connect(stage.address, "/v1/ws?resume=client", Some(&token)).await?;
    // From the first revision, whatever was acknowledged.
    let sync = format!(
        "{{\"type\":\"sync\",\"cursors\":{{\"{}\":0}}}}",
        seeded.long
    );
    wire.send(&sync).await?;
    let mut count = 0_u64;
    while let Some(text) = wire.next().await? {
        if is_of(text, "message:new") {
            count += 1;
        } else if is_of(text, "sync:complete") {
            return Ok(count as f64 / started.elapsed().as_secs_f64());
        }
    }
    Err("the socket ended before it had caught up".into())
}

/// Stores messages in a new conversation.
pub async fn fill(
    store: &Store,
    conversation_id: ConversationId,
    sender: &SeededDevice,
    messages: u64,
    now: Timestamp,
) -> Outcome {
    let backlog = Backlog {
        conversation_id,
        sender: sender.clone(),
        messages,
        ciphertext: vec![7; BYTES],
        bodies: StoredBodies::PerDevice,
        since: now.minus(Duration::from_mins(10) + Duration::from_millis(messages)),
    };
    store.db_add_backlog(&backlog).await?;
    Ok(())
}
