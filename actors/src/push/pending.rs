//! What is to be sent to push services, and when: pure, the time comes in.
//!
//! A token is used for messages at most once in [`COLLAPSE`]: what comes within that time wakes the
//! device at the end of it, if it is still asleep then. Calls go before messages. The end of a call
//! takes back what was not sent yet, is sent after what was, and never overtakes what is on its way.
//!
//! Users name the services of Web Push, so nobody may hold the others up: a token has one message
//! waiting or on its way at most; users, hosts and lanes have their shares of what is on its way, and
//! users theirs of what waits; a service that is not reached is left alone ([`Penalties`]).
//!
//! A push whose target was read longer than [`FRESH`](super::job::FRESH) ago is not begun: [`Pending::stale`] says whose
//! tokens have to be read again, [`Pending::refresh`] takes what was found.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use sentinal_protocol::UserId;
use uuid::Uuid;

use super::job::{Aim, CALL_TTL, Job, Lane, Notice};
use super::penalties::Penalties;

/// A token is used for messages at most so often.
pub const COLLAPSE: Duration = Duration::from_secs(5);
/// How long it is tried to wake a device for a message; its client finds it anyway.
const MESSAGE_TRIED: Duration = Duration::from_mins(1);
/// How often one push is tried.
const ATTEMPTS_MAX: u32 = 4;
/// Pause before the second attempt; each further one is four times as long.
const BACK_OFF: Duration = Duration::from_secs(1);
/// Pushes to devices of one user that are on their way at once: users name the services, and one that
/// never answers must not hold everybody up.
const PER_USER_MAX: usize = 4;
/// Pushes on their way at once.
const AT_ONCE: usize = 64;
/// Pushes of one lane on their way at once: whatever happens to one, the other has some left.
const LANE_MAX: usize = AT_ONCE / 4 * 3;
/// Pushes to one host of Web Push endpoints on their way at once.
const HOST_MAX: usize = 16;
/// Pushes that wait to be sent. Past it messages are dropped: they are in the log.
const JOBS_MAX: usize = 4_096;
/// Pushes to devices of one user that wait to be sent.
const QUEUED_PER_USER_MAX: usize = 64;
/// Tokens of which it is known that they were used lately, or will be.
const TOKENS_MAX: usize = 65_536;

/// A push that is being sent.
#[derive(Debug)]
struct OnTheWay {
    user_id: UserId,
    token_id: Uuid,
    notice: Notice,
    lane: Lane,
}

/// What has its share of what is on its way.
#[derive(Debug)]
struct Full {
    everything: bool,
    webhook: bool,
    web_push: bool,
    users: Vec<UserId>,
    hosts: Vec<String>,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub struct Pending {
    jobs: VecDeque<Job>,
    /// How many of them each user has.
    queued: HashMap<UserId, usize>,
    /// What is being sent now.
    on_the_way: Vec<OnTheWay>,
    /// Tokens with a message that waits or is on its way.
    busy: HashSet<Uuid>,
    /// Tokens used for messages lately.
    woken: HashMap<Uuid, Duration>,
    /// Tokens to be used again, and when.
    later: HashMap<Uuid, (UserId, Duration)>,
    /// Calls that were told to a token, while they may ring.
    rung: HashMap<(Uuid, Uuid), Duration>,
    /// Calls that are over for a user, for as long as something of them might come.
    over: HashMap<(UserId, Uuid), Duration>,
    /// Services that are left alone.
    penalties: Penalties,
}

impl Pending {
    /// There is something to fetch for a device, whose token was read just now.
    pub fn message(&mut self, aim: Aim, now: Duration) {
        let (token_id, user_id) = (aim.target.token_id, aim.target.user_id);
        if self.penalties.bars(token_id, aim.lane.host(), now) {
            return;
        }
        let again = self
            .woken
            .get(&token_id)
            .map(|at| at.saturating_add(COLLAPSE));
        let again = again.filter(|again| now < *again);
        if again.is_some() || self.busy.contains(&token_id) {
            if self.later.len() < TOKENS_MAX {
                let again = (user_id, again.unwrap_or(now));
                self.later.entry(token_id).or_insert(again);
            }
            return;
        }
        self.used(token_id, now);
        self.later.remove(&token_id);
        self.push(aim, Notice::Message, now, MESSAGE_TRIED);
    }

    /// Somebody calls the user of a device, whose token was read just now.
    pub fn call(&mut self, aim: Aim, call_id: Uuid, now: Duration) {
        let target = &aim.target;
        let is_over = self.over.contains_key(&(target.user_id, call_id));
        let is_barred = self.penalties.bars(target.token_id, aim.lane.host(), now);
        if !is_over && !is_barred {
            self.push(aim, Notice::Call(call_id), now, CALL_TTL);
        }
    }

    /// A call is over for a user: those of their devices that were told of it are told so.
    pub fn cancel(
        &mut self,
        (user_id, call_id): (UserId, Uuid),
        aims: impl IntoIterator<Item = Aim>,
        now: Duration,
    ) {
        self.over.insert((user_id, call_id), now);
        let mut at = 0;
        while let Some(job) = self.jobs.get(at) {
            if job.notice == Notice::Call(call_id) && job.target.user_id == user_id {
                self.give_up(at);
            } else {
                at += 1;
            }
        }
        for aim in aims {
            if self.rung.remove(&(aim.target.token_id, call_id)).is_some() {
                self.push(aim, Notice::CallCancelled(call_id), now, CALL_TTL);
            }
        }
    }

    fn push(&mut self, aim: Aim, notice: Notice, now: Duration, within: Duration) {
        self.put(Job {
            target: aim.target,
            notice,
            lane: aim.lane,
            asked: Some(now),
            due: now,
            ends: now.saturating_add(within),
            attempts: 0,
        });
    }

    /// Has a push wait, if there is room: calls go first, and have messages give way.
    fn put(&mut self, job: Job) {
        let user_id = job.target.user_id;
        let is_call = job.notice.call().is_some();
        let mine = self.queued.get(&user_id).copied().unwrap_or_default();
        let has_room = if mine >= QUEUED_PER_USER_MAX {
            is_call && self.give_up_message(Some(user_id))
        } else if self.jobs.len() >= JOBS_MAX {
            is_call && self.give_up_message(None)
        } else {
            true
        };
        if !has_room {
            self.end(&job);
            return;
        }
        *self.queued.entry(user_id).or_default() += 1;
        if is_call {
            self.jobs.push_front(job);
        } else {
            self.busy.insert(job.target.token_id);
            self.jobs.push_back(job);
        }
    }

    /// Gives the message up that came last, of a user or of all.
    fn give_up_message(&mut self, of: Option<UserId>) -> bool {
        let gives_way = |job: &Job| {
            job.notice == Notice::Message && of.is_none_or(|user_id| user_id == job.target.user_id)
        };
        let at = self.jobs.iter().rposition(gives_way);
        if let Some(at) = at {
            self.give_up(at);
        }
        at.is_some()
    }

    /// Takes one out of those that wait.
    fn remove(&mut self, at: usize) -> Option<Job> {
        let job = self.jobs.remove(at)?;
        let user_id = job.target.user_id;
        let left = self
            .queued
            .get(&user_id)
            .map_or(0, |it| it.saturating_sub(1));
        if left == 0 {
            self.queued.remove(&user_id);
        } else {
            self.queued.insert(user_id, left);
        }
        Some(job)
    }

    /// Takes one out of those that wait, for good.
    fn give_up(&mut self, at: usize) {
        if let Some(job) = self.remove(at) {
            self.end(&job);
        }
    }

    /// Nothing more is done for a push.
    fn end(&mut self, job: &Job) {
        if job.notice == Notice::Message {
            self.busy.remove(&job.target.token_id);
        }
    }

    /// A token is used for messages now.
    fn used(&mut self, token_id: Uuid, now: Duration) {
        if self.woken.len() < TOKENS_MAX || self.woken.contains_key(&token_id) {
            self.woken.insert(token_id, now);
        }
    }

    fn full(&self) -> Full {
        let (mut webhook, mut web_push) = (0_usize, 0_usize);
        let mut users: HashMap<UserId, usize> = HashMap::new();
        let mut hosts: HashMap<&str, usize> = HashMap::new();
        for sent in &self.on_the_way {
            *users.entry(sent.user_id).or_default() += 1;
            match &sent.lane {
                Lane::Webhook => webhook += 1,
                Lane::WebPush(host) => {
                    web_push += 1;
                    *hosts.entry(host.as_str()).or_default() += 1;
                }
            }
        }
        users.retain(|_, count| *count >= PER_USER_MAX);
        hosts.retain(|_, count| *count >= HOST_MAX);
        Full {
            everything: self.on_the_way.len() >= AT_ONCE,
            webhook: webhook >= LANE_MAX,
            web_push: web_push >= LANE_MAX,
            users: users.into_keys().collect(),
            hosts: hosts.into_keys().map(str::to_owned).collect(),
        }
    }

    /// Whether a push is due and has room; nothing overtakes what is on its way of the same call.
    fn may_go(&self, job: &Job, full: &Full, now: Duration) -> bool {
        let has_room = match &job.lane {
            Lane::Webhook => !full.webhook,
            Lane::WebPush(host) => !full.web_push && !full.hosts.contains(host),
        };
        let overtakes = || {
            let mut sent = self.on_the_way.iter();
            job.notice.call().is_some()
                && sent.any(|it| {
                    it.token_id == job.target.token_id && it.notice.call() == job.notice.call()
                })
        };
        job.due <= now && has_room && !full.users.contains(&job.target.user_id) && !overtakes()
    }

    /// The next push that is due; it is on its way until [`Pending::done`], [`Pending::again`] or
    /// [`Pending::unreachable`]. What came to its end before is dropped.
    pub fn take(&mut self, now: Duration) -> Option<Job> {
        let full = self.full();
        if full.everything {
            return None;
        }
        let mut at = 0;
        while let Some(job) = self.jobs.get(at) {
            let (token_id, host) = (job.target.token_id, job.lane.host());
            if now >= job.ends || self.penalties.bars(token_id, host, now) {
                self.give_up(at);
            } else if job.is_fresh(now) && self.may_go(job, &full, now) {
                return self.begin(at, now);
            } else {
                at += 1;
            }
        }
        None
    }

    fn begin(&mut self, at: usize, now: Duration) -> Option<Job> {
        let mut job = self.remove(at)?;
        job.attempts += 1;
        let token_id = job.target.token_id;
        self.on_the_way.push(OnTheWay {
            user_id: job.target.user_id,
            token_id,
            notice: job.notice,
            lane: job.lane.clone(),
        });
        match job.notice {
            Notice::Message => self.used(token_id, now),
            Notice::Call(call_id) => {
                self.rung.insert((token_id, call_id), now);
            }
            Notice::CallCancelled(_) => {}
        }
        Some(job)
    }

    /// Whose tokens have to be read again before a push that could be begun now, and which.
    pub fn stale(&self, now: Duration, most: usize) -> Vec<(UserId, Uuid)> {
        let full = self.full();
        if full.everything {
            return Vec::new();
        }
        let stale = self
            .jobs
            .iter()
            .filter(|job| now < job.ends && !job.is_fresh(now) && self.may_go(job, &full, now));
        let stale = stale.map(|job| (job.target.user_id, job.target.token_id));
        stale.take(most).collect()
    }

    /// What was found of tokens that were read again, and whether their devices are asleep: who is
    /// not, or may not be asked any more, is told nothing but the end of a call.
    pub fn refresh(
        &mut self,
        asked: &HashSet<Uuid>,
        found: &HashMap<Uuid, (Aim, bool)>,
        now: Duration,
    ) {
        let mut at = 0;
        while let Some(job) = self.jobs.get_mut(at) {
            let token_id = job.target.token_id;
            if !asked.contains(&token_id) {
                at += 1;
                continue;
            }
            let goes_awake = matches!(job.notice, Notice::CallCancelled(_));
            let found = found.get(&token_id).filter(|(aim, is_asleep)| {
                aim.target.user_id == job.target.user_id && (*is_asleep || goes_awake)
            });
            if let Some((aim, _)) = found {
                job.target = aim.target.clone();
                job.lane = aim.lane.clone();
                job.asked = Some(now);
                at += 1;
            } else {
                self.give_up(at);
            }
        }
    }

    /// A push is not on its way any more.
    fn arrived(&mut self, job: &Job) {
        let (target, notice) = (&job.target, job.notice);
        let mut sent = self.on_the_way.iter();
        let at = sent.position(|it| it.token_id == target.token_id && it.notice == notice);
        if let Some(at) = at {
            self.on_the_way.swap_remove(at);
        }
    }

    /// A push was taken, or will never be.
    pub fn done(&mut self, job: &Job) {
        self.arrived(job);
        self.end(job);
        if let Some(host) = job.lane.host() {
            self.penalties.reached(host);
        }
    }

    /// The service of a push did not answer in time, or was not reached at all: it is not tried
    /// again, and left alone for a while.
    pub fn unreachable(&mut self, job: &Job, now: Duration) {
        self.arrived(job);
        self.end(job);
        let host = job.lane.host();
        self.penalties.failed(job.target.token_id, host, now);
    }

    /// A push was not taken now; `after` is what its service asks for.
    pub fn again(&mut self, mut job: Job, after: Option<Duration>, now: Duration) {
        self.arrived(&job);
        let is_over = match job.notice {
            Notice::Call(id) => self.over.contains_key(&(job.target.user_id, id)),
            Notice::Message | Notice::CallCancelled(_) => false,
        };
        let back_off = BACK_OFF * 4_u32.pow(job.attempts.saturating_sub(1).min(ATTEMPTS_MAX));
        job.due = now.saturating_add(after.unwrap_or_default().max(back_off));
        job.asked = None;
        let in_vain = job.attempts >= ATTEMPTS_MAX || job.due >= job.ends;
        if is_over || in_vain {
            self.end(&job);
        } else {
            self.put(job);
        }
    }

    /// Whose tokens have to be used again now, and which; forgets what is long past.
    pub fn take_later(&mut self, now: Duration, most: usize) -> Vec<(UserId, Uuid)> {
        self.woken.retain(|_, at| now < at.saturating_add(COLLAPSE));
        self.rung.retain(|_, at| now < at.saturating_add(CALL_TTL));
        self.over.retain(|_, at| now < at.saturating_add(CALL_TTL));
        self.penalties.forget(now);
        let due = self.later.iter();
        let due = due.filter(|(token_id, (_, at))| *at <= now && !self.busy.contains(*token_id));
        let due = due.map(|(token_id, (user_id, _))| (*user_id, *token_id));
        let due: Vec<_> = due.take(most).collect();
        let taken: HashSet<Uuid> = due.iter().map(|(_, token_id)| *token_id).collect();
        self.later.retain(|token_id, _| !taken.contains(token_id));
        due
    }

    /// Whether a push is on its way.
    pub fn is_sending(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Whether anything is kept that time alone moves on.
    pub fn is_waiting(&self) -> bool {
        !(self.jobs.is_empty()
            && self.later.is_empty()
            && self.woken.is_empty()
            && self.rung.is_empty()
            && self.over.is_empty()
            && self.penalties.is_empty())
    }
}

#[cfg(test)]
mod tests;
