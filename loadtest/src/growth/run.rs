//! One load on one database: start the server, connect, publish for a while, wait until everybody
//! has everything, check.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sentinal_client::Client;
use sentinal_protocol::{Clock, ConversationId};
use sentinal_store::{Reader, StoredBodies};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::Options;
use super::loads::{Load, Target};
use crate::conversation::Conversation;
use crate::latency::Quantiles;
use crate::listener::{Joining, Listener, connect_all};
use crate::meter::{Faults, Meter};
use crate::process::Server;
use crate::publisher::{Content, Ending, Publisher};
use crate::{Outcome, tokens};

/// How long the server may take to be ready; it may have to read a log of a gigabyte first.
const READY_PATIENCE: Duration = Duration::from_mins(1);
/// How long a send is repeated after the end of the load before it counts as unanswered.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);
/// How long no socket may come any further before what is missing counts as lost.
const SETTLE_PATIENCE: Duration = Duration::from_secs(20);
/// Pause between two looks at a state that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Distance of two samples.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// What is to be run.
pub struct Run<'a> {
    pub options: &'a Options,
    pub binary: &'a Path,
    pub load: Load,
    /// Messages in the database at the start.
    pub stored: u64,
    pub targets: Vec<Target<'a>>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub load: Load,
    /// Messages in the database at the start.
    pub stored: u64,
    pub sockets: usize,
    /// From the first connection to the last `sync:complete`.
    pub connect_seconds: f64,
    pub seconds: f64,
    /// Of what the cost is told.
    pub unit: &'static str,
    pub units: u64,
    pub units_per_second: f64,
    /// CPU time of the server, user and system.
    pub cpu_seconds: f64,
    /// Of it, for one unit; `None` if none was done.
    pub cpu_us_per_unit: Option<f64>,
    /// The same in the first and in the last third of the time: a load also stores messages.
    pub cpu_us_per_unit_early: Option<f64>,
    pub cpu_us_per_unit_late: Option<f64>,
    pub answered: u64,
    pub delivered: u64,
    /// Seconds in which nothing was answered.
    pub seconds_without_answer: usize,
    pub answer: Quantiles,
    pub delivery: Quantiles,
    /// Failed requests by code. Sends among them were repeated.
    pub errors: BTreeMap<String, u64>,
    /// Ended connections by cause. They were made again.
    pub disconnects: BTreeMap<String, u64>,
    pub faults: Faults,
    /// Devices whose stored cursor is not at the head, after the server has ended.
    pub cursors_behind: usize,
    pub memory_connected_bytes: u64,
    pub memory_highest_bytes: u64,
    /// Whether the server ended in time and said that all was well.
    pub ended_well: bool,
    pub samples: Vec<Sample>,
}

/// Sums at one moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    pub seconds: f64,
    pub units: u64,
    pub answered: u64,
    pub cpu_seconds: f64,
    pub memory_bytes: u64,
}

/// A target with what belongs to it while the server runs.
struct Live<'a> {
    target: &'a Target<'a>,
    conversation: Arc<Conversation>,
    /// Of each publisher.
    contents: Vec<Content>,
}

impl Run<'_> {
    /// Runs it.
    pub async fn measure(&self, directory: &Path, database_url: &str) -> Outcome<Measured> {
        eprintln!("{} on {} messages …", self.load.name(), self.stored);
        let mut server = Server::start(self.binary, database_url, directory)?;
        let mut measured = self.load_server(&mut server).await?;
        measured.ended_well = server.stop().await?;
        measured.cursors_behind = self.cursors_behind(database_url).await?;
        Ok(measured)
    }

    async fn load_server(&self, server: &mut Server) -> Outcome<Measured> {
        let meter = Arc::new(Meter::new());
        let live = self.prepare(server).await?;
        let connecting = Instant::now();
        let joining = joining(server, &live)?;
        let listeners = connect_all(joining, &meter).await?;
        let connect_seconds = connecting.elapsed().as_secs_f64();
        let sockets = listeners.len();
        let (memory_connected_bytes, _) = server.memory()?;

        let start = Instant::now();
        let stop = start + Duration::from_secs(self.options.seconds);
        let ending = Ending {
            stop,
            give_up: stop + ANSWER_PATIENCE,
        };
        let publishers = self.publishers(&live, &listeners);
        let ciphertexts = publishers.first().map_or(1, |it| it.content.ciphertexts());
        let (leave, leaving) = watch::channel(false);
        let mut listening = JoinSet::new();
        for listener in listeners {
            listening.spawn(listener.listen(Arc::clone(&meter), leaving.clone()));
        }
        let mut publishing = JoinSet::new();
        for publisher in publishers {
            publishing.spawn(publisher.run(Arc::clone(&meter), ending));
        }
        let samples = self
            .sample(server, &meter, ciphertexts as u64, start)
            .await?;
        while let Some(ended) = publishing.join_next().await {
            ended?;
        }
        settle(&live, &meter).await;
        for one in &live {
            one.conversation.check(&meter);
        }
        let (_, memory_highest_bytes) = server.memory()?;
        leave.send_replace(true);
        while let Some(ended) = listening.join_next().await {
            ended?;
        }
        server.check_alive()?;

        let (first, last) = ends(&samples)?;
        let third = samples.len() / 3;
        let units = last.units - first.units;
        let seconds = last.seconds - first.seconds;
        Ok(Measured {
            load: self.load,
            stored: self.stored,
            sockets,
            connect_seconds,
            seconds,
            unit: self.load.unit(),
            units,
            units_per_second: units as f64 / seconds.max(f64::EPSILON),
            cpu_seconds: last.cpu_seconds - first.cpu_seconds,
            cpu_us_per_unit: cost(&samples),
            cpu_us_per_unit_early: samples.get(..=third).and_then(cost),
            cpu_us_per_unit_late: samples.get(samples.len() - third - 1..).and_then(cost),
            answered: meter.answered.load(Ordering::Relaxed),
            delivered: meter.delivered.load(Ordering::Relaxed),
            seconds_without_answer: samples
                .windows(2)
                .filter(|pair| matches!(pair, [one, next] if one.answered == next.answered))
                .count(),
            answer: meter.answer_times.quantiles(),
            delivery: meter.delivery_times.quantiles(),
            errors: meter.errors(),
            disconnects: meter.disconnects(),
            faults: meter.faults(),
            cursors_behind: 0,
            memory_connected_bytes,
            memory_highest_bytes,
            ended_well: false,
            samples,
        })
    }

    /// Waits until the server is ready and asks it whom to encrypt for.
    async fn prepare(&self, server: &mut Server) -> Outcome<Vec<Live<'_>>> {
        let anybody = Client::new(server.base_url())?;
        let now = Clock::system().now();
        let mut live = Vec::with_capacity(self.targets.len());
        for target in &self.targets {
            let chat = target.chat;
            let first = chat.devices.first().ok_or("a conversation of nobody")?;
            anybody.set_login(Some(tokens::login(first, now)?));
            let until = Instant::now() + READY_PATIENCE;
            let participants = loop {
                server.check_alive()?;
                match anybody.participants(chat.id).await {
                    Ok(participants) => break participants,
                    Err(error) if Instant::now() >= until => return Err(error.into()),
                    Err(_) => sleep(LOOK_EVERY).await,
                }
            };
            let publishers = chat.devices.iter().take(target.publishers);
            let content = |device: &sentinal_store::SeededDevice| match target.bodies {
                StoredBodies::Shared => Content::Shared(participants.roster_version),
                StoredBodies::PerDevice => Content::per_device(&participants, device.device_id),
            };
            live.push(Live {
                target,
                conversation: Arc::new(Conversation::new(
                    chat.id,
                    chat.head,
                    chat.devices.len(),
                    target.lag_max,
                )),
                contents: publishers.map(content).collect(),
            });
        }
        Ok(live)
    }

    fn publishers(&self, live: &[Live<'_>], listeners: &[Listener]) -> Vec<Publisher> {
        let by_id: BTreeMap<ConversationId, &Live<'_>> =
            live.iter().map(|one| (one.conversation.id, one)).collect();
        let mut publishers = Vec::new();
        for listener in listeners {
            let Some(one) = by_id.get(&listener.conversation.id) else {
                continue;
            };
            let Some(content) = one.contents.get(listener.number) else {
                continue;
            };
            for _ in 0..one.target.in_flight {
                publishers.push(Publisher {
                    sender: listener.socket.sender(),
                    conversation: Arc::clone(&one.conversation),
                    content: content.clone(),
                    bytes: self.options.bytes,
                    number: publishers.len(),
                });
            }
        }
        publishers
    }

    /// Looks at the sums from time to time until the load ends.
    async fn sample(
        &self,
        server: &mut Server,
        meter: &Meter,
        ciphertexts: u64,
        start: Instant,
    ) -> Outcome<Vec<Sample>> {
        let length = Duration::from_secs(self.options.seconds);
        let mut samples = Vec::new();
        let mut ticks = interval(SAMPLE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            server.check_alive()?;
            let elapsed = start.elapsed();
            samples.push(Sample {
                seconds: elapsed.as_secs_f64(),
                units: self.load.units(meter, ciphertexts),
                answered: meter.answered.load(Ordering::Relaxed),
                cpu_seconds: server.cpu_time()?.as_secs_f64(),
                memory_bytes: server.memory()?.0,
            });
            if elapsed >= length {
                return Ok(samples);
            }
        }
    }

    /// Looks into the database: devices whose acknowledgements are not all there.
    async fn cursors_behind(&self, database_url: &str) -> Outcome<usize> {
        let store = super::open(database_url).await?;
        let mut behind = 0;
        for target in &self.targets {
            for device in &target.chat.devices {
                let reader = Reader {
                    user_id: device.user_id,
                    device_id: device.device_id,
                };
                let standings = store.list_standings(reader).await?;
                let standing = standings
                    .iter()
                    .find(|it| it.conversation_id == target.chat.id);
                behind += usize::from(standing.is_none_or(|it| it.cursor < it.head));
            }
        }
        store.close().await?;
        Ok(behind)
    }
}

/// Everybody who is to connect.
fn joining(server: &Server, live: &[Live<'_>]) -> Outcome<Vec<Joining>> {
    let anybody = Client::new(server.base_url())?;
    let now = Clock::system().now();
    let mut joining = Vec::new();
    for one in live {
        for (number, device) in one.target.chat.devices.iter().enumerate() {
            let client = anybody.signed_out();
            client.set_login(Some(tokens::login(device, now)?));
            joining.push(Joining {
                client,
                conversation: Arc::clone(&one.conversation),
                number,
            });
        }
    }
    Ok(joining)
}

/// Waits until all sockets have all that was answered, or come no further; what is missing then is
/// lost.
async fn settle(live: &[Live<'_>], meter: &Meter) {
    let missing = || {
        let missing = live.iter().map(|one| one.conversation.missing());
        missing.sum::<u64>()
    };
    let mut last = missing();
    let mut moved_at = Instant::now();
    while last > 0 && moved_at.elapsed() < SETTLE_PATIENCE {
        sleep(LOOK_EVERY).await;
        let now = missing();
        if now < last {
            last = now;
            moved_at = Instant::now();
        }
    }
    meter.lost.fetch_add(last, Ordering::Relaxed);
}

fn ends(samples: &[Sample]) -> Outcome<(Sample, Sample)> {
    match samples {
        [first, .., last] => Ok((*first, *last)),
        _ => Err("a load takes a second or more".into()),
    }
}

/// CPU time of a unit between the first and the last of some samples, microseconds.
fn cost(samples: &[Sample]) -> Option<f64> {
    let (first, last) = ends(samples).ok()?;
    let units = last.units - first.units;
    let cpu_us = (last.cpu_seconds - first.cpu_seconds) * 1e6;
    (units > 0).then(|| cpu_us / units as f64)
}
