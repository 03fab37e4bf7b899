//! Which attacks there are.

use std::time::{Duration, Instant};

use crate::attacks::{accounts, connections, files, frames, requests};
use crate::stage::{Party, Scene, Setup};

/// One way to take what belongs to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// `auth` frames with the token of a login that was ended.
    DeadLogins,
    /// Every kind of client frame, as fast as they go.
    Frames,
    /// Bodies of a mebibyte for a route that needs no token.
    OpenBodies,
    /// Frames of a mebibyte that are never finished.
    HalfFrames,
    /// New keys for a device whose user is in very many groups.
    KeyChanges,
    /// Wrong passwords for a neighbour's account.
    Logins,
    /// Sends with a large ciphertext for each of many devices.
    LargeSends,
    /// Key backups, each under a fresh idempotency key.
    Backups,
    /// Sends to a long list of recipients.
    Broadcasts,
    /// People with very many watchers who come and go.
    Flapping,
    /// Readers of parts of a file.
    RangeReaders,
    /// Uploads of a byte now and then.
    SlowUploads,
    /// Connections on which nothing is asked.
    IdleConnections,
    /// Sockets that never say who they are.
    UnauthenticatedSockets,
}

impl Attack {
    pub const ALL: [Self; 14] = [
        Self::DeadLogins,
        Self::Frames,
        Self::OpenBodies,
        Self::HalfFrames,
        Self::KeyChanges,
        Self::Logins,
        Self::LargeSends,
        Self::Backups,
        Self::Broadcasts,
        Self::Flapping,
        Self::RangeReaders,
        Self::SlowUploads,
        Self::IdleConnections,
        Self::UnauthenticatedSockets,
    ];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeadLogins => "dead-logins",
            Self::Frames => "frames",
            Self::OpenBodies => "open-bodies",
            Self::HalfFrames => "half-frames",
            Self::KeyChanges => "key-changes",
            Self::Logins => "logins",
            Self::LargeSends => "large-sends",
            Self::Backups => "backups",
            Self::Broadcasts => "broadcasts",
            Self::Flapping => "flapping",
            Self::RangeReaders => "range-readers",
            Self::SlowUploads => "slow-uploads",
            Self::IdleConnections => "idle-connections",
            Self::UnauthenticatedSockets => "unauthenticated-sockets",
        }
    }

    /// Settings of the server that it needs.
    pub fn settings(self, size: usize) -> Vec<(&'static str, String)> {
        match self {
            Self::Logins => vec![("BCRYPT_COST", "10".to_owned())],
            Self::IdleConnections => {
                let max = connections::places(size);
                vec![("CONNECTIONS_MAX", max.to_string())]
            }
            _ => Vec::new(),
        }
    }

    /// Who takes part, and what they must have before it begins.
    pub async fn prepare(self, setup: &Setup<'_>) -> Party {
        match self {
            Self::DeadLogins => accounts::with_dead_login(setup).await,
            Self::Frames => frames::talkers(setup).await,
            Self::HalfFrames => frames::many(setup).await,
            Self::KeyChanges => accounts::in_many_groups(setup).await,
            Self::LargeSends => requests::group_of_devices(setup).await,
            Self::Backups => setup.party(2).await,
            Self::Broadcasts => requests::with_broadcast(setup).await,
            Self::Flapping => accounts::watched(setup).await,
            Self::RangeReaders => files::with_file(setup).await,
            Self::SlowUploads => files::uploaders(setup).await,
            Self::OpenBodies
            | Self::Logins
            | Self::IdleConnections
            | Self::UnauthenticatedSockets => Party::default(),
        }
    }

    /// Attacks for so long; how often something was tried.
    pub async fn run(self, scene: &Scene, duration: Duration) -> u64 {
        let end = Instant::now() + duration;
        match self {
            Self::DeadLogins => frames::dead_logins(scene, end).await,
            Self::Frames => frames::all_kinds(scene, end).await,
            Self::OpenBodies => connections::open_bodies(scene, end).await,
            Self::HalfFrames => frames::unfinished(scene, end).await,
            Self::KeyChanges => accounts::change_keys(scene, end).await,
            Self::Logins => accounts::guess_passwords(scene, end).await,
            Self::LargeSends => requests::large_sends(scene, end).await,
            Self::Backups => requests::backups(scene, end).await,
            Self::Broadcasts => requests::broadcasts(scene, end).await,
            Self::Flapping => frames::flap(scene, end).await,
            Self::RangeReaders => files::read_ranges(scene, end).await,
            Self::SlowUploads => files::trickle(scene, end).await,
            Self::IdleConnections => connections::idle(scene, end).await,
            Self::UnauthenticatedSockets => connections::unauthenticated(scene, end).await,
        }
    }
}
