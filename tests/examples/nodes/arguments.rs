//! What is to be done: the command line.

use std::time::Duration;

use crate::stage::Fault;

/// How long faults are caused unless told otherwise.
const MINUTES: u64 = 10;

/// The command line.
#[derive(Debug)]
pub struct Arguments {
    pub duration: Duration,
    pub seed: u64,
    pub faults: Vec<Fault>,
}

impl Arguments {
    /// Reads it; an error says what is wrong.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            duration: Duration::from_mins(MINUTES),
            seed: rand::random(),
            faults: Fault::ALL.iter().map(|(_, fault)| *fault).collect(),
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("{name} needs a value"))?;
            let number = || value.parse().map_err(|_| format!("{name} needs a number"));
            match name.as_str() {
                "--minutes" => arguments.duration = Duration::from_secs(number()? * 60),
                "--seconds" => arguments.duration = Duration::from_secs(number()?),
                "--seed" => arguments.seed = number()?,
                "--only" => arguments.faults = faults(&value)?,
                _ => return Err(format!("{name} is not known")),
            }
        }
        Ok(arguments)
    }
}

fn faults(names: &str) -> Result<Vec<Fault>, String> {
    let known = |name: &str| {
        let found = Fault::ALL.iter().find(|(known, _)| *known == name);
        let found = found.map(|(_, fault)| *fault);
        found.ok_or_else(|| {
            let all: Vec<&str> = Fault::ALL.iter().map(|(name, _)| *name).collect();
            format!("{name} is none of {}", all.join(", "))
        })
    };
    names.split(',').map(known).collect()
}
