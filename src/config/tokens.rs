//! Secrets and lives of tokens.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sentinal_app::{Mode, Secret};

use super::Described;
use super::entropy::is_poor;
use super::variables::{ConfigError, Variables};

/// HS256 asks for a key as long as its hash.
const SECRET_BYTES_MIN: usize = 32;
/// Parts of secrets that stand in public examples.
const WELL_KNOWN: [&str; 6] = [
    "your-super-secret",
    "changeme",
    "change-me",
    "change_me",
    "your-secret",
    "your_jwt_secret",
];

/// `JWT_SECRET`, `JWT_EXPIRY_HOURS`, `REFRESH_EXPIRY_DAYS`.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What signs access tokens.
    pub secrets: JwtSecrets,
    /// Life of an access token.
    pub access_lifetime: Duration,
    /// Life of a refresh token that is not used.
    pub refresh_lifetime: Duration,
}

/// Where the secrets of access tokens come from.
#[derive(Clone, Debug)]
pub enum JwtSecrets {
    /// The first signs, all verify.
    Given(Vec<Secret>),
    /// One that the server makes at its first start and keeps in this file.
    Kept(PathBuf),
}

impl Tokens {
    pub(super) fn read(vars: &mut Variables, mode: Mode, data_dir: &Path) -> Self {
        let given = vars.list("JWT_SECRET").unwrap_or_default();
        if mode == Mode::Release {
            if given.is_empty() {
                vars.refuse(
                    "JWT_SECRET",
                    "set in release mode, for example to the output of `openssl rand -hex 32`",
                );
            } else if given.iter().any(|secret| is_guessable(secret)) {
                vars.refuse(
                    "JWT_SECRET",
                    "at least 32 bytes long and made by chance in release mode, no well-known example \
                     and no pattern; take the output of `openssl rand -hex 32`",
                );
            }
        }
        let secrets = if given.is_empty() {
            JwtSecrets::Kept(data_dir.join("jwt_secret"))
        } else {
            JwtSecrets::Given(given.into_iter().map(Secret::new).collect())
        };
        let hours = vars.number("JWT_EXPIRY_HOURS", 12, 1, 24 * 365);
        let days = vars.number("REFRESH_EXPIRY_DAYS", 14, 1, 3_650);
        Self {
            secrets,
            access_lifetime: Duration::from_secs(hours * 3600),
            refresh_lifetime: Duration::from_secs(days * 24 * 3600),
        }
    }

    pub(super) fn describe(&self) -> Vec<Described> {
        let secrets = match &self.secrets {
            JwtSecrets::Given(secrets) => format!("{} given", secrets.len()),
            JwtSecrets::Kept(file) => format!("kept in {}", file.display()),
        };
        let hours = self.access_lifetime.as_secs() / 3600;
        let days = self.refresh_lifetime.as_secs() / (24 * 3600);
        vec![
            ("token secrets", secrets),
            ("access token life", format!("{hours} h")),
            ("refresh token life", format!("{days} days")),
        ]
    }
}

impl JwtSecrets {
    /// The secrets themselves; makes the file if there is none.
    pub(super) fn load(&self) -> Result<Vec<Secret>, ConfigError> {
        match self {
            Self::Given(secrets) => Ok(secrets.clone()),
            Self::Kept(file) => {
                let secret = kept(file).map_err(|error| {
                    let file = file.display();
                    ConfigError::new(format!(
                        "The token secret in {file} is not usable: {error}."
                    ))
                })?;
                Ok(vec![secret])
            }
        }
    }
}

fn is_guessable(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    secret.len() < SECRET_BYTES_MIN
        || WELL_KNOWN.iter().any(|known| lower.contains(known))
        || is_poor(secret)
}

/// Reads the secret; the first one to start writes it. It is whole when it appears under its name,
/// so that two servers starting at once agree.
fn kept(file: &Path) -> io::Result<Secret> {
    match read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        outcome => return outcome,
    }
    if let Some(directory) = file.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    let text = format!(
        "{:032x}{:032x}",
        rand::random::<u128>(),
        rand::random::<u128>()
    );
    let draft = file.with_extension(format!("{}", uuid::Uuid::now_v7()));
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read(file),
    }
}

fn read(file: &Path) -> io::Result<Secret> {
    let text = fs::read_to_string(file)?;
    let text = text.trim();
    if text.len() < SECRET_BYTES_MIN {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is too short",
        ));
    }
    Ok(Secret::new(text))
}
