//! A call as a value: what may happen next, and what everybody must be told of it. Free of I/O and of
//! clocks.
//!
//! [`Call::apply`] takes the time and an [`Input`] and answers the call after it with the effects to
//! announce, or why it is refused. The durable part is the [`CallRecord`], as it is stored; beside it
//! the call only keeps a [`Memory`] of its people. Statuses move forward: somebody who is done with a call comes back by being asked, or joining, anew.
//! [`Call::deadline`] is when time itself changes something; [`Input::Deadline`] then does it.
//! A call always has a deadline until it has ended, so it always ends.

mod answering;
mod ending;
mod memory;
mod people;
#[cfg(test)]
mod proptests;
#[cfg(test)]
mod tests;
mod words;

pub use words::{Effect, Hidden, Input, NewCall, Refusal, Tell, Whom};

use std::collections::BTreeMap;
use std::time::Duration;

use sentinal_protocol::limits::CALL_PARTICIPANTS_MAX;
use sentinal_protocol::{
    CallParticipantStatus as Status, CallStatus, ConversationType, DeviceId, Timestamp, UserId,
};
use sentinal_store::{CallParty, CallRecord, PersonName};

use self::memory::{Memory, Socket};

/// How long somebody is rung for before the call is missed. A group call that nobody else is in waits as long
/// for somebody to be asked.
pub const RING: Duration = Duration::from_secs(45);
/// Two who have joined count as connected after this, if nobody says so before.
pub const CONNECTED_AFTER: Duration = Duration::from_secs(30);
/// A joined device may be without a socket for so long; then its user has left.
pub const SOCKETLESS_MAX: Duration = Duration::from_secs(20);
/// No call is longer, whatever its devices do.
pub const CALL_MAX: Duration = Duration::from_hours(12);

/// What an input does.
#[derive(Clone, Debug)]
pub struct Step {
    /// The call after it.
    pub next: Call,
    /// What to announce, in order.
    pub effects: Vec<Effect>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// As it is stored.
    pub record: CallRecord,
    conversation: ConversationType,
    memory: Memory,
}

/// What is being made of a call: the next one and its effects.
struct Making {
    call: Call,
    effects: Vec<Effect>,
    now: Timestamp,
}

impl Call {
    /// A new call, and whom it rings.
    pub fn create(new: NewCall, now: Timestamp) -> Step {
        let names: BTreeMap<UserId, PersonName> = new.names.into_iter().collect();
        let party = |user_id, status, device| CallParty {
            user_id,
            name: names.get(&user_id).cloned(),
            status,
            device,
            audio_muted: false,
            video_muted: false,
            invited_at: now,
            joined_at: None,
            left_at: None,
        };
        let mut initiator = party(new.initiator, Status::Joined, Some(new.device));
        initiator.joined_at = Some(now);
        let mut parties = vec![initiator];
        parties.extend(new.other.map(|other| party(other, Status::Invited, None)));
        in_order(&mut parties);
        let call = Self {
            record: CallRecord {
                id: new.id,
                conversation_id: new.conversation_id,
                kind: new.kind,
                status: CallStatus::Initiated,
                initiator_id: Some(new.initiator),
                node_id: Some(new.node_id),
                hidden_from: match new.hidden {
                    Hidden::No => None,
                    Hidden::FromOther => new.other,
                },
                reason: None,
                ended_by: None,
                version: 1,
                created_at: now,
                started_at: None,
                ended_at: None,
                parties,
            },
            conversation: new.conversation,
            memory: Memory {
                names,
                ..Memory::default()
            },
        };
        let mut making = Making::of(&call, now);
        if let Some(other) = new.other {
            making.tell(Whom::All(other), Tell::Incoming { by: new.initiator });
        }
        making.done()
    }

    /// A call from the database.
    pub fn restore(record: CallRecord, conversation: ConversationType) -> Self {
        Self {
            record,
            conversation,
            memory: Memory::default(),
        }
    }

    /// The same call as somebody else has written it meanwhile.
    pub fn overtaken_by(&self, record: CallRecord) -> Self {
        Self {
            record,
            conversation: self.conversation,
            memory: self.memory.clone(),
        }
    }

    /// What an input does.
    pub fn apply(&self, now: Timestamp, input: Input) -> Result<Step, Refusal> {
        if input
            .actor()
            .is_some_and(|user| self.record.is_hidden_from(user))
        {
            return Err(Refusal::NotInCall);
        }
        let mut making = Making::of(self, now);
        match input {
            Input::Invite { by, user } => making.invite(by, user)?,
            Input::Join {
                user,
                device,
                online,
            } => making.join(user, device, &online)?,
            Input::Decline { user, device, why } => making.decline(user, device, why)?,
            Input::Leave { user, device } => making.leave(user, device)?,
            Input::Remove { by, user } => making.remove(by, user)?,
            Input::Mute {
                by,
                user,
                audio,
                video,
            } => making.mute(by, user, audio, video)?,
            Input::Ringing { user } => making.ringing(user)?,
            Input::Connected { by, device, online } => making.connected(by, device, &online)?,
            Input::End { by, reason } => making.end(by, reason)?,
            Input::Sockets { user, online } => making.sockets(user, &online),
            Input::DeviceRemoved { user, device } => making.device_removed(user, device),
            Input::LoggedOut { user, live } => making.logged_out(user, &live),
            Input::Depart { user } => making.depart(user),
            Input::Abandon { reason } => making.finish(reason, None),
            Input::Deadline => making.deadline(),
        }
        let mut step = making.done();
        if step.next.record != self.record {
            step.next.record.version += 1;
        }
        Ok(step)
    }

    /// When time changes something; `None` once it has ended.
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.is_ended() {
            return None;
        }
        let ringing = self.record.parties.iter();
        let ringing = ringing.filter(|party| party.status.is_ringing());
        let mut next = ringing
            .map(|party| party.invited_at.plus(RING))
            .chain([self.record.created_at.plus(CALL_MAX)])
            .chain(self.connects_at())
            .collect::<Vec<_>>();
        for party in self.joined() {
            if let Some(Socket::GoneSince(since)) = self.memory.sockets.get(&party.user_id) {
                next.push(since.plus(SOCKETLESS_MAX));
            }
        }
        if self.waits_for_people() {
            next.push(self.record.created_at.plus(RING));
        }
        next.into_iter().min()
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        self.record.status == CallStatus::Ended
    }

    /// Somebody in it.
    pub fn party(&self, user: UserId) -> Option<&CallParty> {
        self.record.party(user)
    }

    /// Those in it who have changed since `earlier`.
    pub fn changed_since(&self, earlier: &Self) -> Vec<CallParty> {
        let parties = self.record.parties.iter();
        let changed = parties.filter(|party| earlier.party(party.user_id) != Some(party));
        changed.cloned().collect()
    }

    /// Who would come into the call by this without having been asked, or with a device that was
    /// removed: they must be in its conversation, and so must the device.
    pub fn newcomer(&self, input: &Input) -> Option<(UserId, Option<DeviceId>)> {
        let (user, device) = if let Input::Invite { user, .. } = input {
            (*user, None)
        } else if let Input::Join { user, device, .. } = input {
            (*user, Some(device.id))
        } else if let Input::Connected { by, device, .. } = input
            && self.is_live(*by)
        {
            (*by, Some(device.id))
        } else {
            return None;
        };
        let is_removed = device.is_some_and(|device| self.memory.removed.contains(&device));
        (!self.is_ended() && (!self.is_live(user) || is_removed)).then_some((user, device))
    }

    /// What somebody is called who is in it, or has asked somebody to it.
    pub fn name_of(&self, user: UserId) -> Option<&PersonName> {
        let party = self.record.party(user);
        let name = party.and_then(|party| party.name.as_ref());
        name.or_else(|| self.memory.names.get(&user))
    }

    /// The same call, once it is known what somebody is called who may come into it.
    pub fn with_name(&self, user: UserId, name: PersonName) -> Self {
        let mut next = self.clone();
        next.memory.names.insert(user, name);
        next
    }

    /// The same call, when a device that was removed is its user's again.
    pub fn with_device(&self, device: DeviceId) -> Self {
        let mut next = self.clone();
        next.memory.removed.remove(&device);
        next
    }

    /// Whether an answer from this device accepts the call, or comes too late to.
    pub fn is_accepted_by(&self, user: UserId, device: DeviceId) -> bool {
        self.party(user).is_some_and(|party| match party.status {
            Status::Invited | Status::Ringing | Status::Declined | Status::Busy => true,
            Status::Joined => !is_device(party, device),
            Status::Missed | Status::Left => false,
        })
    }

    /// Where a signal of somebody's device goes.
    pub fn route(
        &self,
        from: UserId,
        device: DeviceId,
        to: UserId,
    ) -> Result<Option<Whom>, Refusal> {
        let sender = self.party(from);
        let sender = sender.filter(|_| !self.record.is_hidden_from(from));
        let sender = sender.ok_or(Refusal::NotInCall)?;
        if self.is_ended() {
            return Err(Refusal::Ended);
        }
        if !sender.status.is_live() {
            return Err(Refusal::NotInCall);
        }
        if sender.status == Status::Joined && !is_device(sender, device) {
            return Err(Refusal::AlreadyAnswered);
        }
        let receiver = self.party(to).ok_or(Refusal::NoParticipant)?;
        if self.record.is_hidden_from(to) {
            return Ok(None);
        }
        match (&receiver.device, receiver.status) {
            (_, status) if !status.is_live() => Err(Refusal::NoParticipant),
            (Some(device), Status::Joined) => Ok(Some(Whom::Only(to, device.id))),
            (Some(_) | None, _) => Ok(Some(Whom::All(to))),
        }
    }

    /// What a device must know of the call now; `None` if the call is not its business.
    pub fn state_for(&self, user: UserId, device: DeviceId) -> Option<Tell> {
        let party = self.party(user)?;
        if self.is_unknown_to(user) {
            return None;
        }
        if self.is_ended() {
            return Some(Tell::Ended);
        }
        Some(match party.status {
            Status::Invited | Status::Ringing => Tell::Incoming {
                by: self.asked_by(user),
            },
            Status::Joined | Status::Declined | Status::Busy if !is_device(party, device) => {
                Tell::AnsweredElsewhere
            }
            Status::Joined | Status::Declined | Status::Busy | Status::Missed | Status::Left => {
                Tell::Participant(user)
            }
        })
    }

    /// Whether somebody in it hears nothing of it: a block hides it, or they are not in the
    /// conversation any more.
    pub fn is_unknown_to(&self, user: UserId) -> bool {
        self.record.is_hidden_from(user) || self.memory.departed.contains(&user)
    }

    /// Notes, of a call from the database, who is not in the conversation any more.
    pub fn note_departed(&mut self, users: impl IntoIterator<Item = UserId>) {
        self.memory.departed.extend(users);
    }

    /// Whether somebody is in it now, or asked to it.
    pub fn is_live(&self, user: UserId) -> bool {
        self.party(user).is_some_and(|it| it.status.is_live())
    }

    /// Whether it is of a group.
    pub fn is_group(&self) -> bool {
        self.conversation == ConversationType::Group
    }

    /// Who has asked somebody.
    fn asked_by(&self, user: UserId) -> UserId {
        let asked_by = self.memory.invited_by.get(&user).copied();
        asked_by.or(self.record.initiator_id).unwrap_or(user)
    }

    /// Who may end the call of a group for everybody: whoever made it, as long as they are in it, else
    /// whoever of those in it has been there longest.
    fn host(&self) -> Option<UserId> {
        let made_it = |party: &&CallParty| Some(party.user_id) == self.record.initiator_id;
        let host = self.joined().find(made_it);
        let host = host.or_else(|| self.joined().min_by_key(|it| (it.joined_at, it.user_id)));
        host.map(|party| party.user_id)
    }

    fn joined(&self) -> impl Iterator<Item = &CallParty> {
        let parties = self.record.parties.iter();
        parties.filter(|party| party.status == Status::Joined)
    }

    fn live_count(&self) -> usize {
        let parties = self.record.parties.iter();
        parties.filter(|party| party.status.is_live()).count()
    }

    /// Whether somebody but the one who made it has ever joined.
    fn is_answered(&self) -> bool {
        let mut parties = self.record.parties.iter();
        self.record.started_at.is_some()
            || parties.any(|party| {
                party.joined_at.is_some() && Some(party.user_id) != self.record.initiator_id
            })
    }

    /// A group call is made alone: others are asked one after the other, and the first of them may
    /// decline before the next is asked.
    fn waits_for_people(&self) -> bool {
        self.is_group() && !self.is_answered() && self.live_count() < 2
    }

    /// When the second of those in it joined, and some time.
    fn connects_at(&self) -> Option<Timestamp> {
        if self.record.status >= CallStatus::Connected {
            return None;
        }
        let mut joined: Vec<_> = self.joined().filter_map(|party| party.joined_at).collect();
        joined.sort_unstable();
        joined.get(1).map(|at| at.plus(CONNECTED_AFTER))
    }

    fn has_place(&self) -> bool {
        self.live_count() < CALL_PARTICIPANTS_MAX
    }
}

/// The order in which they were asked, which is also that of the database.
fn in_order(parties: &mut [CallParty]) {
    parties.sort_by_key(|party| (party.invited_at, party.user_id));
}

fn is_device(party: &CallParty, device: DeviceId) -> bool {
    party.device.as_ref().is_some_and(|it| it.id == device)
}

impl Making {
    fn of(call: &Call, now: Timestamp) -> Self {
        Self {
            call: call.clone(),
            effects: Vec::new(),
            now,
        }
    }

    fn done(self) -> Step {
        Step {
            next: self.call,
            effects: self.effects,
        }
    }

    fn party_mut(&mut self, user: UserId) -> Option<&mut CallParty> {
        let mut parties = self.call.record.parties.iter_mut();
        parties.find(|party| party.user_id == user)
    }

    fn status(&self, user: UserId) -> Option<Status> {
        self.call.party(user).map(|party| party.status)
    }

    /// Tells somebody, unless they must hear nothing of it.
    fn tell(&mut self, whom: Whom, tell: Tell) {
        let (Whom::All(user) | Whom::Only(user, _) | Whom::AllBut(user, _)) = whom;
        if !self.call.is_unknown_to(user) {
            self.effects.push(Effect { whom, tell });
        }
    }

    /// Tells the others who are in it or asked to it.
    fn tell_others(&mut self, user: UserId, tell: Tell) {
        let parties = self.call.record.parties.iter();
        let others: Vec<_> = parties
            .filter(|party| party.status.is_live() && party.user_id != user)
            .map(|party| party.user_id)
            .collect();
        for other in others {
            self.tell(Whom::All(other), tell);
        }
    }

    /// Tells everybody, themselves included, how somebody is now.
    fn tell_of(&mut self, user: UserId) {
        self.tell_others(user, Tell::Participant(user));
        self.tell(Whom::All(user), Tell::Participant(user));
    }

    /// Somebody is in it no more. True if they were.
    fn take_out(&mut self, user: UserId, status: Status) -> bool {
        let now = self.now;
        let Some(party) = self.party_mut(user).filter(|it| it.status.is_live()) else {
            return false;
        };
        if party.status == Status::Joined {
            party.left_at = Some(now);
        }
        party.status = status;
        self.call.memory.forget(user);
        true
    }
}
