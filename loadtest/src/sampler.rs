//! A look at everything once a second: what plots are drawn from.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Outcome;
use crate::process;
use crate::progress::Progress;
use crate::run::Stage;
use crate::watch::{Seen, Watch};
use crate::world::World;

/// Distance of two looks.
const EVERY: Duration = Duration::from_secs(1);

/// One look. Counts are sums since the start, times are those of the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Since the scripts began.
    pub seconds: f64,
    /// Messages that were to be sent.
    pub intended: u64,
    /// Messages that were answered.
    pub answered: u64,
    /// Messages that came.
    pub delivered: u64,
    /// Messages without an answer.
    pub open: u64,
    /// Live sockets.
    pub live: u64,
    /// Intended time to answer: median, 99 of 100, the longest; milliseconds.
    pub answer_ms: [f64; 3],
    /// Intended time to arrival, likewise.
    pub arrival_ms: [f64; 3],
    /// The server, where it can be seen cheaply.
    pub server: Option<Seen>,
    /// CPU time of this process, seconds.
    pub own_cpu_seconds: f64,
}

/// Looks at the counts and at the server.
pub struct Sampler {
    watch: Watch,
    world: Arc<World>,
    /// All looks.
    pub samples: Vec<Sample>,
    /// The server before and after.
    pub before: Option<Seen>,
    /// See [`Self::before`].
    pub after: Option<Seen>,
}

impl Sampler {
    /// Looks at the server for the first time.
    pub async fn start(watch: Watch, world: Arc<World>) -> Self {
        let before = watch.look().await;
        Self {
            watch,
            world,
            samples: Vec::new(),
            before,
            after: None,
        }
    }

    /// Looks once a second until the time is over; fails if the server ends.
    pub async fn watch(
        &mut self,
        length: Duration,
        progress: &Progress,
        stage: &mut Stage,
    ) -> Outcome {
        let start = Instant::now();
        progress.step("running", length.as_secs());
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            stage.check_alive()?;
            let elapsed = start.elapsed();
            self.look(elapsed);
            progress.at(elapsed.as_secs());
            if let Some(sample) = self.samples.last() {
                progress.say(&format!(
                    "{} live, {} answered, {} delivered, {:.1} ms to arrive (99 of 100)",
                    sample.live, sample.answered, sample.delivered, sample.arrival_ms[1]
                ));
            }
            if elapsed >= length {
                return Ok(());
            }
        }
    }

    fn look(&mut self, elapsed: Duration) {
        let board = &self.world.board;
        let own = process::cpu_time(std::process::id());
        self.samples.push(Sample {
            seconds: elapsed.as_secs_f64(),
            intended: board.intended.get(),
            answered: board.answered.get(),
            delivered: board.delivered.get(),
            open: board.open.get(),
            live: board.live.get(),
            answer_ms: quantiles(&board.answer.take_recent()),
            arrival_ms: quantiles(&board.arrival.take_recent()),
            server: self.watch.glance(),
            own_cpu_seconds: own.map_or(0.0, |time| time.as_secs_f64()),
        });
    }

    /// Looks at the server for the last time.
    pub async fn finish(&mut self) {
        self.after = self.watch.look().await;
    }
}

/// Median, 99 of 100 and the longest, milliseconds.
pub fn quantiles(times: &Histogram<u64>) -> [f64; 3] {
    if times.is_empty() {
        return [0.0; 3];
    }
    let ms = |micros: u64| micros as f64 / 1_000.0;
    [
        ms(times.value_at_quantile(0.5)),
        ms(times.value_at_quantile(0.99)),
        ms(times.max()),
    ]
}
