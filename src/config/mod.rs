//! The configuration: one struct per concern, read from the environment and checked at the start.
//!
//! With no variable at all the server runs: SQLite and files under `./data`, no Redis, a generated
//! secret kept there. In release mode what would be unsafe stops the start.

mod calls;
mod database;
mod entropy;
mod files;
mod listen;
mod logging;
mod mail;
mod network;
mod push;
mod rate_limits;
mod redis;
mod tokens;
mod variables;

pub use calls::Calls;
pub use database::{Database, Durability};
pub use files::Files;
pub use listen::Listen;
pub use logging::{LogFormat, Logging};
pub use mail::Mail;
pub use network::Network;
pub use redis::Redis;
pub use tokens::{JwtSecrets, Tokens};
pub use variables::ConfigError;

use std::fmt::Write as _;
use std::path::PathBuf;

use sentinal_app::{Mode, PushSettings, RateLimitSettings, Settings, Verify};
use sentinal_protocol::limits;

use variables::Variables;

/// bcrypt's cost: 290 ms of one core. Tests hash hundreds of passwords and take the least.
const BCRYPT_COST: u64 = 12;
const BCRYPT_COST_TEST: u64 = 4;
/// The least in release mode (OWASP's Password Storage Cheat Sheet).
const BCRYPT_COST_RELEASE: u64 = 10;

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the server is run.
    pub mode: Mode,
    /// Where it listens.
    pub listen: Listen,
    /// Where the database is.
    pub database: Database,
    /// Directory of everything kept outside the database.
    pub data_dir: PathBuf,
    /// Access and refresh tokens.
    pub tokens: Tokens,
    /// bcrypt's cost of new passwords.
    pub bcrypt_cost: u32,
    /// How mail leaves.
    pub mail: Mail,
    /// What to do with signatures of signed prekeys.
    pub e2ee_verify: Verify,
    /// Who may do how much.
    pub rate_limits: RateLimitSettings,
    /// Conversations that a user may take part in.
    pub conversations_max: u64,
    /// Pages, proxies and operators.
    pub network: Network,
    /// Uploaded files.
    pub files: Files,
    /// Who wakes devices that have no socket.
    pub push: PushSettings,
    /// Help for devices in calls.
    pub calls: Calls,
    /// Redis, if one is named.
    pub redis: Option<Redis>,
    /// What is logged, and how.
    pub logging: Logging,
}

impl Config {
    /// Reads the environment and `.env`.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(Variables::from_environment()?)
    }

    /// Reads exactly these variables.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, ConfigError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self::read(Variables::from_pairs(pairs))
    }

    fn read(mut variables: Variables) -> Result<Self, ConfigError> {
        let vars = &mut variables;
        let mode = vars.word(
            "APP_MODE",
            Mode::Debug,
            &[
                ("debug", Mode::Debug),
                ("release", Mode::Release),
                ("test", Mode::Test),
            ],
        );
        let data_dir = PathBuf::from(vars.text("DATA_DIR").unwrap_or("data"));
        let bcrypt_default = match mode {
            Mode::Test => BCRYPT_COST_TEST,
            Mode::Debug | Mode::Release => BCRYPT_COST,
        };
        let bcrypt_cost = vars.number("BCRYPT_COST", bcrypt_default, 4, 16);
        if mode == Mode::Release && bcrypt_cost < BCRYPT_COST_RELEASE {
            let what = format!("{BCRYPT_COST_RELEASE} or more in release mode");
            vars.refuse("BCRYPT_COST", &what);
        }
        let e2ee_verify = vars.word(
            "E2EE_VERIFY",
            Verify::Warn,
            &[
                ("off", Verify::Off),
                ("warn", Verify::Warn),
                ("strict", Verify::Strict),
            ],
        );
        let redis = Redis::read(vars);
        let files = Files::read(vars, &data_dir);
        if mode == Mode::Release && redis.is_some() && files.is_local() {
            vars.refuse(
                "FILES_SHARED",
                "`on`, with FILES_DIR in a directory that all nodes share, or S3_BUCKET be set: \
                 Redis says that there are several nodes",
            );
        }
        let config = Self {
            mode,
            listen: Listen::read(vars, mode),
            database: Database::read(vars, mode, &data_dir),
            tokens: Tokens::read(vars, mode, &data_dir),
            data_dir,
            bcrypt_cost: u32::try_from(bcrypt_cost).unwrap_or(12),
            mail: Mail::read(vars, mode),
            e2ee_verify,
            rate_limits: rate_limits::read(vars, mode),
            conversations_max: vars.number(
                "CONVERSATIONS_MAX",
                limits::CONVERSATIONS_MAX,
                1,
                1_000_000,
            ),
            network: Network::read(vars, mode),
            files,
            push: push::read(vars, mode),
            calls: Calls::read(vars, mode),
            redis,
            logging: Logging::read(vars),
        };
        variables.finish()?;
        Ok(config)
    }

    /// The values that the use cases need. Makes the generated secret if there is none yet.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        Ok(Settings {
            mode: self.mode,
            jwt_secrets: self.tokens.secrets.load()?,
            access_lifetime: self.tokens.access_lifetime,
            refresh_lifetime: self.tokens.refresh_lifetime,
            bcrypt_cost: self.bcrypt_cost,
            smtp_url: self.mail.smtp_url.clone(),
            mail_from: self.mail.from.clone(),
            registration_email: self.mail.registration,
            e2ee_verify: self.e2ee_verify,
            rate_limits: self.rate_limits.clone(),
            data_dir: self.data_dir.clone(),
            files: self.files.settings.clone(),
            push: self.push.clone(),
            bus: self.redis.as_ref().map(|redis| redis.0.clone()),
            calls: self.calls.settings.clone(),
            public_url: self.network.public_url.clone(),
        })
    }

    /// What is set to what, one per line, without secrets.
    pub fn describe(&self) -> String {
        let mode = match self.mode {
            Mode::Debug => "debug",
            Mode::Release => "release",
            Mode::Test => "test",
        };
        let verify = match self.e2ee_verify {
            Verify::Off => "off",
            Verify::Warn => "warn",
            Verify::Strict => "strict",
        };
        let mut lines = vec![("mode", mode.to_owned())];
        lines.extend(self.listen.describe());
        lines.extend(self.database.describe());
        lines.push(("data directory", self.data_dir.display().to_string()));
        lines.extend(self.tokens.describe());
        lines.push(("bcrypt cost", self.bcrypt_cost.to_string()));
        lines.extend(self.mail.describe());
        lines.push(("prekey signatures", verify.to_owned()));
        lines.extend(rate_limits::describe(&self.rate_limits));
        lines.push(("conversations max", self.conversations_max.to_string()));
        lines.extend(self.network.describe());
        lines.extend(self.files.describe());
        lines.extend(push::describe(&self.push));
        lines.extend(self.calls.describe());
        lines.push(match &self.redis {
            Some(redis) => ("redis", redis.describe()),
            None => ("redis", "none".to_owned()),
        });
        lines.extend(self.logging.describe());
        let mut text = String::new();
        for (name, value) in lines {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<22}{value}");
        }
        text
    }
}

/// One line of [`Config::describe`].
type Described = (&'static str, String);

#[cfg(test)]
mod tests;
