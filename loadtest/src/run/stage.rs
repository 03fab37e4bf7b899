//! The server under load and what belongs to it: database, population, and whatever breaks frames on
//! the way to it.

use std::path::PathBuf;
use std::time::Duration;

use sentinal_client::Client;
use sentinal_protocol::api::PageQuery;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::Options;
use crate::Outcome;
use crate::database::Databases;
use crate::population_file::PopulationFile;
use crate::process::{self, Server};
use crate::proxy::Proxy;
use crate::scenario::Scenario;
use crate::watch::Watch;

/// How long the server may take to be ready.
const READY_PATIENCE: Duration = Duration::from_mins(1);
/// Pause between two looks at a state that nobody announces.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What every process of a run must know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Where the server is.
    pub base_url: String,
    /// The run's own number.
    pub run: u64,
    /// What is done.
    pub scenario: Scenario,
    /// Who there is; a file on this machine.
    pub population: PathBuf,
    /// What the database is.
    pub database: String,
    /// How long nothing may move before what is missing counts as lost, seconds.
    pub patience_seconds: u64,
}

/// The server under load.
pub struct Stage {
    plan: Plan,
    server: Option<Server>,
    proxy: Option<Proxy>,
    databases: Option<Databases>,
    _directory: Option<TempDir>,
}

impl Stage {
    /// Sets it up, unless a server is named that runs already.
    pub async fn set(options: &Options, scenario: &Scenario) -> Outcome<Self> {
        let run = u64::from(std::process::id()) << 32 | crate::board::now_us() & 0xffff_ffff;
        let mut plan = Plan {
            base_url: String::new(),
            run,
            scenario: scenario.clone(),
            population: PathBuf::new(),
            database: String::new(),
            patience_seconds: options.patience,
        };
        let mut stage = if let (Some(url), Some(population)) = (&options.url, &options.population) {
            plan.base_url = url.to_string();
            plan.population.clone_from(population);
            "unknown".clone_into(&mut plan.database);
            Self {
                plan,
                server: None,
                proxy: None,
                databases: None,
                _directory: None,
            }
        } else {
            Self::own(options, plan).await?
        };
        stage.ready().await?;
        if let Some(breaks) = options.breaks {
            let late = Duration::from_millis(stage.plan.scenario.late_after_ms);
            let proxy = Proxy::start(&stage.plan.base_url, breaks, options.one_in, late).await?;
            stage.plan.base_url = proxy.base_url();
            stage.proxy = Some(proxy);
        }
        Ok(stage)
    }

    /// A server of its own, on a fresh database with a fresh population.
    async fn own(options: &Options, mut plan: Plan) -> Outcome<Self> {
        let binary = process::find(options.server.as_deref())?;
        let parent = options.directory.clone().unwrap_or_else(std::env::temp_dir);
        let directory = TempDir::with_prefix_in("sentinal-load-", parent)?;
        let mut databases = Databases::new(directory.path(), options.database.clone());
        plan.database = databases.kind().to_owned();
        plan.population = directory.path().join("population.json");
        let made = async {
            let database = databases.create().await?;
            let server = process::Place {
                binary: &binary,
                database_url: &database.url,
                directory: directory.path(),
            };
            let seeded = server.seed(&plan.scenario, &plan.population)?;
            eprintln!("{}", seeded.trim());
            server.start()
        };
        let made: Outcome<Server> = made.await;
        let server = match made {
            Ok(server) => server,
            Err(error) => {
                databases.remove_all().await?;
                return Err(error);
            }
        };
        server.base_url().clone_into(&mut plan.base_url);
        Ok(Self {
            plan,
            server: Some(server),
            proxy: None,
            databases: Some(databases),
            _directory: Some(directory),
        })
    }

    /// Waits until the server answers the first of the population.
    async fn ready(&mut self) -> Outcome {
        let population = PopulationFile::read(&self.plan.population)?;
        let first = population.people.first().ok_or("a population of nobody")?;
        let client = Client::new(&self.plan.base_url)?;
        client.set_login(Some(first.login()));
        let until = Instant::now() + READY_PATIENCE;
        loop {
            self.check_alive()?;
            match client.conversations(PageQuery::default()).await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() >= until => return Err(error.into()),
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
    }

    /// What every process must know.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What can be seen of the server.
    pub fn watch(&self) -> Outcome<Watch> {
        Watch::new(self.server.as_ref().map(Server::pid), &self.plan.base_url)
    }

    /// Fails if the server has ended.
    pub fn check_alive(&mut self) -> Outcome {
        self.server.as_mut().map_or(Ok(()), Server::check_alive)
    }

    /// What was broken on the way, in words.
    pub fn broken(&self) -> Option<String> {
        self.proxy.as_ref().map(Proxy::told)
    }

    /// Stops and removes what was started; whether the server ended well.
    pub async fn clear(self) -> Outcome<bool> {
        let ended_well = match self.server {
            Some(server) => server.stop().await?,
            None => true,
        };
        if let Some(mut databases) = self.databases {
            databases.remove_all().await?;
        }
        Ok(ended_well)
    }
}
