//! Sending: everything that can be checked before the head's lock.

use std::collections::HashSet;
use std::sync::Arc;

use sentinal_actors::journal::Recheck;
use sentinal_actors::rosters::Rosters;
use sentinal_protocol::api::FieldError;
use sentinal_protocol::api::messages::{SendMessageRequest, SentMessage, UserDevice};
use sentinal_protocol::opaque::compact;
use sentinal_protocol::{
    ConversationId, ConversationType, ErrorCode, MessageId, MessageType, Permission, Role, UploadId,
};
use sentinal_store::{Body, Member, NewMessage, Roster, SendKey, SendOutcome, Store};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::MessageService;
use crate::Duplicate;
use crate::messages::device_set::{Whole, check_devices, resolve, roster_changed};
use crate::messages::own_entry::{OwnEntry, without_own};
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// Year after which nothing expires any more would be absurd; also what the request type allows.
const EXPIRES_SECONDS_MAX: u64 = 31_536_000;

impl MessageService {
    /// Sends a message: checks it, commits it, answers its numbers. An equal request that was done
    /// before gets its original answer.
    pub async fn send_message(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
    ) -> Result<(SentMessage, Duplicate), ApiError> {
        self.send_counted(caller, request, Counted::ByItself).await
    }

    /// [`MessageService::send_message`] for a send that may have been counted as part of a larger request.
    pub(crate) async fn send_counted(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
        counted: Counted,
    ) -> Result<(SentMessage, Duplicate), ApiError> {
        match self.prepare(caller, request, counted).await? {
            Prepared::New(message) => {
                let sent = self.context.journal.submit(*message).await;
                if let (Err(refusal), Counted::ByItself) = (&sent, counted) {
                    self.forgive_if_stale(caller, refusal);
                }
                sent
            }
            Prepared::Repeat(sent) => Ok((sent, Duplicate::Yes)),
        }
    }

    /// A send that was refused for a device set that has changed is not counted: nobody is kept from
    /// sending by others who come and go.
    pub fn forgive_if_stale(&self, caller: &Caller, refusal: &ApiError) {
        if matches!(
            refusal.code,
            ErrorCode::DeviceMismatch | ErrorCode::RosterChanged
        ) {
            self.context.limits.forgive_stale_send(caller.user_id);
        }
    }

    /// The first half of a send: every check but those under the head's lock. What would be
    /// refused is first looked up by its key, so that a retry succeeds even when the world has
    /// moved on.
    pub async fn prepare_send(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
    ) -> Result<Prepared, ApiError> {
        self.prepare(caller, request, Counted::ByItself).await
    }

    async fn prepare(
        &self,
        caller: &Caller,
        mut request: SendMessageRequest,
        counted: Counted,
    ) -> Result<Prepared, ApiError> {
        let own = without_own(caller, &mut request.ciphertexts);
        let mut message = self.draft(caller, &request)?;
        let again = self.known_roster(request.conversation_id);
        let again = again.map(|known| (known, (request.clone(), own)));
        let mut checked = self
            .check_send(caller, (request, own), &mut message, counted)
            .await;
        if let (Err(refusal), Some((known, request))) = (&checked, again)
            && self.is_outdated(&known, refusal).await?
        {
            let counted = Counted::AsPartOfAWhole;
            checked = self
                .check_send(caller, request, &mut message, counted)
                .await;
        }
        match checked {
            Ok(()) => Ok(Prepared::New(Box::new(message))),
            Err(refusal) => {
                if counted == Counted::ByItself {
                    self.forgive_if_stale(caller, &refusal);
                }
                let now = self.context.clock.now();
                match self.context.store.find_earlier_send(&message, now).await? {
                    Some(SendOutcome::Repeat(sent)) => Ok(Prepared::Repeat(sent)),
                    Some(SendOutcome::Conflict) => Err(conflict()),
                    Some(SendOutcome::Sent(_) | SendOutcome::Stale) | None => Err(refusal),
                }
            }
        }
    }

    /// The roster in memory, where another node may have changed it since and this one not heard of it yet.
    fn known_roster(&self, conversation_id: ConversationId) -> Option<Arc<Roster>> {
        let is_shared = self.context.store.is_shared();
        is_shared.then(|| self.context.rosters.cached(conversation_id))?
    }

    /// Whether a message was refused by a roster that is not the present one any more. The present one is
    /// in memory afterwards.
    async fn is_outdated(&self, known: &Roster, refusal: &ApiError) -> Result<bool, ApiError> {
        if !matches!(
            refusal.code,
            ErrorCode::DeviceMismatch
                | ErrorCode::RosterChanged
                | ErrorCode::NotFound
                | ErrorCode::Forbidden
        ) {
            return Ok(false);
        }
        let present = self.context.rosters.read(known.conversation_id).await?;
        Ok(present.is_some_and(|present| {
            (present.roster_version, present.access_version)
                != (known.roster_version, known.access_version)
        }))
    }

    /// The message without what has to be looked up.
    fn draft(&self, caller: &Caller, request: &SendMessageRequest) -> Result<NewMessage, ApiError> {
        let key = match (&request.client_message_id, &request.idempotency_key) {
            (Some(id), _) => SendKey::ClientMessage(id.clone()),
            (None, Some(key)) => SendKey::Idempotency(key.clone()),
            (None, None) => SendKey::None,
        };
        let request_hash = if key == SendKey::None {
            [0; 32]
        } else {
            canonical_hash(request)?
        };
        Ok(NewMessage {
            id: MessageId::new(self.context.clock.now()),
            conversation_id: request.conversation_id,
            sender_id: caller.user_id,
            sender_device_id: caller.device_id,
            message_type: request.message_type.unwrap_or(MessageType::Text),
            key,
            request_hash,
            reply_to_message_id: request.reply_to_message_id,
            mentions: request.mentions.clone(),
            attachments: request.attachments.clone(),
            poll: request.poll,
            metadata: request.metadata.as_deref().map(compact),
            shared: None,
            bodies: Vec::new(),
            hidden_from: None,
            expires_in_seconds: request.expires_in,
            roster_version: 0,
            access_version: 0,
        })
    }

    async fn check_send(
        &self,
        caller: &Caller,
        (request, own): (SendMessageRequest, OwnEntry),
        message: &mut NewMessage,
        counted: Counted,
    ) -> Result<(), ApiError> {
        let roster = self.context.rosters.get(request.conversation_id).await?;
        let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
        if roster.member(caller.user_id).is_none() {
            return Err(ApiError::not_found("conversation"));
        }
        match counted {
            Counted::ByItself => self
                .context
                .limits
                .check(Bucket::Messages, caller.user_id)?,
            Counted::AsPartOfAWhole => {}
        }
        if let Some(id) = request.reply_to_message_id {
            let place = self
                .context
                .store
                .find_message_place(id, caller.user_id)
                .await?;
            if place.is_none_or(|place| place.conversation_id != request.conversation_id) {
                let reason = "must be a message of this conversation";
                return Err(ApiError::invalid("reply_to_message_id", reason));
            }
        }
        if request
            .mentions
            .iter()
            .any(|user_id| roster.member(*user_id).is_none())
        {
            return Err(ApiError::invalid("mentions", "must be participants"));
        }
        self.check_attachments(caller, &request.attachments).await?;
        self.check_poll(message)?;
        if let Some(shared) = request.shared_ciphertext {
            if roster.kind != ConversationType::Group {
                return Err(ApiError::invalid("shared_ciphertext", "is for groups only"));
            }
            match request.roster_version {
                None => return Err(ApiError::invalid("roster_version", "is missing")),
                Some(version) if version != roster.roster_version => {
                    let store = &self.context.store;
                    return Err(roster_changed(store, &roster, version, caller.device_id).await);
                }
                Some(_) => {}
            }
            let header = request.header.as_deref().map(compact);
            message.shared = Some(Body {
                ciphertext: shared.0,
                header,
            });
        }
        own.check(caller, &roster)?;
        let (bodies, unknown) = resolve(&roster, request.ciphertexts)?;
        message.bodies = bodies;
        check_against(&roster, message, unknown)
    }

    /// Attached is only what the sender has uploaded whole.
    async fn check_attachments(
        &self,
        caller: &Caller,
        attachments: &[UploadId],
    ) -> Result<(), ApiError> {
        let listed = self
            .context
            .store
            .list_completed_uploads(caller.user_id, attachments);
        let completed: HashSet<_> = listed.await?.into_iter().collect();
        let mut seen = HashSet::new();
        let mut errors = Vec::new();
        for (index, id) in attachments.iter().enumerate() {
            let reason = if !completed.contains(id) {
                "must be a completed upload of yours"
            } else if !seen.insert(*id) {
                "is named twice"
            } else {
                continue;
            };
            errors.push(FieldError {
                field: format!("attachments[{index}]"),
                reason: reason.to_owned(),
            });
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::validation(errors))
        }
    }

    fn check_poll(&self, message: &NewMessage) -> Result<(), ApiError> {
        let Some(poll) = message.poll else {
            return match message.message_type {
                MessageType::Poll => Err(ApiError::invalid("poll", "is missing")),
                _ => Ok(()),
            };
        };
        if message.message_type != MessageType::Poll {
            return Err(ApiError::invalid("poll", "is for messages of type poll"));
        }
        if poll
            .closes_at
            .is_some_and(|at| at <= self.context.clock.now())
        {
            return Err(ApiError::invalid("poll.closes_at", "must lie ahead"));
        }
        Ok(())
    }
}

/// Checks a message again whose roster changed before it got the head's lock.
pub(crate) fn recheck(store: Store, rosters: Rosters) -> Recheck {
    Arc::new(move |message| {
        let (store, rosters) = (store.clone(), rosters.clone());
        Box::pin(async move { recheck_message(&store, &rosters, message).await })
    })
}

async fn recheck_message(
    store: &Store,
    rosters: &Rosters,
    mut message: NewMessage,
) -> Result<NewMessage, ApiError> {
    let roster = rosters.read(message.conversation_id).await?;
    let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
    if message.shared.is_some() && message.roster_version != roster.roster_version {
        let (version, device) = (message.roster_version, message.sender_device_id);
        return Err(roster_changed(store, &roster, version, device).await);
    }
    check_against(&roster, &mut message, Vec::new())?;
    Ok(message)
}

/// How a send counts towards the sender's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// As one.
    ByItself,
    /// The request that it is a part of was counted as one.
    AsPartOfAWhole,
}

/// What the first half of a send comes to.
pub enum Prepared {
    /// To be committed.
    New(Box<NewMessage>),
    /// Done before.
    Repeat(SentMessage),
}

/// The refusal of a key that stands for another request.
pub(crate) fn conflict() -> ApiError {
    ApiError::new(
        ErrorCode::IdempotencyConflict,
        "This key was used for another request.",
    )
}

/// SHA-256 over a request as canonical JSON: fields in order of name, no white space. What cannot be
/// written so is refused: under one key it would equal every other request of which that is true.
pub(crate) fn canonical_hash(request: &impl Serialize) -> Result<[u8; 32], ApiError> {
    // A `Value`'s objects are sorted.
    let canonical = serde_json::to_value(request)
        .map_err(|_| ApiError::bad_request("The request holds JSON that cannot be compared."))?;
    Ok(Sha256::digest(canonical.to_string().as_bytes()).into())
}

/// The refusal of what needs somebody on the other side of a DM.
pub(crate) fn account_deleted() -> ApiError {
    ApiError::new(
        ErrorCode::AccountDeleted,
        "The other side has deleted the account.",
    )
}

/// Refuses who may only read in a group, who has blocked the other side of a DM, and where that side
/// is gone.
pub(crate) fn check_may_write(roster: &Roster, member: &Member) -> Result<(), ApiError> {
    match roster.kind {
        ConversationType::Group
            if roster.permission_send == Permission::Admins && member.role < Role::Admin =>
        {
            Err(ApiError::forbidden("Only admins may write in this group."))
        }
        ConversationType::Dm if member.blocks_other => Err(ApiError::blocked()),
        ConversationType::Dm if roster.other(member.user_id).is_none() => Err(account_deleted()),
        ConversationType::Group | ConversationType::Dm => Ok(()),
    }
}

/// Checks a message against a roster and notes what it was checked against.
fn check_against(
    roster: &Roster,
    message: &mut NewMessage,
    unknown: Vec<UserDevice>,
) -> Result<(), ApiError> {
    let member = roster
        .member(message.sender_id)
        .ok_or_else(|| ApiError::not_found("conversation"))?;
    check_may_write(roster, member)?;
    message.hidden_from = None;
    if roster.kind == ConversationType::Dm {
        // The blocked one sees everything as before; the blocker never sees this.
        let other = roster.other(message.sender_id);
        message.hidden_from = other
            .filter(|other| other.blocks_other)
            .map(|other| other.user_id);
    }
    let named: Vec<_> = message
        .bodies
        .iter()
        .map(|(device_id, _)| *device_id)
        .collect();
    let whole = if message.shared.is_some() {
        Whole::Subset
    } else {
        Whole::Required
    };
    check_devices(roster, message.sender_device_id, &named, whole, unknown)?;
    let expiries = [message.expires_in_seconds, roster.message_expiry_seconds];
    let soonest = expiries.into_iter().flatten().min();
    message.expires_in_seconds = soonest.map(|seconds| seconds.min(EXPIRES_SECONDS_MAX));
    message.roster_version = roster.roster_version;
    message.access_version = roster.access_version;
    Ok(())
}
