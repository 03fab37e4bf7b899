//! How a call ends: by somebody, by time, or because too few are left.

use sentinal_protocol::{CallEndReason, CallParticipantStatus as Status, CallStatus, UserId};

use super::{CALL_MAX, Making, RING, Refusal, SOCKETLESS_MAX, Socket, Tell, Whom};

/// Why somebody is in it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Of their own will, or another's.
    Left,
    /// They did not want to.
    Declined,
    /// They did not answer in time.
    TimedOut,
    /// Their device is gone.
    Network,
}

impl Making {
    pub(super) fn end(&mut self, by: UserId, reason: Option<CallEndReason>) -> Result<(), Refusal> {
        let status = self.status(by).ok_or(Refusal::NotInCall)?;
        if self.call.is_group() && !self.call.is_ended() {
            if !status.is_live() {
                return Err(Refusal::NotInCall);
            }
            if self.call.record.initiator_id != Some(by) && self.call.host() != Some(by) {
                return Err(Refusal::NotInitiator);
            }
        }
        if self.call.is_ended() {
            return Ok(());
        }
        let usual = self.usual_reason();
        if status.is_ringing() {
            self.take_out(by, Status::Declined);
        }
        self.finish(reason.unwrap_or(usual), Some(by));
        Ok(())
    }

    /// Why a call ends that somebody hangs up, unless they say: completed if it was connected, failed
    /// if it was only answered, else missed.
    fn usual_reason(&self) -> CallEndReason {
        if self.call.record.status == CallStatus::Connected {
            CallEndReason::Completed
        } else if self.call.is_answered() {
            CallEndReason::Failed
        } else {
            CallEndReason::Missed
        }
    }

    /// Ends the call if too few are left in it, or nobody but those who are asked.
    pub(super) fn settle(&mut self, by: Option<UserId>, cause: Cause) {
        let call = &self.call;
        if call.is_ended() || (call.live_count() >= 2 && call.joined().next().is_some()) {
            return;
        }
        let may_wait = call.waits_for_people()
            && call.joined().next().is_some()
            && self.now < call.record.created_at.plus(RING);
        if may_wait {
            return;
        }
        let reason = match cause {
            Cause::Network => CallEndReason::NetworkError,
            Cause::Declined if !call.is_answered() => CallEndReason::Declined,
            Cause::TimedOut if !call.is_answered() => CallEndReason::Timeout,
            Cause::Left | Cause::Declined | Cause::TimedOut => self.usual_reason(),
        };
        self.finish(reason, by);
    }

    /// The call is over.
    pub(super) fn finish(&mut self, reason: CallEndReason, by: Option<UserId>) {
        if self.call.is_ended() {
            return;
        }
        let parties = self.call.record.parties.iter();
        let users: Vec<_> = parties.map(|party| party.user_id).collect();
        for user in &users {
            let status = match self.status(*user) {
                Some(Status::Joined) => Status::Left,
                Some(_) | None => Status::Missed,
            };
            self.take_out(*user, status);
        }
        let record = &mut self.call.record;
        record.status = CallStatus::Ended;
        record.reason = Some(reason);
        record.ended_by = by;
        record.ended_at = Some(self.now);
        for user in users {
            self.tell(Whom::All(user), Tell::Ended);
        }
    }

    /// What time has done by now.
    pub(super) fn deadline(&mut self) {
        if self.call.is_ended() {
            return;
        }
        if self.now >= self.call.record.created_at.plus(CALL_MAX) {
            self.finish(CallEndReason::Timeout, None);
            return;
        }
        let now = self.now;
        let unanswered = self
            .call
            .record
            .parties
            .iter()
            .filter(|party| party.status.is_ringing() && now >= party.invited_at.plus(RING));
        let unanswered: Vec<_> = unanswered.map(|party| party.user_id).collect();
        let gone = self
            .call
            .memory
            .sockets
            .iter()
            .filter(|(_, socket)| match socket {
                Socket::Here => false,
                Socket::GoneSince(since) => now >= since.plus(SOCKETLESS_MAX),
            });
        let gone: Vec<_> = gone.map(|(user, _)| *user).collect();
        let cause = if gone.is_empty() {
            Cause::TimedOut
        } else {
            Cause::Network
        };
        for user in unanswered {
            self.take_out(user, Status::Missed);
            self.tell_of(user);
        }
        for user in gone {
            self.take_out(user, Status::Left);
            self.tell_of(user);
        }
        self.settle(None, cause);
        if !self.call.is_ended() && self.call.connects_at().is_some_and(|at| now >= at) {
            let first = self.call.joined().next().map(|party| party.user_id);
            if let Some(first) = first {
                self.connect(first);
            }
        }
    }
}
