//! The values of the configuration that the use cases need.

use std::path::PathBuf;
use std::time::Duration;

use sentinal_actors::bus::BusSettings;
use sentinal_actors::push::PushSettings;
use sentinal_actors::secret::Secret;
use sentinal_protocol::limits;
use sentinal_store::StorageQuota;

/// How the server is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a developer's machine: mail may go to the log, a secret may be generated.
    Debug,
    /// For real: what is unsafe stops the start.
    Release,
    /// Inside a test.
    Test,
}

/// What to do with a signed prekey whose signature does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Do not look.
    Off,
    /// Say so in the log.
    Warn,
    /// Refuse it.
    Strict,
}

/// What is asked of the e-mail address that somebody registers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationEmail {
    /// Nothing; its owner may prove it.
    Off,
    /// A code is mailed to it.
    Optional,
    /// A code is mailed to it, and until it is proved the account can do nothing else.
    Required,
}

/// Where devices in a call find help to reach each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSettings {
    /// Servers that tell a device its address.
    pub stun_urls: Vec<String>,
    /// Servers that relay.
    pub turn_urls: Vec<String>,
    /// What they share with us to check credentials.
    pub turn_secret: Option<Secret>,
    /// How long credentials are good for.
    pub turn_ttl: Duration,
}

impl Default for CallSettings {
    /// None. Credentials are good for as long as a call may be.
    fn default() -> Self {
        Self {
            stun_urls: Vec::new(),
            turn_urls: Vec::new(),
            turn_secret: None,
            turn_ttl: Duration::from_hours(12),
        }
    }
}

/// So many requests in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests that a full bucket allows at once; at least 1.
    pub requests: u32,
    /// Time in which an empty bucket becomes full.
    pub period: Duration,
}

/// The quotas; `None` means no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// Registration, changes of identities, password resets, refresh, failed logins and other wrong
    /// passwords.
    pub auth: Option<Quota>,
    /// Sends and edits by both doors.
    pub messages: Option<Quota>,
    /// Calls that a user makes.
    pub calls: Option<Quota>,
    /// Everything else that a user does.
    pub general: Option<Quota>,
    /// New sockets of a user.
    pub ws_connect: Option<Quota>,
    /// Accounts made from one network, beside [`Self::auth`].
    pub registrations: Option<Quota>,
    /// Requests for files from an address.
    pub files: Option<Quota>,
    /// Recipients of a user's broadcasts.
    pub broadcast: Option<Quota>,
    /// People whom a user puts into groups without being a contact of theirs; by how many such users
    /// somebody is put into groups: half as many.
    pub strangers: Option<Quota>,
    /// Changes of a user's keys and new devices.
    pub keys: Option<Quota>,
    /// How often a user comes back to one and the same conversation.
    pub rejoin: Option<Quota>,
}

impl RateLimitSettings {
    /// No limits at all.
    pub const OFF: Self = Self {
        auth: None,
        messages: None,
        calls: None,
        general: None,
        ws_connect: None,
        registrations: None,
        files: None,
        broadcast: None,
        strangers: None,
        keys: None,
        rejoin: None,
    };
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        let within = |requests, period| Some(Quota { requests, period });
        let per_minute = |requests| within(requests, Duration::from_mins(1));
        let per_hour = |requests| within(requests, Duration::from_hours(1));
        Self {
            auth: per_minute(5),
            messages: per_minute(30),
            calls: per_minute(10),
            general: per_minute(100),
            ws_connect: per_minute(10),
            registrations: Some(Quota {
                requests: 100,
                period: Duration::from_hours(24),
            }),
            // A gallery of pictures, or a film that is looked through.
            files: per_minute(600),
            broadcast: per_hour(2_000),
            strangers: within(100, Duration::from_hours(24)),
            keys: per_hour(20),
            rejoin: per_hour(5),
        }
    }
}

/// Where the bytes of uploads lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// A directory of this machine, or one that it shares.
    Directory(PathBuf),
    /// A bucket of an S3-compatible service.
    S3(S3Settings),
}

/// A bucket, and the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// Where the service is; Amazon's own if absent.
    pub endpoint: Option<String>,
    /// Before the names of all objects.
    pub prefix: String,
    /// Who asks.
    pub access_key_id: Secret,
    /// What proves it.
    pub secret_access_key: Secret,
}

/// What a start does whose place of files is not the one that the database knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPlace {
    /// It is refused: nodes share their files, and this one would not have them.
    Refused,
    /// It is taken, with a warning: a node alone may keep its files where it likes.
    Taken,
}

/// Uploads: where they lie and how much they may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// Where their bytes lie.
    pub place: FilePlace,
    /// What a start does whose place is not the one that the database knows.
    pub other_place: OtherPlace,
    /// One file, bytes.
    pub file_bytes_max: u64,
    /// Everything that is kept of one user but messages, bytes.
    pub quota_bytes: u64,
    /// How long an upload may bring nothing.
    pub progress_deadline: Duration,
    /// How long an upload that nobody finishes is kept after its last byte.
    pub unfinished_lifetime: Duration,
}

impl FileSettings {
    /// What may be kept of one user.
    pub(crate) fn quota(&self) -> StorageQuota {
        StorageQuota {
            bytes_max: self.quota_bytes,
            counted_min: limits::UPLOAD_COUNTED_BYTES_MIN,
        }
    }

    /// The usual limits, over a directory.
    pub fn in_directory(path: PathBuf) -> Self {
        Self {
            place: FilePlace::Directory(path),
            other_place: OtherPlace::Taken,
            file_bytes_max: limits::FILE_BYTES_MAX,
            quota_bytes: limits::UPLOAD_QUOTA_BYTES,
            progress_deadline: Duration::from_secs(30),
            unfinished_lifetime: Duration::from_hours(24),
        }
    }
}

/// Everything that the use cases read from the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the server is run.
    pub mode: Mode,
    /// Secrets of access tokens: the first signs, all verify. Never empty.
    pub jwt_secrets: Vec<Secret>,
    /// Life of an access token.
    pub access_lifetime: Duration,
    /// Life of a refresh token that is not used.
    pub refresh_lifetime: Duration,
    /// bcrypt's cost of new passwords.
    pub bcrypt_cost: u32,
    /// Where mail is handed in, as `smtp[s]://user:password@host[:port]`.
    pub smtp_url: Option<Secret>,
    /// The sender of mail.
    pub mail_from: String,
    /// What is asked of new accounts' e-mail addresses.
    pub registration_email: RegistrationEmail,
    /// What to do with signatures of signed prekeys.
    pub e2ee_verify: Verify,
    /// The quotas.
    pub rate_limits: RateLimitSettings,
    /// Directory of everything that the server keeps outside the database.
    pub data_dir: PathBuf,
    /// Where uploads lie, and how much they may be.
    pub files: FileSettings,
    /// How devices without a socket are woken.
    pub push: PushSettings,
    /// The way to other nodes on the same database, if there may be some.
    pub bus: Option<BusSettings>,
    /// Help for devices in calls.
    pub calls: CallSettings,
    /// Where clients reach this server, without a slash at the end.
    pub public_url: Option<String>,
}

impl Settings {
    /// Settings for tests: cheap passwords, no rate limits, a fixed secret.
    pub fn for_tests() -> Self {
        Self {
            mode: Mode::Test,
            jwt_secrets: vec![Secret::new("a secret that only tests know, 32 bytes")],
            access_lifetime: Duration::from_hours(12),
            refresh_lifetime: Duration::from_hours(14 * 24),
            bcrypt_cost: 4,
            smtp_url: None,
            mail_from: "Sentinal Chat <no-reply@localhost>".to_owned(),
            registration_email: RegistrationEmail::Off,
            e2ee_verify: Verify::Warn,
            rate_limits: RateLimitSettings::OFF,
            data_dir: PathBuf::from("data"),
            files: FileSettings::in_directory(PathBuf::from("data/files")),
            push: PushSettings::default(),
            bus: None,
            calls: CallSettings::default(),
            public_url: None,
        }
    }
}
