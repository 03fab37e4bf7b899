//! What is to be sent to push services, and when: pure, the time comes in.
//!
//! A token is used for messages at most once in [`COLLAPSE`]: what comes within that time wakes the
//! device at the end of it, if it is still asleep then. Calls go before messages. The end of a call
//! takes back what was not sent yet, is sent after what was, and never overtakes what is on its way.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use sentinal_protocol::UserId;
use sentinal_store::PushTarget;
use uuid::Uuid;

/// A token is used for messages at most so often.
pub const COLLAPSE: Duration = Duration::from_secs(5);
/// A call that nobody took within this time is over (CONTRACT §7).
pub const CALL_TTL: Duration = Duration::from_secs(45);
/// How long it is tried to wake a device for a message; its client finds it anyway.
const MESSAGE_TRIED: Duration = Duration::from_mins(1);
/// How often one push is tried.
const ATTEMPTS_MAX: u32 = 4;
/// Pause before the second attempt; each further one is four times as long.
const BACK_OFF: Duration = Duration::from_secs(1);
/// Pushes to devices of one user that are on their way at once: users name the services, and one that
/// never answers must not hold everybody up.
const PER_USER_MAX: usize = 4;
/// Pushes that wait to be sent. Past it they are dropped: the messages are in the log.
const JOBS_MAX: usize = 4_096;
/// Tokens of which it is known that they were used lately, or will be.
const TOKENS_MAX: usize = 65_536;

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
    fn call(self) -> Option<Uuid> {
        match self {
            Self::Message => None,
            Self::Call(id) | Self::CallCancelled(id) => Some(id),
        }
    }
}

/// One push to one device.
#[derive(Clone, Debug)]
pub struct Job {
    /// To whom.
    pub target: PushTarget,
    /// What.
    pub notice: Notice,
    due: Duration,
    ends: Duration,
    attempts: u32,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub struct Pending {
    jobs: VecDeque<Job>,
    /// What is being sent now.
    on_the_way: Vec<(UserId, Uuid, Notice)>,
    /// Tokens used for messages lately.
    woken: HashMap<Uuid, Duration>,
    /// Tokens to be used again, and when.
    later: HashMap<Uuid, (UserId, Duration)>,
    /// Calls that were told to a token, while they may ring.
    rung: HashMap<(Uuid, Uuid), Duration>,
    /// Calls that are over for a user, for as long as something of them might come.
    over: HashMap<(UserId, Uuid), Duration>,
}

impl Pending {
    /// There is something to fetch for a device.
    pub fn message(&mut self, target: PushTarget, now: Duration) {
        let token_id = target.token_id;
        match self.woken.get(&token_id) {
            Some(at) if now < at.saturating_add(COLLAPSE) => {
                if self.later.len() < TOKENS_MAX {
                    let again = (target.user_id, at.saturating_add(COLLAPSE));
                    self.later.entry(token_id).or_insert(again);
                }
            }
            Some(_) | None => {
                if self.woken.len() < TOKENS_MAX {
                    self.woken.insert(token_id, now);
                }
                self.later.remove(&token_id);
                self.push(target, Notice::Message, now, MESSAGE_TRIED);
            }
        }
    }

    /// Somebody calls the user of a device.
    pub fn call(&mut self, target: PushTarget, call_id: Uuid, now: Duration) {
        if !self.over.contains_key(&(target.user_id, call_id)) {
            self.push(target, Notice::Call(call_id), now, CALL_TTL);
        }
    }

    /// A call is over for a user: those of their devices that were told of it are told so.
    pub fn cancel(
        &mut self,
        (user_id, call_id): (UserId, Uuid),
        targets: impl IntoIterator<Item = PushTarget>,
        now: Duration,
    ) {
        self.over.insert((user_id, call_id), now);
        self.jobs
            .retain(|job| job.notice != Notice::Call(call_id) || job.target.user_id != user_id);
        for target in targets {
            if self.rung.remove(&(target.token_id, call_id)).is_some() {
                self.push(target, Notice::CallCancelled(call_id), now, CALL_TTL);
            }
        }
    }

    fn push(&mut self, target: PushTarget, notice: Notice, now: Duration, within: Duration) {
        if self.jobs.len() >= JOBS_MAX {
            return;
        }
        let job = Job {
            target,
            notice,
            due: now,
            ends: now.saturating_add(within),
            attempts: 0,
        };
        match notice {
            Notice::Message => self.jobs.push_back(job),
            Notice::Call(_) | Notice::CallCancelled(_) => self.jobs.push_front(job),
        }
    }

    /// The next push that is due; it is on its way until [`Pending::done`].
    pub fn take(&mut self, now: Duration) -> Option<Job> {
        let overtakes = |job: &Job| {
            let mut same = self.on_the_way.iter();
            job.notice.call().is_some()
                && same.any(|(_, token_id, notice)| {
                    *token_id == job.target.token_id && notice.call() == job.notice.call()
                })
        };
        let may_go = |job: &Job| {
            let mine = self.on_the_way.iter();
            let mine = mine.filter(|(user_id, ..)| *user_id == job.target.user_id);
            mine.count() < PER_USER_MAX
        };
        let mut jobs = self.jobs.iter();
        let at = jobs.position(|job| job.due <= now && may_go(job) && !overtakes(job))?;
        let mut job = self.jobs.remove(at)?;
        job.attempts += 1;
        let target = &job.target;
        self.on_the_way
            .push((target.user_id, target.token_id, job.notice));
        if let Notice::Call(call_id) = job.notice {
            self.rung.insert((job.target.token_id, call_id), now);
        }
        Some(job)
    }

    /// A push was taken, or will never be.
    pub fn done(&mut self, job: &Job) {
        let target = &job.target;
        let done = (target.user_id, target.token_id, job.notice);
        if let Some(at) = self.on_the_way.iter().position(|it| *it == done) {
            self.on_the_way.swap_remove(at);
        }
    }

    /// A push was not taken now; `after` is what its service asks for.
    pub fn again(&mut self, mut job: Job, after: Option<Duration>, now: Duration) {
        self.done(&job);
        let is_over = match job.notice {
            Notice::Call(id) => self.over.contains_key(&(job.target.user_id, id)),
            Notice::Message | Notice::CallCancelled(_) => false,
        };
        let back_off = BACK_OFF * 4_u32.pow(job.attempts.saturating_sub(1).min(ATTEMPTS_MAX));
        job.due = now.saturating_add(after.unwrap_or_default().max(back_off));
        let in_vain = job.attempts >= ATTEMPTS_MAX || job.due >= job.ends;
        if !is_over && !in_vain && self.jobs.len() < JOBS_MAX {
            self.jobs.push_back(job);
        }
    }

    /// Whose tokens have to be used again now, and which; forgets what is long past.
    pub fn take_later(&mut self, now: Duration, most: usize) -> Vec<(UserId, Uuid)> {
        self.woken.retain(|_, at| now < at.saturating_add(COLLAPSE));
        self.rung.retain(|_, at| now < at.saturating_add(CALL_TTL));
        self.over.retain(|_, at| now < at.saturating_add(CALL_TTL));
        let due = self.later.iter().filter(|(_, (_, at))| *at <= now);
        let due = due.map(|(token_id, (user_id, _))| (*user_id, *token_id));
        let due: Vec<_> = due.take(most).collect();
        let taken: HashSet<Uuid> = due.iter().map(|(_, token_id)| *token_id).collect();
        self.later.retain(|token_id, _| !taken.contains(token_id));
        due
    }

    /// Whether anything is kept that time alone moves on.
    pub fn is_waiting(&self) -> bool {
        !(self.jobs.is_empty()
            && self.later.is_empty()
            && self.woken.is_empty()
            && self.rung.is_empty()
            && self.over.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::{DeviceId, PushPlatform};

    use super::*;

    fn target(number: u128) -> PushTarget {
        let id = Uuid::from_u128(number);
        PushTarget {
            token_id: id,
            user_id: UserId(id),
            device_id: DeviceId(id),
            platform: PushPlatform::Fcm,
            token: "token".to_owned(),
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn taken(pending: &mut Pending, now: Duration) -> Vec<Notice> {
        let mut notices = Vec::new();
        while let Some(job) = pending.take(now) {
            pending.done(&job);
            notices.push(job.notice);
        }
        notices
    }

    const CALL: Uuid = Uuid::from_u128(99);

    fn cancel(pending: &mut Pending, number: u128, now: Duration) {
        let target = target(number);
        pending.cancel((target.user_id, CALL), [target], now);
    }

    #[test]
    fn a_device_is_woken_at_once_and_then_once_more_for_all_that_follows() {
        let mut pending = Pending::default();
        pending.message(target(1), seconds(0));
        assert_eq!(taken(&mut pending, seconds(0)), [Notice::Message]);
        for at in 1..5 {
            pending.message(target(1), seconds(at));
            assert!(pending.take_later(seconds(at), 10).is_empty());
        }
        assert_eq!(taken(&mut pending, seconds(4)), []);
        let later = pending.take_later(seconds(5), 10);
        assert_eq!(later, [(target(1).user_id, target(1).token_id)]);
        pending.message(target(1), seconds(5));
        assert_eq!(taken(&mut pending, seconds(5)), [Notice::Message]);
        assert!(pending.take_later(seconds(60), 10).is_empty());
        assert!(!pending.is_waiting());
    }

    #[test]
    fn nobody_takes_all_the_room_there_is() {
        let mut pending = Pending::default();
        for number in 1..=PER_USER_MAX as u128 + 1 {
            let mut mine = target(number);
            mine.user_id = target(100).user_id;
            pending.message(mine, seconds(0));
        }
        pending.message(target(50), seconds(0));
        let mut taken = Vec::new();
        while let Some(job) = pending.take(seconds(0)) {
            taken.push(job);
        }
        assert_eq!(taken.len(), PER_USER_MAX + 1);
        assert_eq!(taken[PER_USER_MAX].target, target(50));
        pending.done(&taken[0]);
        assert!(pending.take(seconds(0)).is_some(), "the last of the first");
    }

    #[test]
    fn what_is_refused_is_tried_again_a_few_times_within_its_time() {
        let mut pending = Pending::default();
        pending.message(target(1), seconds(0));
        let mut attempts = Vec::new();
        for now in 0..200 {
            while let Some(job) = pending.take(seconds(now)) {
                attempts.push(now);
                pending.again(job, None, seconds(now));
            }
        }
        assert_eq!(attempts, [0, 1, 5, 21]);
        pending.call(target(1), CALL, seconds(300));
        let job = pending.take(seconds(300)).unwrap();
        pending.again(job, Some(seconds(60)), seconds(300));
        assert!(pending.jobs.is_empty(), "by then nobody rings");
    }

    #[test]
    fn the_end_of_a_call_takes_back_what_was_not_sent() {
        let mut pending = Pending::default();
        pending.call(target(1), CALL, seconds(0));
        pending.call(target(2), CALL, seconds(0));
        cancel(&mut pending, 1, seconds(0));
        pending.call(target(1), CALL, seconds(1));
        let rings = [Notice::Call(CALL)];
        assert_eq!(taken(&mut pending, seconds(1)), rings, "for the other user");
    }

    #[test]
    fn the_end_of_a_call_follows_what_was_sent_and_never_overtakes_it() {
        let mut pending = Pending::default();
        pending.message(target(1), seconds(0));
        pending.call(target(1), CALL, seconds(0));
        let call = pending.take(seconds(0)).unwrap();
        assert_eq!(call.notice, Notice::Call(CALL), "before the message");
        cancel(&mut pending, 1, seconds(1));
        assert_eq!(taken(&mut pending, seconds(1)), [Notice::Message]);
        pending.again(call, None, seconds(2));
        assert_eq!(
            taken(&mut pending, seconds(2)),
            [Notice::CallCancelled(CALL)]
        );
        assert_eq!(taken(&mut pending, seconds(44)), [], "not tried again");
    }
}
