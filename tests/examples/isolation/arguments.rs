//! What is to be done: the command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::attack::Attack;

/// How long each attack lasts unless told otherwise, seconds.
const SECONDS: u64 = 60;

/// The command line.
#[derive(Debug)]
pub struct Arguments {
    pub duration: Duration,
    /// Of the attack in full, percent.
    pub size: usize,
    pub only: Vec<String>,
    /// So many times the promised limits are not yet a broken promise: for machines with other work
    /// to do, and for debug builds.
    pub slack: u32,
    pub report: Option<PathBuf>,
}

impl Arguments {
    /// Reads it; an error says what is wrong.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            duration: Duration::from_secs(SECONDS),
            size: 100,
            only: Vec::new(),
            slack: 1,
            report: None,
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("{name} needs a value"))?;
            let number = || {
                let number = value.parse::<u32>().ok().filter(|number| *number > 0);
                number.ok_or(format!("{name} is a number of 1 or more"))
            };
            match name.as_str() {
                "--seconds" => arguments.duration = Duration::from_secs(number()?.into()),
                "--size" => arguments.size = number()? as usize,
                "--slack" => arguments.slack = number()?,
                "--only" => arguments.only = value.split(',').map(str::to_owned).collect(),
                "--report" => arguments.report = Some(value.into()),
                _ => return Err(format!("{name} is not known")),
            }
        }
        let unknown = |name: &&String| !Attack::ALL.iter().any(|attack| attack.name() == *name);
        match arguments.only.iter().find(unknown) {
            Some(name) => Err(format!("the attack {name} is not known")),
            None => Ok(arguments),
        }
    }
}
