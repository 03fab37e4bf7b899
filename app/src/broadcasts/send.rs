//! One message to everybody on a list: into the direct conversation with each, each by itself.
//!
//! A retry doubles nothing, on two levels. The answer to the whole request is kept for 24 hours, so
//! a retry gets it although the list has changed since. And each recipient's message has a key of
//! its own, derived from the request's, so a retry of a request that broke off in the middle finds
//! the messages that were sent and sends the rest.

use std::collections::{HashMap, HashSet};

use futures_util::stream::{self, StreamExt as _};
use sentinal_protocol::api::broadcasts::{
    BroadcastMessage, SendBroadcastRequest, SentBroadcast, SkippedRecipient,
};
use sentinal_protocol::api::messages::{Ciphertext, SendMessageRequest, SentMessage};
use sentinal_protocol::{
    BroadcastId, ConversationId, ConversationType, ErrorCode, SkipReason, UserId,
};
use sentinal_store::{CreateRefusal, Created, NewConversation};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::BroadcastService;
use crate::Duplicate;
use crate::conversations::too_many_conversations;
use crate::messages::{Counted, OwnEntry, ambiguous, canonical_hash, without_own};
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// Recipients who are written to at once: enough to fill the journal's batches, little enough to
/// leave room in its mailbox for everybody else.
const AT_ONCE: usize = 32;

impl BroadcastService {
    /// Sends a message to everybody on a list. An equal request that was done before gets its
    /// original answer.
    pub async fn send_broadcast(
        &self,
        caller: &Caller,
        id: BroadcastId,
        mut request: SendBroadcastRequest,
    ) -> Result<(SentBroadcast, Duplicate), ApiError> {
        let own = without_own(caller, &mut request.ciphertexts);
        let kept = Kept::of(caller, id, &request)?;
        if let Some(kept) = &kept
            && let Some(answer) = self.find_kept(caller, kept).await?
        {
            return Ok((answer, Duplicate::Yes));
        }
        self.get_broadcast(caller, id).await?;
        let recipients = self.context.store.list_recipient_ids(id).await?;
        let cost = u32::try_from(recipients.len().max(1)).unwrap_or(u32::MAX);
        self.context
            .limits
            .check_up_to(Bucket::Broadcast, caller.user_id, cost)?;
        let answer = self
            .send_to_each(caller, (request, own), recipients)
            .await?;
        if let Some(kept) = &kept {
            let text = serde_json::to_string(&answer).map_err(ApiError::internal)?;
            self.context
                .store
                .keep_broadcast_answer(
                    caller.user_id,
                    &kept.key,
                    &kept.hash,
                    &text,
                    self.context.clock.now(),
                )
                .await?;
        }
        Ok((answer, Duplicate::No))
    }

    async fn find_kept(
        &self,
        caller: &Caller,
        kept: &Kept,
    ) -> Result<Option<SentBroadcast>, ApiError> {
        let found = self
            .context
            .store
            .find_broadcast_answer(caller.user_id, &kept.key, self.context.clock.now())
            .await?;
        let Some((hash, answer)) = found else {
            return Ok(None);
        };
        if hash != kept.hash {
            return Err(ApiError::new(
                ErrorCode::IdempotencyConflict,
                "This key was used for another request.",
            ));
        }
        let answer = serde_json::from_str(&answer).map_err(ApiError::internal)?;
        Ok(Some(answer))
    }

    async fn send_to_each(
        &self,
        caller: &Caller,
        (request, own): (SendBroadcastRequest, OwnEntry),
        recipients: Vec<UserId>,
    ) -> Result<SentBroadcast, ApiError> {
        let mut chats = self
            .context
            .store
            .list_direct_conversations(caller.user_id, &recipients)
            .await?;
        let mut parcels = self.sort(caller, (&request, own), &recipients).await?;
        let mut answer = SentBroadcast {
            accepted: 0,
            messages: Vec::with_capacity(recipients.len()),
            skipped: parcels.strangers(&recipients),
        };
        let sends = recipients.into_iter().map(|user_id| {
            let parcel = Parcel {
                user_id,
                chat: chats.remove(&user_id),
                request: parcels.take(user_id, &request),
            };
            async move { (user_id, self.send_to_one(caller, parcel).await) }
        });
        let sends: Vec<_> = sends.collect();
        let mut outcomes = stream::iter(sends).buffer_unordered(AT_ONCE);
        while let Some((user_id, outcome)) = outcomes.next().await {
            match outcome {
                Ok(message) => answer.messages.push(BroadcastMessage { user_id, message }),
                Err(error) if is_theirs(&error) => answer.skipped.push(SkippedRecipient {
                    user_id,
                    code: error.code.as_str().to_owned(),
                    details: error.details,
                }),
                // The whole request is to be repeated; what was sent is found again by its key.
                Err(error) => return Err(error),
            }
        }
        answer.messages.sort_by_key(|sent| sent.user_id);
        answer.skipped.sort_by_key(|skipped| skipped.user_id);
        answer.accepted = answer.messages.len() as u64;
        Ok(answer)
    }

    async fn send_to_one(&self, caller: &Caller, parcel: Parcel) -> Result<SentMessage, ApiError> {
        let chat = match parcel.chat {
            Some(chat) => chat,
            None => self.open_direct(caller, parcel.user_id).await?,
        };
        let mut request = parcel.request;
        request.conversation_id = chat;
        let (sent, _) = self
            .messages
            .send_counted(caller, request, Counted::AsPartOfAWhole)
            .await?;
        Ok(sent)
    }

    /// The direct conversation with somebody, made if there is none.
    async fn open_direct(
        &self,
        caller: &Caller,
        other: UserId,
    ) -> Result<ConversationId, ApiError> {
        let new = NewConversation {
            kind: ConversationType::Dm,
            creator_id: caller.user_id,
            subject: None,
            description: None,
            avatar_url: None,
            others: vec![other],
        };
        let now = self.context.clock.now();
        let opened = self
            .context
            .journal
            .change(caller.user_id, move |store| {
                Box::pin(async move { store.create_conversation(&new, now).await })
            })
            .await?;
        match opened {
            Ok(Created::New(id) | Created::Existing(id)) => Ok(id),
            Err(CreateRefusal::Blocked) => Err(ApiError::blocked()),
            Err(CreateRefusal::TooManyConversations) => Err(too_many_conversations()),
            Err(CreateRefusal::Unknown(_) | CreateRefusal::GroupFull) => {
                Err(ApiError::not_found("user"))
            }
        }
    }

    /// Sorts ciphertexts by whom they are for.
    async fn sort(
        &self,
        caller: &Caller,
        (request, own): (&SendBroadcastRequest, OwnEntry),
        recipients: &[UserId],
    ) -> Result<Parcels, ApiError> {
        let mut parcels = Parcels::default();
        let mut unnamed = Vec::new();
        for entry in &request.ciphertexts {
            match entry.recipient_user_id {
                Some(user_id) if user_id == caller.user_id => parcels.own.push(entry.clone()),
                Some(user_id) => parcels.add(user_id, entry),
                None => unnamed.push(entry),
            }
        }
        if unnamed.is_empty() && !own.is_by_string_alone() {
            return Ok(parcels);
        }
        let owners = self.device_owners(caller, recipients).await?;
        let of_own = owners.get(&*caller.device_name);
        if own.is_by_string_alone() && of_own.is_some_and(|owners| owners.len() > 1) {
            return Err(ambiguous(&caller.device_name));
        }
        for entry in unnamed {
            let name = entry.recipient_device_id.as_str();
            let by_id = Uuid::parse_str(name).ok().map(|id| id.to_string());
            let found = by_id
                .and_then(|id| owners.get(&id))
                .or_else(|| owners.get(name));
            match found.map(Vec::as_slice).unwrap_or_default() {
                [] => {
                    let reason =
                        format!("{name}: no device of a recipient; name recipient_user_id");
                    return Err(ApiError::invalid("ciphertexts", reason));
                }
                [owner] if *owner == caller.user_id => parcels.own.push(entry.clone()),
                [owner] => parcels.add(*owner, entry),
                [..] => {
                    return Err(ambiguous(name));
                }
            }
        }
        Ok(parcels)
    }

    /// Whose a device may be, by its string and by its id.
    async fn device_owners(
        &self,
        caller: &Caller,
        recipients: &[UserId],
    ) -> Result<HashMap<String, Vec<UserId>>, ApiError> {
        let mut owners: HashMap<String, Vec<UserId>> = HashMap::new();
        let mut enter = |name: String, owner: UserId| {
            let owners = owners.entry(name).or_default();
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        };
        let mut users = recipients.to_vec();
        users.push(caller.user_id);
        for (owner, device) in self.context.store.list_device_names(&users).await? {
            enter(device.id.to_string(), owner);
            enter(device.device_id, owner);
        }
        Ok(owners)
    }
}

/// Refusals that concern one recipient, in contrast to those that concern this server.
fn is_theirs(error: &ApiError) -> bool {
    error.code.status() < 500
}

/// What one recipient gets.
struct Parcel {
    user_id: UserId,
    chat: Option<ConversationId>,
    request: SendMessageRequest,
}

/// Ciphertexts by whom they are for.
#[derive(Default)]
struct Parcels {
    own: Vec<Ciphertext>,
    theirs: HashMap<UserId, Vec<Ciphertext>>,
}

impl Parcels {
    fn add(&mut self, user_id: UserId, entry: &Ciphertext) {
        self.theirs.entry(user_id).or_default().push(entry.clone());
    }

    /// Those who were given ciphertexts and are not on the list.
    fn strangers(&self, recipients: &[UserId]) -> Vec<SkippedRecipient> {
        let recipients: HashSet<_> = recipients.iter().collect();
        let named = self.theirs.keys();
        let strangers = named.filter(|user_id| !recipients.contains(user_id));
        strangers
            .map(|user_id| SkippedRecipient {
                user_id: *user_id,
                code: SkipReason::UnknownUser.as_str().to_owned(),
                details: None,
            })
            .collect()
    }

    /// The send to one recipient, but for its conversation.
    fn take(&mut self, user_id: UserId, whole: &SendBroadcastRequest) -> SendMessageRequest {
        let mut ciphertexts = self.theirs.remove(&user_id).unwrap_or_default();
        ciphertexts.extend_from_slice(&self.own);
        let mut request = SendMessageRequest::new(ConversationId(user_id.0), ciphertexts);
        request.message_type = whole.message_type;
        // Unique per conversation as it is; an idempotency key is not.
        request
            .client_message_id
            .clone_from(&whole.client_message_id);
        request.idempotency_key = whole
            .idempotency_key
            .as_ref()
            .map(|key| format!("{}/{user_id}", digest(key)));
        request
    }
}

/// The key under which the answer to a whole request is kept.
struct Kept {
    key: String,
    hash: [u8; 32],
}

impl Kept {
    /// Longer than any key that a client can give, so that the two kinds never meet.
    fn of(
        caller: &Caller,
        id: BroadcastId,
        request: &SendBroadcastRequest,
    ) -> Result<Option<Self>, ApiError> {
        let own = request.client_message_id.as_ref();
        let Some(own) = own.or(request.idempotency_key.as_ref()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            key: format!("broadcast/{id}/{}/{}", caller.device_id, digest(own)),
            hash: canonical_hash(request)?,
        }))
    }
}

/// A text as 64 characters.
fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
