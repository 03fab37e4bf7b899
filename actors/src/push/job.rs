//! One push to one device.

use std::time::Duration;

use sentinal_store::PushTarget;
use uuid::Uuid;

/// A call that nobody took within this time is over: as long as it rings.
pub const CALL_TTL: Duration = Duration::from_secs(45);
/// How long it holds what was read of a target.
pub(super) const FRESH: Duration = Duration::from_secs(2);

/// What a push says: never more than what a device needs to know to ask the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// There is something to fetch.
    Message,
    /// Somebody calls.
    Call(Uuid),
    /// They do not any more.
    CallCancelled(Uuid),
}

impl Notice {
    /// Which call it is about.
    pub fn call(self) -> Option<Uuid> {
        match self {
            Self::Message => None,
            Self::Call(id) | Self::CallCancelled(id) => Some(id),
        }
    }
}

/// Which of the ways a push goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lane {
    /// To the operator's webhook.
    Webhook,
    /// To the origin of a Web Push endpoint; empty for a token that names none.
    WebPush(String),
}

impl Lane {
    /// The host that a user has named.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Webhook => None,
            Self::WebPush(host) => Some(host),
        }
    }
}

/// A device, and the way to it.
#[derive(Clone, Debug)]
pub struct Aim {
    /// Where it can be woken.
    pub target: PushTarget,
    /// Which way that is.
    pub lane: Lane,
}

/// One push to one device.
#[derive(Clone, Debug)]
pub struct Job {
    /// To whom.
    pub target: PushTarget,
    /// What the device is told.
    pub notice: Notice,
    /// Which way.
    pub lane: Lane,
    /// When the target was read; `None` if it has to be read again.
    pub asked: Option<Duration>,
    /// It is not begun before.
    pub due: Duration,
    /// It is not begun from then on.
    pub ends: Duration,
    /// How often it was begun.
    pub attempts: u32,
}

impl Job {
    /// Whether it still holds what was read of the target.
    pub fn is_fresh(&self, now: Duration) -> bool {
        let asked = self.asked;
        asked.is_some_and(|at| now < at.saturating_add(FRESH))
    }
}
