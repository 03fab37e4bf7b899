//! Sending: everything that can be checked before the head's lock.

use std::collections::{BTreeMap, HashMap};

use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::api::messages::{
    Ciphertext, DeviceMismatch, RosterChanged, SendMessageRequest, SentMessage, UserDevice,
};
use sentinal_protocol::{
    ConversationType, DeviceId, ErrorCode, MessageId, MessageType, Permission, Role, UserId,
};
use sentinal_store::{Body, NewMessage, Roster, SendKey, SendOutcome};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::rate_limits::Bucket;
use super::{ApiError, App, Caller};
use crate::journal::Duplicate;

/// Year after which nothing expires any more would be absurd; also what the request type allows.
const EXPIRES_SECONDS_MAX: u64 = 31_536_000;

impl App {
    /// Sends a message: checks it, commits it, answers its numbers. An equal request that was done
    /// before gets its original answer.
    pub async fn send_message(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
    ) -> Result<(SentMessage, Duplicate), ApiError> {
        match self.prepare_send(caller, request).await? {
            Prepared::New(message) => self.journal.submit(*message).await,
            Prepared::Repeat(sent) => Ok((sent, Duplicate::Yes)),
        }
    }

    /// The first half of a send: every check but those under the head's lock. What would be
    /// refused is first looked up by its key, so that a retry succeeds even when the world has
    /// moved on.
    pub(crate) async fn prepare_send(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
    ) -> Result<Prepared, ApiError> {
        let mut message = self.draft(caller, &request);
        match self.check_send(caller, request, &mut message).await {
            Ok(()) => Ok(Prepared::New(Box::new(message))),
            Err(refusal) => {
                let now = self.clock.now();
                match self.store.find_earlier_send(&message, now).await? {
                    Some(SendOutcome::Repeat(sent)) => Ok(Prepared::Repeat(sent)),
                    Some(SendOutcome::Conflict) => Err(conflict()),
                    Some(SendOutcome::Sent(_) | SendOutcome::Stale) | None => Err(refusal),
                }
            }
        }
    }

    /// The message without what has to be looked up.
    fn draft(&self, caller: &Caller, request: &SendMessageRequest) -> NewMessage {
        let key = match (&request.client_message_id, &request.idempotency_key) {
            (Some(id), _) => SendKey::ClientMessage(id.clone()),
            (None, Some(key)) => SendKey::Idempotency(key.clone()),
            (None, None) => SendKey::None,
        };
        let request_hash = if key == SendKey::None {
            [0; 32]
        } else {
            canonical_hash(request)
        };
        NewMessage {
            id: MessageId::new(self.clock.now()),
            conversation_id: request.conversation_id,
            sender_id: caller.user_id,
            sender_device_id: caller.device_id,
            message_type: request.message_type.unwrap_or(MessageType::Text),
            key,
            request_hash,
            reply_to_message_id: request.reply_to_message_id,
            mentions: request.mentions.clone(),
            metadata: request.metadata.as_ref().map(|json| json.get().to_owned()),
            shared: None,
            bodies: Vec::new(),
            hidden_from: None,
            expires_in_seconds: request.expires_in,
            roster_version: 0,
            access_version: 0,
        }
    }

    async fn check_send(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
        message: &mut NewMessage,
    ) -> Result<(), ApiError> {
        let roster = self.rosters.get(request.conversation_id).await?;
        let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
        if roster.member(caller.user_id).is_none() {
            return Err(ApiError::not_found("conversation"));
        }
        self.limits.check(Bucket::Messages, caller.user_id)?;
        if let Some(id) = request.reply_to_message_id {
            let place = self.store.find_message_place(id, caller.user_id).await?;
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
        if let Some(shared) = request.shared_ciphertext {
            if roster.kind != ConversationType::Group {
                return Err(ApiError::invalid("shared_ciphertext", "is for groups only"));
            }
            match request.roster_version {
                None => return Err(ApiError::invalid("roster_version", "is missing")),
                Some(version) if version != roster.roster_version => {
                    return Err(roster_changed(&roster, caller.device_id));
                }
                Some(_) => {}
            }
            let header = request.header.map(|json| json.get().to_owned());
            message.shared = Some(Body {
                ciphertext: shared.0,
                header,
            });
        }
        let (bodies, unknown) = resolve(&roster, request.ciphertexts)?;
        message.bodies = bodies;
        check_against(&roster, message, unknown)
    }

    /// Checks a message again whose roster changed before it got the head's lock.
    pub(crate) async fn recheck(&self, mut message: NewMessage) -> Result<NewMessage, ApiError> {
        let roster = self.rosters.read(message.conversation_id).await?;
        let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
        if message.shared.is_some() && message.roster_version != roster.roster_version {
            return Err(roster_changed(&roster, message.sender_device_id));
        }
        check_against(&roster, &mut message, Vec::new())?;
        Ok(message)
    }
}

/// What the first half of a send comes to.
pub(crate) enum Prepared {
    /// To be committed.
    New(Box<NewMessage>),
    /// Done before.
    Repeat(SentMessage),
}

/// The refusal of a key that stands for another request.
pub(super) fn conflict() -> ApiError {
    ApiError::new(
        ErrorCode::IdempotencyConflict,
        "This key was used for another request.",
    )
}

/// SHA-256 over the request as canonical JSON: fields in order of name, no white space.
fn canonical_hash(request: &SendMessageRequest) -> [u8; 32] {
    // A `Value`'s objects are sorted; our own plain structures always serialise.
    let canonical = serde_json::to_value(request).unwrap_or_default();
    Sha256::digest(canonical.to_string().as_bytes()).into()
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
    if roster.kind == ConversationType::Group
        && roster.permission_send == Permission::Admins
        && member.role < Role::Admin
    {
        return Err(ApiError::forbidden("Only admins may write in this group."));
    }
    message.hidden_from = None;
    if roster.kind == ConversationType::Dm {
        if member.blocks_other {
            return Err(ApiError::new(
                ErrorCode::Blocked,
                "You have blocked this user.",
            ));
        }
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
    message.expires_in_seconds = message
        .expires_in_seconds
        .or(roster.message_expiry_seconds)
        .map(|seconds| seconds.min(EXPIRES_SECONDS_MAX));
    message.roster_version = roster.roster_version;
    message.access_version = roster.access_version;
    Ok(())
}

/// Whether every required device must be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    Required,
    Subset,
}

fn user_device(user_id: UserId, name: &DeviceName) -> UserDevice {
    UserDevice {
        user_id: Some(user_id),
        device_id: name.device_id.clone(),
        id: Some(name.id),
    }
}

fn roster_changed(roster: &Roster, sender_device: DeviceId) -> ApiError {
    let devices = roster
        .required()
        .filter(|(_, name)| name.id != sender_device);
    let details = RosterChanged {
        roster_version: roster.roster_version,
        devices: devices
            .map(|(user_id, name)| user_device(user_id, name))
            .collect(),
    };
    ApiError::new(
        ErrorCode::RosterChanged,
        "The set of devices has changed; encrypt again.",
    )
    .with_details(details)
}

fn mismatch(roster: &Roster, missing: Vec<UserDevice>, extra: Vec<UserDevice>) -> ApiError {
    let details = DeviceMismatch {
        missing,
        extra,
        roster_version: roster.roster_version,
    };
    ApiError::new(
        ErrorCode::DeviceMismatch,
        "The ciphertexts do not match the devices that must get one.",
    )
    .with_details(details)
}

/// Contents of single devices.
type Bodies = Vec<(DeviceId, Body)>;

/// Turns the names of devices into devices; those that name none come second. The server's id
/// wins over an equal client string.
fn resolve(
    roster: &Roster,
    ciphertexts: Vec<Ciphertext>,
) -> Result<(Bodies, Vec<UserDevice>), ApiError> {
    let mut by_name: HashMap<&str, Vec<(UserId, DeviceId)>> = HashMap::new();
    let mut by_id: HashMap<Uuid, UserId> = HashMap::new();
    for member in &roster.members {
        for device in &member.devices {
            let named = by_name.entry(device.name.device_id.as_str()).or_default();
            named.push((member.user_id, device.name.id));
            by_id.insert(device.name.id.0, member.user_id);
        }
    }
    let mut bodies = Vec::with_capacity(ciphertexts.len());
    let mut unknown = Vec::new();
    for entry in ciphertexts {
        let name = entry.recipient_device_id;
        let fits = |owner: UserId| entry.recipient_user_id.is_none_or(|user| user == owner);
        let by_uuid = Uuid::parse_str(&name).ok().and_then(|id| {
            by_id
                .get(&id)
                .filter(|owner| fits(**owner))
                .map(|_| DeviceId(id))
        });
        let found = if let Some(device_id) = by_uuid {
            Some(device_id)
        } else {
            let named = by_name
                .get(name.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mut fitting = named.iter().filter(|(owner, _)| fits(*owner));
            match (fitting.next(), fitting.next()) {
                (Some(_), Some(_)) => {
                    return Err(ApiError::new(
                        ErrorCode::AmbiguousDevice,
                        "This device string fits two participants: name recipient_user_id.",
                    )
                    .with_details(serde_json::json!({ "device_id": name })));
                }
                (found, _) => found.map(|(_, device_id)| *device_id),
            }
        };
        match found {
            Some(device_id) => {
                let header = entry.header.map(|json| json.get().to_owned());
                bodies.push((
                    device_id,
                    Body {
                        ciphertext: entry.ciphertext.0,
                        header,
                    },
                ));
            }
            None => {
                unknown.push(UserDevice {
                    user_id: entry.recipient_user_id,
                    device_id: name,
                    id: None,
                });
            }
        }
    }
    Ok((bodies, unknown))
}

/// The device-set rule: required are the devices with keys of every participant, the sending one
/// excepted; active ones without keys may be named, nothing else and nothing twice.
fn check_devices(
    roster: &Roster,
    sender_device: DeviceId,
    named: &[DeviceId],
    whole: Whole,
    unknown: Vec<UserDevice>,
) -> Result<(), ApiError> {
    let mut counts: BTreeMap<DeviceId, usize> = BTreeMap::new();
    for device_id in named {
        *counts.entry(*device_id).or_default() += 1;
    }
    let mut missing = Vec::new();
    let mut extra = unknown;
    for member in &roster.members {
        for device in &member.devices {
            let count = counts.remove(&device.name.id).unwrap_or(0);
            let is_sender = device.name.id == sender_device;
            if count > 1 || (count == 1 && is_sender) {
                extra.push(user_device(member.user_id, &device.name));
            }
            if count == 0 && device.keyed && !is_sender && whole == Whole::Required {
                missing.push(user_device(member.user_id, &device.name));
            }
        }
    }
    extra.extend(counts.into_keys().map(|device_id| UserDevice {
        user_id: None,
        device_id: device_id.to_string(),
        id: Some(device_id),
    }));
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(mismatch(roster, missing, extra))
}
