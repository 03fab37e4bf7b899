//! `sentinal-chat seed`: fills the database with people and conversations for a load test, and writes
//! down who they are, with a token for each.
//!
//! Ten thousand sign-ups would take an hour of password hashing. Here nobody has a password: logins
//! are rows like any other, and their access tokens are signed with the server's own secret. So it is
//! refused in release mode, where such a file would be the key to every account in it.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sentinal_app::{AccessTokens, ApiError, Mode};
use sentinal_protocol::limits::GROUP_MEMBERS_MAX;
use sentinal_protocol::{Clock, ConversationId, ConversationType, Timestamp, UserId};
use sentinal_store::{SeededConversation, SeededDevice, Store, StoreError};
use serde::Serialize;
use tokio::time::Instant;

use crate::config::{Config, ConfigError};
use crate::server::{self, StartError};

/// People of one run, so that the file and what is computed of them stay small.
const PEOPLE_MAX: u64 = 1_000_000;
/// The first revision of every conversation is its creation.
const FIRST_REVISION: u64 = 1;
/// What new rosters are numbered.
const FIRST_ROSTER: u64 = 1;

/// Whom to make.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// People, each with a device that has keys and is signed in
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(2..=PEOPLE_MAX))]
    people: u64,
    /// DMs that each of them takes part in
    #[arg(long, default_value_t = 10)]
    conversations: usize,
    /// Groups, as `COUNTxMEMBERS`: `10x100` is ten groups of a hundred people each
    #[arg(long, value_delimiter = ',')]
    groups: Vec<Groups>,
    /// What their names begin with; a second run on the same database needs another one
    #[arg(long, default_value = "person")]
    prefix: String,
    /// Where people, conversations and tokens are written, as JSON
    #[arg(long, value_name = "PATH", default_value = "population.json")]
    output: PathBuf,
}

/// Groups of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Groups {
    count: usize,
    members: usize,
}

impl FromStr for Groups {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('x').and_then(|(count, members)| {
            Some(Self {
                count: count.parse().ok()?,
                members: members.parse().ok()?,
            })
        });
        parsed
            .filter(|it| (2..=GROUP_MEMBERS_MAX).contains(&it.members))
            .ok_or_else(|| format!("COUNTxMEMBERS, with 2 to {GROUP_MEMBERS_MAX} members"))
    }
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The tokens in the file would open accounts that people rely on.
    #[error("people without passwords are made in debug and test mode only (`APP_MODE`)")]
    Release,
    /// So many conversations need more people.
    #[error(
        "{people} people cannot have {conversations} DMs each: it takes more people than DMs, and an \
         even number of them where the number of DMs is odd"
    )]
    TooFewPeople {
        /// How many there are.
        people: usize,
        /// DMs of each.
        conversations: usize,
    },
    /// A group needs more people than there are.
    #[error("a group of {0} needs as many people")]
    TooFewMembers(usize),
    /// The configuration has no usable secret.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened or migrated.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database failed, or has people of these names already.
    #[error("the database failed; if it holds a population already, choose another `--prefix`")]
    Database(#[from] StoreError),
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Token(#[from] ApiError),
    /// The file could not be written.
    #[error("{} cannot be written", .0.display())]
    Output(PathBuf, #[source] io::Error),
}

/// What was made.
#[derive(Debug)]
pub struct Report {
    people: usize,
    conversations: usize,
    took: Duration,
    output: PathBuf,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} people and {} conversations in {:.1} s; their tokens are in {}",
            self.people,
            self.conversations,
            self.took.as_secs_f64(),
            self.output.display()
        )
    }
}

/// The file: everything that a load test must know.
#[derive(Serialize)]
struct Population<'a> {
    people: Vec<Person<'a>>,
    conversations: Vec<Conversation>,
}

/// Somebody, and their login.
#[derive(Serialize)]
struct Person<'a> {
    user_id: UserId,
    /// The client's string for the device.
    device_id: &'a str,
    session_id: sentinal_protocol::LoginSessionId,
    access_token: String,
    expires_at: Timestamp,
}

/// A conversation and its members, by their places among the people.
#[derive(Serialize)]
struct Conversation {
    id: ConversationId,
    #[serde(rename = "type")]
    kind: ConversationType,
    members: Vec<usize>,
    revision: u64,
    roster_version: u64,
}

/// Makes them. No server may run on the database meanwhile.
pub async fn run(config: &Config, options: &Options) -> Result<Report, SeedError> {
    if config.mode == Mode::Release {
        return Err(SeedError::Release);
    }
    let started = Instant::now();
    let people = usize::try_from(options.people).unwrap_or(usize::MAX);
    let planned = plan(people, options.conversations, &options.groups)?;
    let secrets = config.settings()?.jwt_secrets;
    let tokens = AccessTokens::new(&secrets, config.tokens.access_lifetime);
    let database = server::open_exclusive(config).await?;
    let made = fill(&database.store, options, &planned).await;
    database.store.clone().close().await?;
    let (devices, ids, now) = made?;

    let mut written = Vec::with_capacity(devices.len());
    for device in &devices {
        let (access_token, expires_at) =
            tokens.issue(device.user_id, device.session_id, device.device_id, now)?;
        written.push(Person {
            user_id: device.user_id,
            device_id: &device.name,
            session_id: device.session_id,
            access_token,
            expires_at,
        });
    }
    let conversations = planned.into_iter().zip(ids).map(|(planned, id)| {
        let Planned { kind, members } = planned;
        Conversation {
            id,
            kind,
            members,
            revision: FIRST_REVISION,
            roster_version: FIRST_ROSTER,
        }
    });
    let population = Population {
        people: written,
        conversations: conversations.collect(),
    };
    write(&options.output, &population)
        .map_err(|error| SeedError::Output(options.output.clone(), error))?;
    Ok(Report {
        people: population.people.len(),
        conversations: population.conversations.len(),
        took: started.elapsed(),
        output: options.output.clone(),
    })
}

/// A conversation that is to be made, of people by number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    kind: ConversationType,
    members: Vec<usize>,
}

/// Who talks to whom: people stand in a circle, each has DMs with the nearest ones on both sides, and
/// for an odd number with whoever stands opposite. Groups are neighbours, one group after the other.
fn plan(people: usize, conversations: usize, groups: &[Groups]) -> Result<Vec<Planned>, SeedError> {
    let odd = !conversations.is_multiple_of(2);
    if conversations >= people || odd && !people.is_multiple_of(2) {
        return Err(SeedError::TooFewPeople {
            people,
            conversations,
        });
    }
    let mut planned = Vec::with_capacity(people * conversations / 2);
    let mut pair = |one: usize, other: usize| {
        planned.push(Planned {
            kind: ConversationType::Dm,
            members: vec![one, other % people],
        });
    };
    for person in 0..people {
        for distance in 1..=conversations / 2 {
            pair(person, person + distance);
        }
    }
    if odd {
        for person in 0..people / 2 {
            pair(person, person + people / 2);
        }
    }
    let mut next = 0;
    for group in groups {
        if group.members > people {
            return Err(SeedError::TooFewMembers(group.members));
        }
        for _ in 0..group.count {
            let members = (next..next + group.members).map(|person| person % people);
            planned.push(Planned {
                kind: ConversationType::Group,
                members: members.collect(),
            });
            next += group.members;
        }
    }
    Ok(planned)
}

type Made = (Vec<SeededDevice>, Vec<ConversationId>, Timestamp);

async fn fill(store: &Store, options: &Options, planned: &[Planned]) -> Result<Made, SeedError> {
    let now = Clock::system().now();
    let names: Vec<String> = (0..options.people)
        .map(|number| format!("{}{number}", options.prefix))
        .collect();
    let devices = store.db_add_people(&names, 1, now).await?;
    let of = |planned: &Planned| SeededConversation {
        kind: planned.kind,
        members: planned
            .members
            .iter()
            .filter_map(|number| devices.get(*number))
            .map(|device| device.user_id)
            .collect(),
    };
    let conversations: Vec<_> = planned.iter().map(of).collect();
    let ids = store.db_add_conversations(&conversations, now).await?;
    store.db_analyze().await?;
    Ok((devices, ids, now))
}

/// Only the owner may read it: it holds tokens.
fn write(path: &Path, population: &Population<'_>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = BufWriter::new(options.open(path)?);
    serde_json::to_writer(&mut file, population)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_has_as_many_dms_as_asked_for_and_each_pair_one() {
        for (people, conversations) in [(12, 10), (10, 3), (3, 2), (2, 1)] {
            let planned = plan(people, conversations, &[]).unwrap();
            let mut pairs = HashSet::new();
            let mut counts = vec![0; people];
            for one in &planned {
                let mut members = one.members.clone();
                members.sort_unstable();
                for &member in &members {
                    counts[member] += 1;
                }
                assert!(pairs.insert(members), "{people} people: {one:?} twice");
            }
            assert_eq!(counts, vec![conversations; people], "{people} people");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(
            plan(10, 10, &[]),
            Err(SeedError::TooFewPeople { .. })
        ));
        assert!(matches!(
            plan(11, 3, &[]),
            Err(SeedError::TooFewPeople { .. })
        ));
        let groups: Groups = "1x11".parse().unwrap();
        assert!(matches!(
            plan(10, 2, &[groups]),
            Err(SeedError::TooFewMembers(11))
        ));
        for wrong in ["", "10", "1x1", "ax5", "1x100000"] {
            assert!(wrong.parse::<Groups>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn groups_are_neighbours() {
        let groups: Groups = "2x3".parse().unwrap();
        let planned = plan(5, 0, &[groups]).unwrap();
        let members: Vec<_> = planned.iter().map(|one| one.members.clone()).collect();
        assert_eq!(members, [vec![0, 1, 2], vec![3, 4, 0]]);
    }
}
