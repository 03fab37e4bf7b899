//! Who may do how much: buckets of requests, filled again as time goes by (GCRA).
//!
//! The decision is governor's. What governor does not offer is here: looking without taking (for
//! the headers of an answer), giving back (a login that succeeded was no failure), and a bound on
//! the number of keys.
//!
//! What strangers can make up many of (addresses, identities) has tables of its own, beside those of
//! accounts and login sessions: filling the one takes no room from the other.

mod keys;
mod limiter;
mod logins;

pub use keys::{Key, Subject, network};
pub use logins::LoginAttempt;

use std::cell::Cell;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use sentinal_protocol::{Clock, ConversationId, LoginSessionId, UploadId, UserId};

use self::keys::Subjects;
use self::limiter::{Limiter, Taken};
use super::{ApiError, Quota, RateLimitSettings};

/// How much more than one network may fail at one account, an account may from everywhere and a network
/// at all of them: enough that nobody can lock another out by failing in their name, little enough to stop
/// guessing from many addresses, or at many identities from one.
const FAILED_LOGINS_FACTOR: u32 = 20;

/// Mails that bring codes for e-mail addresses, by one account and to one address: who mistypes an
/// address a few times is served, and nobody's mailbox is filled. With 5 guesses each, somebody's address
/// is claimed by guessing with odds of 25 in 10⁸ an hour.
const CODE_MAILS: Quota = Quota {
    requests: 5,
    period: Duration::from_hours(1),
};
/// How many addresses may ask for one file as often as each of them may: enough for all of a large
/// group to fetch it at once, little enough that a file cannot be made a weapon by publishing it.
const ONE_FILE_FACTOR: u32 = 20;
/// How many more sends may be refused for a stale device set, without being counted as messages, than
/// messages may be sent.
const STALE_SENDS_FACTOR: u32 = 10;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Registration, changes of identities, password resets, refresh.
    Auth,
    /// Sends by both doors, edits.
    Messages,
    /// Calls that are made.
    Calls,
    /// Everything else.
    General,
    /// New sockets.
    WsConnect,
    /// Accounts that are made.
    Registrations,
    /// Requests for files, which need no token.
    Files,
    /// Recipients of broadcasts.
    Broadcast,
    /// People put into groups by somebody who is no contact of theirs.
    Strangers,
    /// Changes of identity and signed prekeys, and new devices: each is told to all conversations of a
    /// user.
    Keys,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 10] = [
        Self::Auth,
        Self::Messages,
        Self::Calls,
        Self::General,
        Self::WsConnect,
        Self::Registrations,
        Self::Files,
        Self::Broadcast,
        Self::Strangers,
        Self::Keys,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Messages => "messages",
            Self::Calls => "calls",
            Self::General => "general",
            Self::WsConnect => "ws_connect",
            Self::Registrations => "registrations",
            Self::Files => "files",
            Self::Broadcast => "broadcast",
            Self::Strangers => "strangers",
            Self::Keys => "keys",
        }
    }
}

/// What addresses of one mailbox have in common, as far as can be told: their letter case, a `+tag` that
/// many servers leave to their users (RFC 5233), quotes (RFC 5321 §4.1.2) and a final dot of the domain
/// may differ.
fn mailbox(email: &str) -> String {
    let plain: String = email.chars().filter(|it| !"\"\\".contains(*it)).collect();
    match plain.rsplit_once('@') {
        Some((local, domain)) => {
            let user = local.split('+').next().unwrap_or(local);
            format!("{user}@{}", domain.trim_end_matches('.'))
        }
        None => plain,
    }
}

/// What a bucket held at one moment, as the headers of an answer show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which one.
    pub bucket: Bucket,
    /// Requests that a full bucket allows.
    pub limit: u32,
    /// Requests that it allows now.
    pub remaining: u32,
    /// Time until it is full again.
    pub reset: Duration,
}

impl Snapshot {
    /// [`Self::reset`] in whole seconds, rounded up.
    pub fn reset_seconds(&self) -> u64 {
        u64::try_from(self.reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
    }
}

tokio::task_local! {
    /// The tightest bucket that the present request was counted in.
    static TIGHTEST: Cell<Option<Snapshot>>;
}

/// Runs a request and tells with its outcome the tightest bucket that it was counted in.
pub async fn observe<F: Future>(request: F) -> (F::Output, Option<Snapshot>) {
    TIGHTEST
        .scope(Cell::new(None), async move {
            let outcome = request.await;
            (outcome, TIGHTEST.with(Cell::get))
        })
        .await
}

/// Notes a bucket for the answer's headers, if a request is being observed.
fn note(snapshot: Snapshot) {
    // Outside of a request (a frame of a socket) nobody observes, which is no error.
    let _ = TIGHTEST.try_with(|tightest| {
        if tightest
            .get()
            .is_none_or(|noted| snapshot.remaining < noted.remaining)
        {
            tightest.set(Some(snapshot));
        }
    });
}

/// Hands a bucket that a part of the present request was counted in, in a task of its own, on to the
/// request.
pub fn relay(snapshot: Option<Snapshot>) {
    if let Some(snapshot) = snapshot {
        note(snapshot);
    }
}

/// All buckets of this node.
pub struct RateLimits {
    /// By address, and by user where a password is changed.
    auth: Option<Limiter>,
    /// By the identity that a password reset or a registration names.
    identities: Option<Limiter>,
    /// By login session.
    refreshes: Option<Limiter>,
    /// Failed logins, by account and network.
    guesses: Option<Limiter>,
    /// The same by account alone.
    guessed_at: Option<Limiter>,
    /// The same by network alone.
    guessers: Option<Limiter>,
    /// The same by device, of those that prove that they were signed in before.
    known_devices: Option<Limiter>,
    registrations: Option<Limiter>,
    messages: Option<Limiter>,
    calls: Option<Limiter>,
    general: Option<Limiter>,
    ws_connect: Option<Limiter>,
    broadcast: Option<Limiter>,
    strangers: Option<Limiter>,
    /// By how many strangers somebody is put into groups.
    by_strangers: Option<Limiter>,
    keys: Option<Limiter>,
    rejoin: Option<Limiter>,
    /// Sends that were refused for a stale device set and not counted as messages.
    stale_sends: Option<Limiter>,
    files: Option<Limiter>,
    one_file: Option<Limiter>,
    code_mails: Option<Limiter>,
    subjects: Subjects,
}

impl RateLimits {
    /// Full buckets.
    pub fn new(settings: &RateLimitSettings, clock: &Clock) -> Self {
        let limiter = |quota: Option<Quota>| Some(Limiter::new(quota?, clock.clone()));
        let wide = settings.auth.map(|quota| Quota {
            requests: quota.requests.saturating_mul(FAILED_LOGINS_FACTOR),
            ..quota
        });
        let one_file = settings.files.map(|quota| Quota {
            requests: quota.requests.saturating_mul(ONE_FILE_FACTOR),
            ..quota
        });
        Self {
            auth: limiter(settings.auth),
            identities: limiter(settings.auth),
            refreshes: limiter(settings.auth),
            guesses: limiter(settings.auth),
            guessed_at: limiter(wide),
            guessers: limiter(wide),
            known_devices: limiter(settings.auth),
            registrations: limiter(settings.registrations),
            messages: limiter(settings.messages),
            calls: limiter(settings.calls),
            general: limiter(settings.general),
            ws_connect: limiter(settings.ws_connect),
            broadcast: limiter(settings.broadcast),
            strangers: limiter(settings.strangers),
            by_strangers: limiter(settings.strangers.map(|quota| Quota {
                requests: (quota.requests / 2).max(1),
                ..quota
            })),
            keys: limiter(settings.keys),
            rejoin: limiter(settings.rejoin),
            stale_sends: limiter(settings.messages.map(|quota| Quota {
                requests: quota.requests.saturating_mul(STALE_SENDS_FACTOR),
                ..quota
            })),
            files: limiter(settings.files),
            one_file: limiter(one_file),
            code_mails: limiter((*settings != RateLimitSettings::OFF).then_some(CODE_MAILS)),
            subjects: Subjects::default(),
        }
    }

    /// What an identity that nobody has is counted by, in whatever form it is written.
    pub fn subject(&self, identity: &str) -> Subject {
        self.subjects.of_identity(identity)
    }

    /// What an account is counted by, whichever of its identities is named.
    pub fn subject_of(&self, user_id: UserId) -> Subject {
        self.subjects.of_account(user_id)
    }

    /// Takes one request out of a bucket; refuses if it is empty.
    pub fn check(&self, bucket: Bucket, key: impl Into<Key>) -> Result<(), ApiError> {
        self.charge(bucket, key).map(|_| ())
    }

    /// The same, of what can be given back.
    pub fn charge(&self, bucket: Bucket, key: impl Into<Key>) -> Result<Charge<'_>, ApiError> {
        let limiter = self.limiter(bucket);
        let taken = limiter.map(|limiter| limiter.take(bucket, key.into()));
        Ok(Charge(taken.transpose()?))
    }

    /// Takes one request in the name of an identity that somebody claims. The answer does not show what
    /// is left: it is not the asker's alone.
    pub fn check_identity(&self, subject: Subject, address: IpAddr) -> Result<(), ApiError> {
        match &self.identities {
            Some(limiter) => limiter
                .take_unseen(Key::subject(subject, address))
                .map(|_| ()),
            None => Ok(()),
        }
    }

    /// Takes one refresh of a login session whose token has been verified.
    pub fn check_refresh(&self, session: LoginSessionId) -> Result<(), ApiError> {
        match &self.refreshes {
            Some(limiter) => limiter.take(Bucket::Auth, session.into()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Counts a request for a file whose address is known, from wherever it comes.
    pub fn check_file(&self, id: UploadId) -> Result<(), ApiError> {
        match &self.one_file {
            Some(limiter) => limiter.take(Bucket::Files, id.into()).map(drop),
            None => Ok(()),
        }
    }

    /// Takes so many out of a bucket at once, or none; refuses what even a full one does not hold.
    pub fn check_many(
        &self,
        bucket: Bucket,
        key: impl Into<Key>,
        requests: u32,
    ) -> Result<(), ApiError> {
        match self.limiter(bucket) {
            Some(limiter) => limiter.take_many(bucket, key.into(), requests),
            None => Ok(()),
        }
    }

    /// The same, and all that a full bucket holds for what costs more.
    pub fn check_up_to(
        &self,
        bucket: Bucket,
        key: impl Into<Key>,
        requests: u32,
    ) -> Result<(), ApiError> {
        match self.limiter(bucket) {
            Some(limiter) => limiter.take_many(bucket, key.into(), requests.min(limiter.burst())),
            None => Ok(()),
        }
    }

    /// Gives so many back that were taken out of a bucket.
    pub fn give_back_many(&self, bucket: Bucket, user_id: UserId, requests: u32) {
        if let Some(limiter) = self.limiter(bucket) {
            limiter.give_back_proved(user_id.into(), requests);
        }
    }

    /// Counts that somebody is put into a group by a stranger; whether there is room for it.
    pub fn admit_stranger(&self, target: UserId) -> bool {
        let Some(limiter) = &self.by_strangers else {
            return true;
        };
        limiter.take_unseen(target.into()).is_ok()
    }

    /// Takes back that somebody was put into a group by a stranger.
    pub fn forget_stranger(&self, target: UserId) {
        if let Some(limiter) = &self.by_strangers {
            limiter.give_back_proved(target.into(), 1);
        }
    }

    /// Counts that a user comes back to a conversation.
    pub fn check_rejoin(&self, user: UserId, conversation: ConversationId) -> Result<(), ApiError> {
        match &self.rejoin {
            Some(limiter) => limiter
                .take(Bucket::General, (user, conversation).into())
                .map(drop),
            None => Ok(()),
        }
    }

    /// Takes back that a user came back to a conversation.
    pub fn forget_rejoin(&self, user: UserId, conversation: ConversationId) {
        if let Some(limiter) = &self.rejoin {
            limiter.give_back_proved((user, conversation).into(), 1);
        }
    }

    /// Gives back what a send took that was refused for a stale device set: nobody is kept from
    /// sending by others who come and go. What is refused so has a bound of its own, ten times as high.
    pub fn forgive_stale_send(&self, user: UserId) {
        let room = self.stale_sends.as_ref();
        if room.is_some_and(|limiter| limiter.take_unseen(user.into()).is_ok()) {
            self.give_back(Bucket::Messages, user);
        }
    }

    /// What a bucket holds; `None` if it has no limit.
    pub fn peek(&self, bucket: Bucket, key: impl Into<Key>) -> Option<Snapshot> {
        Some(self.limiter(bucket)?.peek(bucket, key.into()))
    }

    /// Gives back one request that was taken out of a user's bucket.
    pub fn give_back(&self, bucket: Bucket, user_id: UserId) {
        if let Some(limiter) = self.limiter(bucket) {
            limiter.give_back_proved(user_id.into(), 1);
        }
    }

    /// Counts a mail that brings a code, by the account that has it sent and by the mailbox that it goes
    /// to, whosever it is.
    pub fn check_mail(&self, user: UserId, email: &str, from: IpAddr) -> Result<(), ApiError> {
        let Some(limiter) = &self.code_mails else {
            return Ok(());
        };
        let taken = limiter.take(Bucket::Auth, user.into())?;
        let mailbox = self.subject(&mailbox(email));
        let refused = limiter.take_unseen(Key::subject(mailbox, from));
        if refused.is_err() {
            Limiter::give_back(taken);
        }
        refused.map(drop)
    }

    fn limiter(&self, bucket: Bucket) -> Option<&Limiter> {
        match bucket {
            Bucket::Auth => self.auth.as_ref(),
            Bucket::Messages => self.messages.as_ref(),
            Bucket::Calls => self.calls.as_ref(),
            Bucket::General => self.general.as_ref(),
            Bucket::WsConnect => self.ws_connect.as_ref(),
            Bucket::Registrations => self.registrations.as_ref(),
            Bucket::Files => self.files.as_ref(),
            Bucket::Broadcast => self.broadcast.as_ref(),
            Bucket::Strangers => self.strangers.as_ref(),
            Bucket::Keys => self.keys.as_ref(),
        }
    }
}

/// One request that was taken out of a bucket.
#[must_use]
pub struct Charge<'a>(Option<Taken<'a>>);

impl Charge<'_> {
    /// Puts it back where it was taken.
    pub fn give_back(self) {
        if let Some(taken) = self.0 {
            Limiter::give_back(taken);
        }
    }
}

#[cfg(test)]
mod tests;
