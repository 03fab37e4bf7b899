//! Making a call.

use sentinal_actors::call::machine::{Call, Hidden, Input, NewCall, Step};
use sentinal_actors::call::{CallActor, Make};
use sentinal_protocol::api::calls::{Call as CallResource, CreateCallRequest};
use sentinal_protocol::{
    CallEndReason, CallId, CallType, ConversationId, ConversationType, ErrorCode, Permission, Role,
    Timeline,
};
use sentinal_store::{CallRecord, CallSaved, CallWrite, Roster};
use serde_json::json;
use tokio::sync::oneshot;

use super::ApiError;
use super::CallService;
use super::Caller;
use super::check_own;
use super::device_of;
use crate::messages::account_deleted;
use crate::rate_limits::Bucket;

/// Calls that may have to go before a new one is made: each try finds a live one gone, or fails.
const TRIES: usize = 3;

/// A call that somebody wants to make.
struct NewCallRequest {
    /// Who calls.
    caller: Caller,
    /// The conversation in which they call.
    conversation_id: ConversationId,
    /// With sound or with picture.
    kind: CallType,
}

impl CallService {
    /// Makes a call. In a DM it rings the other side.
    pub async fn create_call(
        &self,
        caller: &Caller,
        request: CreateCallRequest,
    ) -> Result<CallResource, ApiError> {
        self.context.limits.check(Bucket::Calls, caller.user_id)?;
        check_own(caller, request.initiator_id)?;
        let (reply, answer) = oneshot::channel();
        let new = NewCallRequest {
            caller: caller.clone(),
            conversation_id: request.conversation_id,
            kind: request.kind,
        };
        let id = CallId::new(self.context.clock.now());
        let of = (caller.user_id, request.conversation_id);
        let app = self.clone();
        let first_step: Make = Box::new(move |timeline| {
            Box::pin(async move { app.make_call(id, &new, timeline).await })
        });
        if self.context.directory.is_draining()
            || !CallActor::start_new(&self.context.calls, id, of, first_step, reply)
        {
            return Err(ApiError::overloaded());
        }
        match answer.await {
            Ok(made) => {
                let call = made?.call;
                Ok(self.context.calls.shown(&call.record))
            }
            Err(_) => Err(ApiError::unhealthy()),
        }
    }

    /// The first step of a call, in the database. The actor does it.
    async fn make_call(
        &self,
        id: CallId,
        request: &NewCallRequest,
        timeline: Timeline,
    ) -> Result<Step, ApiError> {
        let NewCallRequest {
            caller,
            conversation_id,
            kind,
        } = request;
        let roster = self.context.rosters.read(*conversation_id).await?;
        let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
        let hidden = check_rights(caller, &roster)?;
        if !roster.has(caller.user_id, caller.device_id) {
            // It was removed a moment ago.
            return Err(ApiError::unauthorized());
        }
        let other = match roster.kind {
            ConversationType::Dm => roster.other(caller.user_id).map(|other| other.user_id),
            ConversationType::Group => None,
        };
        for _ in 0..TRIES {
            let new = NewCall {
                id,
                conversation_id: *conversation_id,
                conversation: roster.kind,
                kind: *kind,
                initiator: caller.user_id,
                device: device_of(caller),
                other,
                names: roster
                    .members
                    .iter()
                    .filter(|it| it.user_id == caller.user_id || Some(it.user_id) == other)
                    .filter_map(|it| Some((it.user_id, roster.name(it.user_id)?)))
                    .collect(),
                hidden,
                node_id: self.context.calls.node_id,
            };
            let step = Call::create(new, timeline.now(&self.context.clock));
            let write = CallWrite::Create(step.next.record.clone());
            match self.context.calls.writer.save(write).await? {
                CallSaved::Done => return Ok(step),
                // It has ended just now.
                CallSaved::Stale => {}
                CallSaved::Busy(live) => self.make_room(caller, live).await?,
            }
        }
        Err(ApiError::overloaded())
    }

    /// A live call is in the way. One that a block hides from the caller goes, so that they do not
    /// learn of it; so does one that nobody keeps the time of any more. Any other stays.
    async fn make_room(&self, caller: &Caller, live: CallId) -> Result<(), ApiError> {
        let Some(record) = self.context.store.find_call(live).await? else {
            return Ok(());
        };
        if record.ended_at.is_some() {
            return Ok(());
        }
        if record.is_hidden_from(caller.user_id) {
            let reason = CallEndReason::Missed;
            if let Some(done) = self
                .context
                .calls
                .ask(live, Input::Abandon { reason })
                .await
            {
                return done.map(drop);
            }
        } else if self.context.directory.call(live).is_some() {
            return Err(in_progress(&record));
        }
        match self.context.calls.settle(&record).await {
            Ok(_) => Ok(()),
            // Another process keeps it.
            Err(_) => Err(in_progress(&record)),
        }
    }
}

fn in_progress(record: &CallRecord) -> ApiError {
    ApiError::new(
        ErrorCode::CallInProgress,
        "There is a call in this conversation.",
    )
    .with_details(json!({"call_id": record.id}))
}

/// Whether the caller may call here, and whether the other side is to notice.
fn check_rights(caller: &Caller, roster: &Roster) -> Result<Hidden, ApiError> {
    let member = roster.member(caller.user_id);
    let member = member.ok_or_else(|| ApiError::not_found("conversation"))?;
    match roster.kind {
        ConversationType::Group => {
            if roster.permission_start_call == Permission::Admins && member.role < Role::Admin {
                return Err(ApiError::forbidden("Only admins may call in this group."));
            }
            Ok(Hidden::No)
        }
        ConversationType::Dm => {
            if member.blocks_other {
                return Err(ApiError::blocked());
            }
            match roster.other(caller.user_id) {
                None => Err(account_deleted()),
                Some(other) if other.blocks_other => Ok(Hidden::FromOther),
                Some(_) => Ok(Hidden::No),
            }
        }
    }
}
