//! The people of one process, and what they are asked to do together.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor as _, Addr, Arbiter};
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::{Instant, sleep};

use super::stage::Plan;
use crate::Outcome;
use crate::board::{Board, Fault};
use crate::person::{Conclude, End, HowFar, Leave, Missing, Person, Play, Verify};
use crate::population_file::PopulationFile;
use crate::progress::Progress;
use crate::world::World;

/// Pause between two looks at how far people are.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// People who are compared with the server at once.
const COMPARED_AT_ONCE: usize = 16;
/// Tries after which a difference to the server counts.
const COMPARE_TRIES: u32 = 5;
/// Pause before each of them.
const COMPARE_PAUSE: Duration = Duration::from_millis(500);
/// How long people may take to say goodbye.
const LEAVE: Duration = Duration::from_millis(500);

/// Which of the people a process plays: every `of`th one, from `part` on.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// From 0.
    pub part: usize,
    /// Processes that share the run.
    pub of: usize,
}

/// The people of one process.
pub struct Crew {
    world: Arc<World>,
    people: Vec<Addr<Person>>,
    patience: Duration,
    arbiters: Vec<Arbiter>,
}

impl Crew {
    /// Gets everybody ready; they arrive one after the other.
    pub fn new(plan: &Plan, part: Part, threads: u8, addresses: u8) -> Outcome<Self> {
        let population = PopulationFile::read(&plan.population)?;
        let scenario = plan.scenario.clone();
        let count = population.people.len().min(scenario.people);
        let ramp = Duration::from_secs(scenario.ramp_seconds);
        let world = World::new(&plan.base_url, plan.run, scenario, population, addresses)?;
        let world = Arc::new(world);
        // One thread is this one.
        let arbiters: Vec<_> = (1..threads).map(|_| Arbiter::new()).collect();
        let mut people = Vec::new();
        for number in (part.part..count).step_by(part.of.max(1)) {
            let person = Person::new(Arc::clone(&world), number)?;
            let after = ramp.mul_f64(number as f64 / count.max(1) as f64);
            let thread = people.len() % usize::from(threads.max(1));
            let start = move |ctx: &mut actix::Context<Person>| {
                Person::arrive(after, ctx);
                person
            };
            let started = match thread.checked_sub(1).and_then(|it| arbiters.get(it)) {
                Some(arbiter) => Person::start_in_arbiter(&arbiter.handle(), start),
                None => Person::create(start),
            };
            people.push(started);
        }
        Ok(Self {
            world,
            people,
            patience: Duration::from_secs(plan.patience_seconds),
            arbiters,
        })
    }

    /// What everybody knows.
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// The counts.
    pub fn board(&self) -> &Board {
        &self.world.board
    }

    /// Waits until everybody has been live once, or nobody has come for a while.
    pub async fn arrive(&self, progress: &Progress) {
        let all = self.people.len() as u64;
        progress.step("arriving", all);
        let board = self.board();
        let (mut last, mut moved_at) = (0, Instant::now());
        let ramp = Duration::from_secs(self.world.scenario.ramp_seconds);
        loop {
            let arrived = board.arrived.get();
            progress.at(arrived);
            if arrived >= all {
                return;
            }
            if arrived > last {
                (last, moved_at) = (arrived, Instant::now());
            }
            if moved_at.elapsed() > self.patience + ramp {
                let missing = all - arrived;
                board.faults_of(Fault::Unreachable, missing, || {
                    format!("{missing} of {all} people did not arrive")
                });
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The scripts begin.
    pub fn play(&self) {
        // A person ends with the run, not before.
        self.people.iter().for_each(|person| person.do_send(Play));
    }

    /// Nothing new is begun.
    pub fn end(&self) {
        self.people.iter().for_each(|person| person.do_send(End));
    }

    /// Waits until everything that was answered is everywhere, or nothing moves any more.
    pub async fn settle(&self, progress: &Progress) -> Outcome {
        let mut last = None;
        let mut moved_at = Instant::now();
        loop {
            let missing = self.missing().await?;
            let left = missing.revisions + missing.answers;
            if last.is_none() {
                progress.step("arriving messages", left);
            }
            if left == 0 {
                return Ok(());
            }
            if last != Some(missing) {
                (last, moved_at) = (Some(missing), Instant::now());
            }
            if moved_at.elapsed() > self.patience {
                return Ok(());
            }
            progress.left(left);
            sleep(LOOK_EVERY).await;
        }
    }

    async fn missing(&self) -> Outcome<Missing> {
        let heads = Arc::new(self.board().heads());
        let mut sum = Missing::default();
        let asked: Vec<_> = self
            .people
            .iter()
            .map(|it| it.send(HowFar(Arc::clone(&heads))))
            .collect();
        for asked in asked {
            let missing = asked.await?;
            sum.revisions += missing.revisions;
            sum.answers += missing.answers;
        }
        Ok(sum)
    }

    /// Counts what is missing as lost.
    pub async fn conclude(&self) -> Outcome {
        let heads = Arc::new(self.board().heads());
        for person in &self.people {
            person.send(Conclude(Arc::clone(&heads))).await?;
        }
        Ok(())
    }

    /// Compares so many people with what the server says.
    pub async fn verify(&self, count: usize, progress: &Progress) -> Outcome {
        let step = self.people.len().div_ceil(count.max(1)).max(1);
        let mut left: Vec<_> = self.people.iter().step_by(step).take(count).collect();
        progress.step("comparing with the server", left.len() as u64);
        for attempt in 1..=COMPARE_TRIES {
            let last = attempt == COMPARE_TRIES;
            let asked = stream::iter(left).map(|person| async move {
                let agrees = person.send(Verify { last }).await?;
                progress.more(u64::from(agrees || last));
                Outcome::Ok((!agrees).then_some(person))
            });
            let answers: Vec<_> = asked.buffer_unordered(COMPARED_AT_ONCE).collect().await;
            left = Vec::new();
            for answer in answers {
                left.extend(answer?);
            }
            if left.is_empty() {
                return Ok(());
            }
            if !last {
                sleep(COMPARE_PAUSE).await;
            }
        }
        Ok(())
    }

    /// Everybody leaves.
    pub async fn leave(self) {
        self.people.iter().for_each(|person| person.do_send(Leave));
        sleep(LEAVE).await;
        for arbiter in self.arbiters {
            arbiter.stop();
        }
    }
}
