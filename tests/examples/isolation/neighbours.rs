//! People who do what people do, and note how long it took.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sentinal_client::{ClientError, SocketOptions};
use sentinal_protocol::api::messages::SendMessageRequest;
use sentinal_tests::{Site, TestUser};
use uuid::Uuid;

/// Pairs of them. Each person has an address and limits of their own.
const PAIRS: usize = 4;
/// Below the limit of 30 a minute.
const SEND_EVERY: Duration = Duration::from_millis(2_100);
/// Below the limit of 100 a minute, together with what connecting asks for.
const READ_EVERY: Duration = Duration::from_millis(800);
/// Below the limit of 10 a minute.
const CONNECT_EVERY: Duration = Duration::from_millis(6_500);

/// What they have noted.
#[derive(Default)]
pub struct Notes {
    /// How long answers took.
    pub times: Vec<Duration>,
    /// What was refused or broke.
    pub refused: Vec<String>,
}

impl Notes {
    /// The time that so many of 100 answers did not exceed.
    pub fn quantile(&self, hundredths: usize) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() * hundredths).div_ceil(100).max(1) - 1;
        times.get(at).copied().unwrap_or_default()
    }
}

/// Somebody with something to say.
struct Neighbour {
    user: TestUser,
    message: SendMessageRequest,
}

/// All of them.
pub struct Neighbours {
    people: Vec<Neighbour>,
    notes: Arc<Mutex<Notes>>,
}

impl Neighbours {
    /// Signs them up.
    pub async fn settle(site: &Site) -> Self {
        let mut people = Vec::new();
        for pair in 0..PAIRS {
            let here = resident(site, 2 * pair).await;
            let there = resident(site, 2 * pair + 1).await;
            let chat = here.client.create_direct(there.id).await.expect("a DM").id;
            for user in [here, there] {
                let message = user.message(chat, 1).await;
                people.push(Neighbour { user, message });
            }
        }
        Self {
            people,
            notes: Arc::default(),
        }
    }

    /// The name of one of them.
    pub fn first(&self) -> &str {
        &self.people.first().expect("there are neighbours").user.name
    }

    /// Lives for so long.
    pub async fn watch(&self, duration: Duration) {
        let end = Instant::now() + duration;
        let lives = self.people.iter().map(|it| it.live(&self.notes, end));
        futures_util::future::join_all(lives).await;
    }

    /// What was noted since the last time.
    pub fn take(&self) -> Notes {
        std::mem::take(&mut *lock(&self.notes))
    }
}

async fn resident(site: &Site, number: usize) -> TestUser {
    let last = u8::try_from(number + 1).expect("few neighbours");
    let address = Ipv4Addr::new(127, 0, 2, last);
    site.user_from(&format!("neighbour{number}"), address).await
}

impl Neighbour {
    async fn live(&self, notes: &Mutex<Notes>, end: Instant) {
        let client = &self.user.client;
        let sending = repeat("send", SEND_EVERY, notes, end, async || {
            let mut message = self.message.clone();
            message.client_message_id = Some(Uuid::now_v7().to_string());
            client.send_message(&message).await.map(drop)
        });
        let reading = repeat("read", READ_EVERY, notes, end, async || {
            client.me().await.map(drop)
        });
        let connecting = repeat("connect", CONNECT_EVERY, notes, end, async || {
            let options = SocketOptions {
                reconnect: false,
                ..SocketOptions::default()
            };
            client.connect(options).await?.close().await;
            Ok(())
        });
        tokio::join!(sending, reading, connecting);
    }
}

/// Does something over and over; the pause counts from one beginning to the next, so that a slow
/// answer is not followed by fewer questions than it has kept waiting.
async fn repeat(
    what: &str,
    every: Duration,
    notes: &Mutex<Notes>,
    end: Instant,
    mut act: impl AsyncFnMut() -> Result<(), ClientError>,
) {
    let mut turn = tokio::time::interval(every);
    while Instant::now() < end {
        turn.tick().await;
        let since = Instant::now();
        let outcome = act().await;
        let mut notes = lock(notes);
        notes.times.push(since.elapsed());
        if let Err(error) = outcome {
            notes.refused.push(format!("{what}: {error}"));
        }
    }
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}
