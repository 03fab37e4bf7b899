//! Accepting, declining, leaving: the first device of somebody wins.

use std::collections::BTreeSet;

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{CallDecline, CallParticipantStatus as Status, DeviceId, UserId};

use super::ending::Cause;
use super::{Making, Refusal, Socket, Tell, Whom, is_device};

impl Making {
    pub(super) fn join(
        &mut self,
        user: UserId,
        device: DeviceName,
        online: &BTreeSet<DeviceId>,
    ) -> Result<(), Refusal> {
        if self.call.memory.removed.contains(&device.id) {
            return Err(Refusal::NotInCall);
        }
        match self.call.party(user) {
            None if !self.call.is_group() => return Err(Refusal::NotInCall),
            Some(party) => match party.status {
                Status::Joined if is_device(party, device.id) => return Ok(()),
                Status::Joined | Status::Declined | Status::Busy => {
                    return Err(Refusal::AlreadyAnswered);
                }
                Status::Left if self.call.is_ended() && !is_device(party, device.id) => {
                    return Err(Refusal::AlreadyAnswered);
                }
                Status::Invited | Status::Ringing | Status::Missed | Status::Left => {}
            },
            None => {}
        }
        if self.call.is_ended() {
            return Err(Refusal::Ended);
        }
        if !self.status(user).is_some_and(Status::is_live) {
            // Nobody asked, or the asking is over.
            if !self.call.has_place() {
                return Err(Refusal::Full);
            }
            self.ask(user);
        }
        let (now, id) = (self.now, device.id);
        if let Some(party) = self.party_mut(user) {
            party.status = Status::Joined;
            party.joined_at = Some(now);
            party.device = Some(device);
        }
        self.joined_with(user, id, online);
        self.tell_others(user, Tell::Accepted(user));
        self.tell_answered(user, id);
        Ok(())
    }

    /// Whether the device that has joined has a socket. One that had one while it rang has lost it;
    /// one that never had one needs none.
    fn joined_with(&mut self, user: UserId, device: DeviceId, online: &BTreeSet<DeviceId>) {
        let memory = &mut self.call.memory;
        let reached = memory.reached.remove(&user).unwrap_or_default();
        if online.contains(&device) {
            memory.sockets.insert(user, Socket::Here);
        } else if reached.contains(&device) {
            memory.sockets.insert(user, Socket::GoneSince(self.now));
        }
    }

    /// All sockets of somebody stop ringing, those of the device that has answered too.
    fn tell_answered(&mut self, user: UserId, device: DeviceId) {
        self.tell(Whom::AllBut(user, device), Tell::AnsweredElsewhere);
        self.tell(Whom::Only(user, device), Tell::Participant(user));
    }

    pub(super) fn decline(
        &mut self,
        user: UserId,
        device: DeviceName,
        why: CallDecline,
    ) -> Result<(), Refusal> {
        let party = self.call.party(user).ok_or(Refusal::NotInCall)?;
        match party.status {
            Status::Invited | Status::Ringing => {}
            Status::Joined => return Err(Refusal::AlreadyAnswered),
            Status::Declined | Status::Busy | Status::Missed | Status::Left => return Ok(()),
        }
        let status = match why {
            CallDecline::Declined => Status::Declined,
            CallDecline::Busy => Status::Busy,
        };
        self.take_out(user, status);
        let id = device.id;
        if let Some(party) = self.party_mut(user) {
            party.device = Some(device);
        }
        self.tell_others(user, Tell::Declined(user));
        self.tell_answered(user, id);
        self.settle(Some(user), Cause::Declined);
        Ok(())
    }

    pub(super) fn leave(&mut self, user: UserId, device: DeviceName) -> Result<(), Refusal> {
        match self.status(user).ok_or(Refusal::NotInCall)? {
            Status::Invited | Status::Ringing => self.decline(user, device, CallDecline::Declined),
            Status::Joined => {
                self.take_out(user, Status::Left);
                self.tell_of(user);
                self.settle(Some(user), Cause::Left);
                Ok(())
            }
            Status::Declined | Status::Busy | Status::Missed | Status::Left => Ok(()),
        }
    }

    pub(super) fn remove(&mut self, by: UserId, user: UserId) -> Result<(), Refusal> {
        let own = self.status(by).ok_or(Refusal::NotInCall)?;
        if self.call.record.initiator_id != Some(by) {
            return Err(Refusal::NotInitiator);
        }
        if !self.call.is_ended() && !own.is_live() {
            return Err(Refusal::NotInCall);
        }
        let status = match self.status(user).ok_or(Refusal::NoParticipant)? {
            Status::Invited | Status::Ringing => Status::Missed,
            Status::Joined => Status::Left,
            Status::Declined | Status::Busy | Status::Missed | Status::Left => return Ok(()),
        };
        self.take_out(user, status);
        self.tell_of(user);
        self.settle(Some(by), Cause::Left);
        Ok(())
    }

    pub(super) fn depart(&mut self, user: UserId) {
        // They never knew of it; whoever calls them must not learn that they go.
        if self.call.record.is_hidden_from(user) {
            return;
        }
        let (status, cause) = match self.status(user) {
            Some(Status::Joined) => (Status::Left, Cause::Left),
            Some(_) | None => (Status::Declined, Cause::Declined),
        };
        let is_out = self.take_out(user, status);
        if is_out {
            self.tell_of(user);
        }
        // In a DM the call ends at once, and both sides must hear that.
        if self.call.is_group() && self.call.party(user).is_some() {
            self.call.memory.departed.insert(user);
        }
        if is_out {
            self.settle(Some(user), cause);
        }
    }

    pub(super) fn device_removed(&mut self, user: UserId, device: DeviceId) {
        self.call.memory.removed.insert(device);
        let party = self.call.party(user);
        if party.is_some_and(|it| it.status == Status::Joined && is_device(it, device)) {
            self.lose_device(user);
        }
    }

    pub(super) fn logged_out(&mut self, user: UserId, live: &BTreeSet<DeviceId>) {
        let party = self.call.party(user);
        let joined = party.filter(|it| it.status == Status::Joined);
        if joined.is_some_and(|it| !live.iter().any(|device| is_device(it, *device))) {
            self.lose_device(user);
        }
    }

    /// The device that somebody had joined with may not go on.
    fn lose_device(&mut self, user: UserId) {
        if self.take_out(user, Status::Left) {
            self.tell_of(user);
            self.settle(Some(user), Cause::Left);
        }
    }
}
