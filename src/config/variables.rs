//! The environment and `.env` as named texts, and how values are read from them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// The variables as they are given. An empty one counts as absent.
///
/// Values stay text until a name says what they are: layers that guess types (figment's `Env` among
/// them) turn the password `0123` into a number. What is wrong is collected, so that one start
/// names every mistake.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, String>,
    wrong: Vec<String>,
}

/// The configuration cannot be used; each line names a variable and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl ConfigError {
    /// One mistake.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(vec![sentence.into()])
    }
}

impl Variables {
    /// The process's environment; what it lacks comes from `.env` in the working directory.
    pub(super) fn from_environment() -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        match dotenvy::from_filename_iter(".env") {
            Ok(lines) => {
                for line in lines {
                    // The error would quote the line, which may hold a secret.
                    let (name, value) = line
                        .map_err(|_| ConfigError::new(".env has a line that is no NAME=value."))?;
                    values.insert(name, value);
                }
            }
            Err(dotenvy::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return Err(ConfigError::new(".env cannot be read.")),
        }
        for (name, value) in std::env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                values.insert(name, value);
            }
        }
        Ok(Self {
            values,
            wrong: Vec::new(),
        })
    }

    /// Exactly these.
    pub(super) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self {
            values: pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            wrong: Vec::new(),
        }
    }

    /// The text of a variable.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The items of a comma list; `None` if the variable is absent.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let items = self.text(name)?.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        Some(items.map(str::to_owned).collect())
    }

    /// Notes that a variable is not `what` it must be. The value is not repeated: it may be secret.
    pub(super) fn refuse(&mut self, name: &str, what: &str) {
        self.wrong.push(format!("{name} must be {what}."));
    }

    /// The value of a variable, read by `read`; the default if it is absent or wrong.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        what: &str,
        default: T,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        if let Some(value) = read(text) {
            return value;
        }
        self.refuse(name, what);
        default
    }

    /// A number between two ends.
    pub(super) fn number(&mut self, name: &str, default: u64, from: u64, to: u64) -> u64 {
        let what = format!("a number from {from} to {to}");
        self.read(name, &what, default, |text| {
            let number = text.parse().ok()?;
            (from..=to).contains(&number).then_some(number)
        })
    }

    /// One of several words, in any letter case.
    pub(super) fn word<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let what = format!("one of: {}", names.join(", "));
        self.read(name, &what, default, |text| {
            let mut words = words.iter();
            let found = words.find(|(word, _)| word.eq_ignore_ascii_case(text))?;
            Some(found.1)
        })
    }

    /// Everything that was wrong, if anything was.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(self.wrong))
        }
    }
}
