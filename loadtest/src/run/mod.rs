//! `run`: people live for a while on a server, and what it promises is checked meanwhile.
//!
//! The steps: a server is started on an empty database that `sentinal-chat seed` fills (or one that
//! runs is named), everybody arrives, the scripts are played, nothing new is begun, what is on its way
//! arrives, the server is asked what it thinks of it, everybody leaves.

mod crew;
mod options;
mod share;
mod stage;

use std::time::Duration;

use self::crew::Crew;
pub use self::options::Options;
use self::share::Leader;
pub use self::stage::{Plan, Stage};
use crate::Outcome;
use crate::progress::Progress;
use crate::report::{Report, Totals};
use crate::sampler::Sampler;

/// Runs; whether every promise held.
pub async fn run(options: &Options) -> Outcome<bool> {
    if let Some(address) = options.join {
        return share::join(address, options).await;
    }
    let scenario = options.scenario()?;
    let mut stage = Stage::set(options, &scenario).await?;
    let led = lead(options, &mut stage).await;
    let ended_well = stage.clear().await?;
    let mut report = led?;
    report.ended_well = ended_well;
    report.print();
    report.write(&options.output)?;
    Ok(report.holds())
}

/// Leads a run, alone or with others.
async fn lead(options: &Options, stage: &mut Stage) -> Outcome<Report> {
    let plan = stage.plan().clone();
    let mut leader = Leader::meet(options, &plan).await?;
    let crew = Crew::new(&plan, leader.part(), options.threads, options.addresses)?;
    let progress = Progress::new(options.quiet);
    crew.arrive(&progress).await;
    leader.all_arrived().await?;

    let mut sampler = Sampler::start(stage.watch()?, crew.world()).await;
    let length = Duration::from_secs(plan.scenario.duration_seconds);
    crew.play();
    sampler.watch(length, &progress, stage).await?;
    crew.end();
    crew.settle(&progress).await?;
    leader.all_settled().await?;
    crew.conclude().await?;
    sampler.finish().await;
    crew.verify(options.verify, &progress).await?;
    progress.done();
    let mut totals = Totals::of(crew.board());
    for others in leader.totals().await? {
        totals.add(others);
    }
    crew.leave().await;
    Ok(Report::new(plan, totals, sampler, stage.broken()))
}
