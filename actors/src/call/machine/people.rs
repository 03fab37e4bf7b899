//! Asking people to a call, and what they are in it.

use std::collections::BTreeSet;

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{CallParticipantStatus as Status, CallStatus, DeviceId, UserId};
use sentinal_store::CallParty;

use super::{Making, Refusal, Socket, Tell, Whom, in_order, is_device};

impl Making {
    pub(super) fn invite(&mut self, by: UserId, user: UserId) -> Result<(), Refusal> {
        let inviter = self.status(by).ok_or(Refusal::NotInCall)?;
        if self.call.is_ended() {
            return Err(Refusal::Ended);
        }
        // Whoever is asked is in it already, for themselves as for others.
        let asks_for_oneself = by == user && inviter.is_live();
        if inviter != Status::Joined && !asks_for_oneself {
            return Err(Refusal::NotInCall);
        }
        if self.status(user).is_some_and(Status::is_live) {
            return Ok(());
        }
        if !self.call.has_place() {
            return Err(Refusal::Full);
        }
        self.ask(user);
        self.call.memory.invited_by.insert(user, by);
        self.tell(Whom::All(user), Tell::Incoming { by });
        self.tell_others(user, Tell::Participant(user));
        Ok(())
    }

    /// Puts somebody among those who are asked, at the end.
    pub(super) fn ask(&mut self, user: UserId) {
        let now = self.now;
        self.call.memory.start_over(user);
        let parties = &mut self.call.record.parties;
        parties.retain(|party| party.user_id != user);
        parties.push(CallParty {
            user_id: user,
            name: self.call.memory.names.get(&user).cloned(),
            status: Status::Invited,
            device: None,
            audio_muted: false,
            video_muted: false,
            invited_at: now,
            joined_at: None,
            left_at: None,
        });
        in_order(parties);
    }

    pub(super) fn ringing(&mut self, user: UserId) -> Result<(), Refusal> {
        let status = self.status(user).ok_or(Refusal::NotInCall)?;
        if self.call.is_ended() {
            return Err(Refusal::Ended);
        }
        match status {
            Status::Ringing => Ok(()),
            Status::Invited => {
                self.reached(user);
                Ok(())
            }
            Status::Joined | Status::Declined | Status::Busy => Err(Refusal::AlreadyAnswered),
            Status::Missed | Status::Left => Err(Refusal::Backwards),
        }
    }

    /// A device of somebody who is asked rings.
    fn reached(&mut self, user: UserId) {
        if let Some(party) = self.party_mut(user) {
            party.status = Status::Ringing;
        }
        let status = &mut self.call.record.status;
        *status = (*status).max(CallStatus::Ringing);
        self.tell_others(user, Tell::Participant(user));
    }

    pub(super) fn sockets(&mut self, user: UserId, online: &BTreeSet<DeviceId>) {
        if self.call.is_ended() || self.call.record.is_hidden_from(user) {
            return;
        }
        if self.status(user).is_some_and(Status::is_ringing) {
            let reached = self.call.memory.reached.entry(user).or_default();
            reached.extend(online);
        }
        let Some(party) = self.call.party(user) else {
            return;
        };
        match party.status {
            Status::Invited if !online.is_empty() => self.reached(user),
            Status::Joined => {
                let has_socket = online.iter().any(|device| is_device(party, *device));
                self.has_socket(user, has_socket);
            }
            Status::Invited
            | Status::Ringing
            | Status::Declined
            | Status::Busy
            | Status::Missed
            | Status::Left => {}
        }
    }

    pub(super) fn has_socket(&mut self, user: UserId, has_socket: bool) {
        let now = self.now;
        let sockets = &mut self.call.memory.sockets;
        if has_socket {
            sockets.insert(user, Socket::Here);
        } else if sockets.get(&user) == Some(&Socket::Here) {
            sockets.insert(user, Socket::GoneSince(now));
        }
    }

    pub(super) fn mute(
        &mut self,
        by: UserId,
        user: UserId,
        audio: Option<bool>,
        video: Option<bool>,
    ) -> Result<(), Refusal> {
        self.status(by).ok_or(Refusal::NotInCall)?;
        self.status(user).ok_or(Refusal::NoParticipant)?;
        if by != user && self.call.record.initiator_id != Some(by) {
            return Err(Refusal::NotInitiator);
        }
        if self.call.is_ended() {
            return Err(Refusal::Ended);
        }
        if !self.status(by).is_some_and(Status::is_live) {
            return Err(Refusal::NotInCall);
        }
        let Some(party) = self.party_mut(user).filter(|it| it.status.is_live()) else {
            return Err(Refusal::NoParticipant);
        };
        let muted = (
            audio.unwrap_or(party.audio_muted),
            video.unwrap_or(party.video_muted),
        );
        let unmutes = party.audio_muted && !muted.0 || party.video_muted && !muted.1;
        if by != user && unmutes {
            return Err(Refusal::NotToUnmute);
        }
        if muted != (party.audio_muted, party.video_muted) {
            (party.audio_muted, party.video_muted) = muted;
            self.tell_of(user);
        }
        Ok(())
    }

    pub(super) fn connected(
        &mut self,
        by: UserId,
        device: DeviceName,
        online: &BTreeSet<DeviceId>,
    ) -> Result<(), Refusal> {
        let party = self.call.party(by).ok_or(Refusal::NotInCall)?;
        if self.call.is_ended() {
            return Err(Refusal::Ended);
        }
        match party.status {
            Status::Invited | Status::Ringing => self.join(by, device, online)?,
            Status::Joined if !is_device(party, device.id) => return Err(Refusal::AlreadyAnswered),
            Status::Joined => {}
            Status::Declined | Status::Busy | Status::Missed | Status::Left => {
                return Err(Refusal::NotInCall);
            }
        }
        if self.call.record.status == CallStatus::Connected {
            return Ok(());
        }
        if self.call.joined().count() < 2 {
            return Err(Refusal::TooFew);
        }
        self.connect(by);
        Ok(())
    }

    /// The call counts as connected from now on; told as news of one of those in it.
    pub(super) fn connect(&mut self, by: UserId) {
        self.call.record.status = CallStatus::Connected;
        self.call.record.started_at = Some(self.now);
        self.tell_of(by);
    }
}
