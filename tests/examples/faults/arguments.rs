//! What is to be done: the command line.

use std::path::PathBuf;
use std::time::Duration;

/// How long faults are caused unless told otherwise.
const MINUTES: u64 = 10;

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file of its own.
    Sqlite,
    /// On an instance of its own.
    PrivatePostgres,
    /// On this server, behind a proxy of its own.
    Postgres(String),
}

/// The command line.
#[derive(Debug)]
pub struct Arguments {
    pub duration: Duration,
    pub database: Database,
    pub seed: u64,
    pub only: Vec<String>,
    /// Times as late as promised is not yet a broken promise: for machines with other work to do.
    pub slack: u32,
    pub report: Option<PathBuf>,
}

impl Arguments {
    /// Reads it; an error says what is wrong.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            duration: Duration::from_mins(MINUTES),
            database: Database::Sqlite,
            seed: rand::random(),
            only: Vec::new(),
            slack: 1,
            report: None,
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("{name} needs a value"))?;
            let number = || value.parse().map_err(|_| format!("{name} needs a number"));
            match name.as_str() {
                "--minutes" => arguments.duration = Duration::from_secs(number()? * 60),
                "--seconds" => arguments.duration = Duration::from_secs(number()?),
                "--slack" => {
                    let times = u32::try_from(number()?).ok().filter(|times| *times > 0);
                    arguments.slack = times.ok_or("--slack is 1 or more")?;
                }
                "--seed" => arguments.seed = number()?,
                "--only" => arguments.only = value.split(',').map(str::to_owned).collect(),
                "--report" => arguments.report = Some(value.into()),
                "--database" => arguments.database = database(&value)?,
                _ => return Err(format!("{name} is not known")),
            }
        }
        Ok(arguments)
    }
}

fn database(value: &str) -> Result<Database, String> {
    match value {
        "sqlite" => Ok(Database::Sqlite),
        "postgres" => Ok(Database::PrivatePostgres),
        url if url.starts_with("postgres://") => Ok(Database::Postgres(url.to_owned())),
        _ => Err(format!("--database {value} is not known")),
    }
}
