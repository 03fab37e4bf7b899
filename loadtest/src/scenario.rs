//! What a run does: how many people, who talks to whom, and how they behave.
//!
//! A scenario is a small TOML file; what is left out has the values of [`Scenario::default`], and
//! flags of the command line win over the file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What it is called in reports.
    pub name: String,
    /// People with a socket each.
    pub people: usize,
    /// DMs that each of them takes part in.
    pub dms_each: usize,
    /// Groups beside them.
    pub groups: Vec<Groups>,
    /// Time over which people arrive, seconds.
    pub ramp_seconds: u64,
    /// Time from the moment when everybody is there until nobody begins anything new, seconds.
    pub duration_seconds: u64,
    /// Bytes of each ciphertext.
    pub bytes: usize,
    /// A live message that arrives later than this after the moment at which it was to be sent is
    /// late, milliseconds.
    pub late_after_ms: u64,
    /// What all choices are drawn from: the same number, the same choices.
    pub seed: u64,
    /// How many follow which script.
    pub scripts: Shares,
    /// How often what happens.
    pub rates: Rates,
}

/// Groups of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Groups {
    /// How many.
    pub count: usize,
    /// People in each.
    pub members: usize,
}

/// Parts of the population that follow each script; only their proportions count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shares {
    /// Listens and acknowledges.
    pub idle: f64,
    /// Sends, and reads what comes.
    pub chatter: f64,
    /// Goes away and comes back.
    pub reader: f64,
    /// Stops taking frames from its socket for a while.
    pub slow_reader: f64,
    /// Types more than it sends.
    pub typer: f64,
    /// Calls others.
    pub caller: f64,
    /// Is written to by people who have just signed up.
    pub newcomer: f64,
}

/// How often what happens, for one person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Messages of a chatter, per minute.
    pub messages_per_minute: f64,
    /// Part of its messages that goes to groups, where it is in one.
    pub group_share: f64,
    /// Conversations that somebody who is there marks as read, per minute.
    pub marks_per_minute: f64,
    /// How long readers and slow readers read, seconds.
    pub present_seconds: f64,
    /// How long readers are away, seconds.
    pub away_seconds: f64,
    /// How long slow readers read nothing, seconds; below a minute, after which a server hangs up.
    pub slow_seconds: f64,
    /// Times that a typer starts and stops typing, per minute.
    pub typing_per_minute: f64,
    /// Calls of a caller, per minute.
    pub calls_per_minute: f64,
    /// People who sign up to write to one `newcomer`, per minute.
    pub newcomers_per_minute: f64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "mixed".to_owned(),
            people: 200,
            dms_each: 10,
            groups: vec![Groups {
                count: 2,
                members: 50,
            }],
            ramp_seconds: 5,
            duration_seconds: 30,
            bytes: 256,
            late_after_ms: 5_000,
            seed: 1,
            scripts: Shares::default(),
            rates: Rates::default(),
        }
    }
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            idle: 50.0,
            chatter: 30.0,
            reader: 8.0,
            slow_reader: 4.0,
            typer: 4.0,
            caller: 3.0,
            newcomer: 1.0,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            messages_per_minute: 30.0,
            group_share: 0.2,
            marks_per_minute: 6.0,
            present_seconds: 6.0,
            away_seconds: 4.0,
            slow_seconds: 8.0,
            typing_per_minute: 20.0,
            calls_per_minute: 6.0,
            newcomers_per_minute: 6.0,
        }
    }
}

/// How somebody behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// See [`Shares::idle`].
    Idle,
    /// See [`Shares::chatter`].
    Chatter,
    /// See [`Shares::reader`].
    Reader,
    /// See [`Shares::slow_reader`].
    SlowReader,
    /// See [`Shares::typer`].
    Typer,
    /// See [`Shares::caller`].
    Caller,
    /// See [`Shares::newcomer`].
    Newcomer,
}

impl Shares {
    fn parts(&self) -> [(Script, f64); 7] {
        [
            (Script::Chatter, self.chatter),
            (Script::Reader, self.reader),
            (Script::SlowReader, self.slow_reader),
            (Script::Typer, self.typer),
            (Script::Caller, self.caller),
            (Script::Newcomer, self.newcomer),
            (Script::Idle, self.idle),
        ]
    }

    /// The script of one of so many people. Scripts are spread evenly over all numbers, so that
    /// neighbours, who talk to each other, differ.
    pub fn script_of(&self, number: usize) -> Script {
        let parts = self.parts();
        let all: f64 = parts.iter().map(|(_, part)| part).sum();
        // Multiples of the golden ratio fill the interval from 0 to 1 evenly.
        let mut at = (number as f64 * 0.618_033_988_749_895).fract() * all;
        for (script, part) in parts {
            if at < part {
                return script;
            }
            at -= part;
        }
        Script::Idle
    }
}

impl Scenario {
    /// Reads a file.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// Fails with what is wrong if it cannot be run.
    pub fn check(&self) -> Outcome {
        let shares = self.scripts.parts();
        let rates = self.rates;
        let numbers = [
            rates.messages_per_minute,
            rates.marks_per_minute,
            rates.typing_per_minute,
            rates.calls_per_minute,
            rates.newcomers_per_minute,
        ];
        let pauses = [
            rates.present_seconds,
            rates.away_seconds,
            rates.slow_seconds,
        ];
        if self.people < 2 {
            return Err("a run needs two people or more".into());
        }
        if shares
            .iter()
            .any(|(_, part)| !part.is_finite() || *part < 0.0)
            || shares.iter().map(|(_, part)| part).sum::<f64>() <= 0.0
        {
            return Err("[scripts]: shares are numbers of 0 or more, one of them above 0".into());
        }
        if numbers.iter().any(|it| !it.is_finite() || *it < 0.0)
            || pauses.iter().any(|it| !it.is_finite() || *it < 0.1)
            || !(0.0..=1.0).contains(&rates.group_share)
        {
            return Err(
                "[rates]: rates are 0 or more, times 0.1 seconds or more, `group_share` from 0 to 1"
                    .into(),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_come_in_their_proportions() {
        let shares = Shares::default();
        let chatters = (0..10_000).filter(|&it| shares.script_of(it) == Script::Chatter);
        assert!((2_950..3_050).contains(&chatters.count()));
        let idle = Shares {
            idle: 1.0,
            chatter: 0.0,
            reader: 0.0,
            slow_reader: 0.0,
            typer: 0.0,
            caller: 0.0,
            newcomer: 0.0,
        };
        assert!((0..100).all(|it| idle.script_of(it) == Script::Idle));
    }

    #[test]
    fn a_file_names_only_what_differs() {
        let text = "people = 7\n[[groups]]\ncount = 1\nmembers = 3\n[scripts]\nidle = 0\n";
        let scenario: Scenario = toml::from_str(text).unwrap();
        assert_eq!((scenario.people, scenario.groups.len()), (7, 1));
        assert!(scenario.scripts.idle.abs() < f64::EPSILON);
        assert_eq!(scenario.rates, Rates::default());
        assert!(scenario.check().is_ok());
        assert!(toml::from_str::<Scenario>("peple = 7").is_err());
    }
}
