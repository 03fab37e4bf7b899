//! Calls: reading them, and what people do in them.
//!
//! What a caller may know of is read from the database, which is what was last announced. What they
//! do goes to the call's actor; a call that has ended is asked the same questions without one.

mod create;
mod ice;
mod quality;

use std::collections::BTreeSet;
use std::sync::Arc;

use sentinal_actors::call::machine::{Call, Input, Refusal};
use sentinal_actors::call::{duration, participant_resource, participant_resources};
use sentinal_actors::messages::{Answer, CallFailure};
use sentinal_protocol::api::calls::{
    AddCallParticipantRequest, Call as CallResource, CallDuration, CallMuteRequest,
    CallParticipant, CallParticipants, CallStatusRequest, Calls as CallsPage, CallsQuery,
    EndCallRequest, OwnCallsQuery,
};
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::{
    CallDecline, CallId, CallParticipantStatus as Status, CallStatus, ConversationId,
    ConversationType, DeviceId, UserId,
};
use sentinal_store::{CallRecord, CallShelf, Stored};

use crate::context::Context;
use crate::paging::slice;
use crate::{ApiError, Caller};

fn device_of(caller: &Caller) -> DeviceName {
    DeviceName {
        id: caller.device_id,
        device_id: caller.device_name.to_string(),
    }
}

fn no_call() -> ApiError {
    ApiError::not_found("call")
}

/// Only oneself, where a list or a status is one's own.
fn check_own(caller: &Caller, user_id: Option<UserId>) -> Result<(), ApiError> {
    if user_id.is_some_and(|user_id| user_id != caller.user_id) {
        return Err(ApiError::forbidden("This is somebody else's."));
    }
    Ok(())
}

/// Calls, as callers see and steer them.
#[derive(Clone)]
pub struct CallService {
    pub(crate) context: Context,
}

impl CallService {
    /// A call of one of the caller's conversations.
    pub async fn get_call(&self, caller: &Caller, id: CallId) -> Result<CallResource, ApiError> {
        let record = self.visible_call(caller, id).await?;
        Ok(self.context.calls.shown(&record))
    }

    /// A page of a conversation's calls.
    pub async fn list_calls(
        &self,
        caller: &Caller,
        query: CallsQuery,
    ) -> Result<CallsPage, ApiError> {
        let id = query.conversation_id;
        self.check_member(caller, id).await?;
        let which = CallShelf::Conversation(id);
        self.calls_page(caller, which, query.page, query.limit)
            .await
    }

    /// A page of the calls that the caller is or was in.
    pub async fn list_own_calls(
        &self,
        caller: &Caller,
        query: OwnCallsQuery,
    ) -> Result<CallsPage, ApiError> {
        self.own_calls(caller, CallShelf::Own, query).await
    }

    /// A page of the live calls of the caller's conversations.
    pub async fn list_active_calls(
        &self,
        caller: &Caller,
        query: OwnCallsQuery,
    ) -> Result<CallsPage, ApiError> {
        self.own_calls(caller, CallShelf::Active, query).await
    }

    /// A page of the calls that the caller has missed.
    pub async fn list_missed_calls(
        &self,
        caller: &Caller,
        query: OwnCallsQuery,
    ) -> Result<CallsPage, ApiError> {
        self.own_calls(caller, CallShelf::Missed, query).await
    }

    async fn own_calls(
        &self,
        caller: &Caller,
        which: CallShelf,
        query: OwnCallsQuery,
    ) -> Result<CallsPage, ApiError> {
        check_own(caller, query.user_id)?;
        self.calls_page(caller, which, query.page, query.limit)
            .await
    }

    async fn calls_page(
        &self,
        caller: &Caller,
        which: CallShelf,
        page: Option<u64>,
        limit: Option<u64>,
    ) -> Result<CallsPage, ApiError> {
        let page = slice(page, limit)?;
        let (records, total) = self
            .context
            .store
            .list_calls(caller.user_id, which, page.offset, page.limit)
            .await?;
        let shown = records
            .iter()
            .map(|record| self.context.calls.shown(record));
        let calls: Vec<_> = shown.collect();
        let has_more = page.offset.saturating_add(calls.len() as u64) < total;
        Ok(CallsPage {
            calls,
            total,
            has_more,
        })
    }

    /// Everybody who is or was in a call.
    pub async fn list_call_participants(
        &self,
        caller: &Caller,
        id: CallId,
    ) -> Result<CallParticipants, ApiError> {
        let record = self.visible_call(caller, id).await?;
        Ok(CallParticipants {
            participants: participant_resources(&record),
        })
    }

    /// How long a call was connected.
    pub async fn get_call_duration(
        &self,
        caller: &Caller,
        id: CallId,
    ) -> Result<CallDuration, ApiError> {
        let record = self.visible_call(caller, id).await?;
        Ok(CallDuration {
            duration: duration(&record, self.context.calls.now_of(record.id)),
        })
    }

    /// Asks somebody to a call.
    pub async fn add_call_participant(
        &self,
        caller: &Caller,
        id: CallId,
        request: AddCallParticipantRequest,
    ) -> Result<Stored<CallParticipant>, ApiError> {
        let (by, user) = (caller.user_id, request.user_id);
        let record = self.visible_call(caller, id).await?;
        let invite = Input::Invite { by, user };
        let Answer { call, changed } = self.answer_in_call(&record, invite).await?;
        let participant = participant(&call, user)?;
        Ok(if changed {
            Stored::Created(participant)
        } else {
            Stored::Unchanged(participant)
        })
    }

    /// Takes somebody out of a call; oneself: leaves it.
    pub async fn remove_call_participant(
        &self,
        caller: &Caller,
        id: CallId,
        user: UserId,
    ) -> Result<(), ApiError> {
        let record = self.visible_call(caller, id).await?;
        let input = if user == caller.user_id {
            Input::Leave {
                user,
                device: device_of(caller),
            }
        } else {
            Input::Remove {
                by: caller.user_id,
                user,
            }
        };
        self.in_call(&record, input).await?;
        Ok(())
    }

    /// Accepts, declines, or leaves.
    pub async fn update_call_status(
        &self,
        caller: &Caller,
        id: CallId,
        user: UserId,
        request: CallStatusRequest,
    ) -> Result<CallParticipant, ApiError> {
        let record = self.visible_call(caller, id).await?;
        check_own(caller, Some(user))?;
        let device = device_of(caller);
        let decline = |why| Input::Decline {
            user,
            device: device.clone(),
            why,
        };
        let input = match request.status {
            Status::Joined => self.join_input(caller),
            Status::Declined => decline(CallDecline::Declined),
            Status::Busy => decline(CallDecline::Busy),
            Status::Left => Input::Leave { user, device },
            Status::Ringing => Input::Ringing { user },
            Status::Invited => {
                let party = record.party(user);
                let party = party.ok_or_else(|| ApiError::from(Refusal::NotInCall))?;
                if !party.status.is_ringing() {
                    return Err(Refusal::Backwards.into());
                }
                return Ok(participant_resource(record.id, party));
            }
            Status::Missed => {
                return Err(ApiError::invalid("status", "is not set by anybody"));
            }
        };
        let call = self.in_call(&record, input).await?;
        participant(&call, user)
    }

    /// Says whether somebody is heard and seen.
    pub async fn mute_in_call(
        &self,
        caller: &Caller,
        id: CallId,
        user: UserId,
        request: CallMuteRequest,
    ) -> Result<CallParticipant, ApiError> {
        let record = self.visible_call(caller, id).await?;
        let input = Input::Mute {
            by: caller.user_id,
            user,
            audio: request.audio_muted,
            video: request.video_muted,
        };
        let call = self.in_call(&record, input).await?;
        participant(&call, user)
    }

    /// Says that media flow; for who is asked, that they accept.
    pub async fn mark_call_connected(
        &self,
        caller: &Caller,
        id: CallId,
    ) -> Result<CallResource, ApiError> {
        let record = self.visible_call(caller, id).await?;
        let input = Input::Connected {
            by: caller.user_id,
            device: device_of(caller),
            online: self.online(caller),
        };
        let call = self.in_call(&record, input).await?;
        Ok(self.context.calls.shown(&call.record))
    }

    /// Ends a call for everybody.
    pub async fn end_call(
        &self,
        caller: &Caller,
        id: CallId,
        request: EndCallRequest,
    ) -> Result<CallResource, ApiError> {
        let record = self.visible_call(caller, id).await?;
        let input = Input::End {
            by: caller.user_id,
            reason: request.reason,
        };
        let call = self.in_call(&record, input).await?;
        Ok(self.context.calls.shown(&call.record))
    }

    /// Declines a call, by a frame of a socket.
    pub async fn decline_call(
        &self,
        caller: &Caller,
        id: CallId,
        why: CallDecline,
    ) -> Result<(), ApiError> {
        let record = self.visible_call(caller, id).await?;
        let input = Input::Decline {
            user: caller.user_id,
            device: device_of(caller),
            why,
        };
        self.in_call(&record, input).await?;
        Ok(())
    }

    /// Why a signal was not relayed. Who may not know of the call learns nothing of it.
    pub async fn explain_signal(
        &self,
        caller: &Caller,
        id: CallId,
        failure: CallFailure,
    ) -> ApiError {
        if let CallFailure::Refused(Refusal::NotInCall) = failure
            && let Err(error) = self.visible_call(caller, id).await
        {
            return error;
        }
        failure.into()
    }

    /// Why a signal cannot be relayed: there is no such call, or it is over.
    pub async fn explain_no_call(&self, caller: &Caller, id: CallId, is_answer: bool) -> ApiError {
        match self.visible_call(caller, id).await {
            Ok(record) if is_answer => {
                let join = self.join_input(caller);
                let refused = self.in_call(&record, join).await.err();
                refused.unwrap_or_else(|| Refusal::Ended.into())
            }
            Ok(_) => Refusal::Ended.into(),
            Err(error) => error,
        }
    }

    fn join_input(&self, caller: &Caller) -> Input {
        Input::Join {
            user: caller.user_id,
            device: device_of(caller),
            online: self.online(caller),
        }
    }

    /// The caller's devices that have a socket.
    fn online(&self, caller: &Caller) -> BTreeSet<DeviceId> {
        let sessions = self.context.directory.sessions(caller.user_id).into_iter();
        sessions.map(|entry| entry.device_id).collect()
    }

    /// A call that the caller may know of.
    async fn visible_call(&self, caller: &Caller, id: CallId) -> Result<CallRecord, ApiError> {
        let record = self
            .context
            .store
            .find_visible_call(caller.user_id, id)
            .await?;
        record.ok_or_else(no_call)
    }

    async fn check_member(&self, caller: &Caller, id: ConversationId) -> Result<(), ApiError> {
        let roster = self.context.rosters.get(id).await?;
        if roster.is_none_or(|roster| roster.member(caller.user_id).is_none()) {
            return Err(ApiError::not_found("conversation"));
        }
        Ok(())
    }

    /// Does something in a call, and answers the call after it.
    async fn in_call(&self, record: &CallRecord, input: Input) -> Result<Arc<Call>, ApiError> {
        Ok(self.answer_in_call(record, input).await?.call)
    }

    /// The same, and whether this has changed it.
    async fn answer_in_call(&self, record: &CallRecord, input: Input) -> Result<Answer, ApiError> {
        if record.status != CallStatus::Ended
            && let Some(done) = self.context.calls.ask(record.id, input.clone()).await
        {
            return done;
        }
        // It has ended, now at the latest.
        let record = self.context.calls.settle(record).await?;
        let roster = self.context.rosters.get(record.conversation_id).await?;
        let conversation = roster.map_or(ConversationType::Group, |roster| roster.kind);
        let call = Call::restore(record, conversation);
        let step = call.apply(self.context.clock.now(), input)?;
        Ok(Answer {
            call: Arc::new(step.next),
            changed: false,
        })
    }
}

fn participant(call: &Call, user: UserId) -> Result<CallParticipant, ApiError> {
    let party = call.party(user);
    let party = party.ok_or_else(|| ApiError::from(Refusal::NoParticipant))?;
    Ok(participant_resource(call.record.id, party))
}
