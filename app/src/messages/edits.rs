//! Editing: the same checks as for sending, against those who could see the message.

use std::sync::Arc;

use sentinal_protocol::api::edits::EditMessageRequest;
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::opaque::compact;
use sentinal_protocol::{ConversationType, ErrorCode, MessageId};
use sentinal_store::{Body, MessageEdit, MessagePlace, MessageRefusal, Roster, Store};

use super::MessageService;
use crate::messages::device_set::{Bodies, Whole, check_devices, resolve, roster_changed};
use crate::messages::own_entry::without_own;
use crate::messages::send::{account_deleted, check_may_write};
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// How often an edit whose roster changed is checked again: each time needs another change of the
/// roster between two statements.
const RECHECKS: usize = 8;

impl MessageService {
    /// Replaces the content of a message of the caller's.
    pub async fn edit_message(
        &self,
        caller: &Caller,
        id: MessageId,
        mut request: EditMessageRequest,
    ) -> Result<Message, ApiError> {
        check_form(&request)?;
        let own = request.ciphertexts.as_mut();
        let own = own.map(|ciphertexts| without_own(caller, ciphertexts));
        self.context
            .limits
            .check(Bucket::Messages, caller.user_id)?;
        let place = self
            .context
            .store
            .find_message_place(id, caller.user_id)
            .await?;
        let place = place.ok_or_else(|| ApiError::not_found("message"))?;
        if place.sender_id != caller.user_id {
            return Err(ApiError::forbidden("Only its sender edits a message."));
        }
        let mut roster = self.context.rosters.get(place.conversation_id).await?;
        for _ in 0..RECHECKS {
            let known = roster.ok_or_else(|| ApiError::not_found("message"))?;
            if let Some(own) = own {
                own.check(caller, &known)?;
            }
            let edit = self
                .check_edit(caller, (id, place), &known, &request)
                .await
                .inspect_err(|refusal| self.forgive_if_stale(caller, refusal))?;
            let now = self.context.clock.now();
            let edited = self
                .context
                .journal
                .change_of(caller.user_id, edit.bytes(), move |store| {
                    Box::pin(async move { store.edit_message(edit, now).await })
                })
                .await?;
            match edited {
                Ok(()) => return self.get_message(caller, id).await,
                Err(MessageRefusal::Stale) => {
                    roster = self.context.rosters.read(place.conversation_id).await?;
                }
                Err(refusal) => return Err(message_error(refusal)),
            }
        }
        Err(ApiError::overloaded())
    }

    async fn check_edit(
        &self,
        caller: &Caller,
        (id, place): (MessageId, MessagePlace),
        roster: &Arc<Roster>,
        request: &EditMessageRequest,
    ) -> Result<MessageEdit, ApiError> {
        let member = roster.member(caller.user_id);
        let member = member.ok_or_else(|| ApiError::not_found("message"))?;
        check_may_write(roster, member)?;
        let audience = self.audience(roster, place).await?;
        let shared = shared_body(&self.context.store, caller, &audience, request).await?;
        let (bodies, unknown) = match (&request.ciphertext, &request.ciphertexts) {
            (Some(ciphertext), _) => {
                let body = Body {
                    ciphertext: ciphertext.0.clone(),
                    header: request.header.as_deref().map(compact),
                };
                (only_target(caller, &audience, body)?, Vec::new())
            }
            (None, ciphertexts) => resolve(&audience, ciphertexts.clone().unwrap_or_default())?,
        };
        let named: Vec<_> = bodies.iter().map(|(device_id, _)| *device_id).collect();
        let whole = match shared {
            Some(_) => Whole::Subset,
            None => Whole::Required,
        };
        check_devices(&audience, caller.device_id, &named, whole, unknown)?;
        Ok(MessageEdit {
            id,
            editor_id: caller.user_id,
            editor_device_id: caller.device_id,
            shared,
            bodies,
            roster_version: roster.roster_version,
            access_version: roster.access_version,
        })
    }

    /// The part of a roster that could see a message when it was sent. Whom a block hides it from is
    /// in it: its sender must not notice.
    async fn audience(&self, roster: &Roster, place: MessagePlace) -> Result<Roster, ApiError> {
        let mut audience = roster.clone();
        let is_later = |joined: u64| joined > place.revision;
        if roster
            .members
            .iter()
            .any(|member| is_later(member.joined_revision))
        {
            let listed = self
                .context
                .store
                .list_witnesses(place.conversation_id, place.revision);
            let witnesses = listed.await?;
            audience.members.retain(|member| {
                !is_later(member.joined_revision) || witnesses.contains(&member.user_id)
            });
        }
        Ok(audience)
    }
}

/// An edit comes in exactly one of its forms.
fn check_form(request: &EditMessageRequest) -> Result<(), ApiError> {
    let shared = request.shared_ciphertext.is_some();
    match (&request.ciphertext, &request.ciphertexts) {
        (Some(_), Some(_)) => Err(ApiError::invalid("ciphertext", "excludes ciphertexts")),
        (Some(_), None) if shared => Err(ApiError::invalid(
            "ciphertext",
            "excludes shared_ciphertext",
        )),
        (None, None) if !shared => Err(ApiError::invalid("ciphertexts", "is required")),
        (Some(_), None) | (None, Some(_) | None) => Ok(()),
    }
}

async fn shared_body(
    store: &Store,
    caller: &Caller,
    audience: &Roster,
    request: &EditMessageRequest,
) -> Result<Option<Body>, ApiError> {
    let Some(shared) = &request.shared_ciphertext else {
        return Ok(None);
    };
    if audience.kind != ConversationType::Group {
        return Err(ApiError::invalid("shared_ciphertext", "is for groups only"));
    }
    match request.roster_version {
        None => Err(ApiError::invalid("roster_version", "is missing")),
        Some(version) if version != audience.roster_version => {
            Err(roster_changed(store, audience, version, caller.device_id).await)
        }
        Some(_) => Ok(Some(Body {
            ciphertext: shared.0.clone(),
            header: request.header.as_deref().map(compact),
        })),
    }
}

/// A body for the one device that must get one.
fn only_target(caller: &Caller, audience: &Roster, body: Body) -> Result<Bodies, ApiError> {
    let mut targets = audience
        .required()
        .filter(|(_, name)| name.id != caller.device_id);
    match (targets.next(), targets.next()) {
        (Some((_, name)), None) => Ok(vec![(name.id, body)]),
        (Some(_), Some(_)) | (None, _) => Err(ApiError::new(
            ErrorCode::CiphertextsRequired,
            "There is not exactly one device to encrypt for: name each in `ciphertexts`.",
        )),
    }
}

/// Why nothing was done to a message, for a client.
pub(crate) fn message_error(refusal: MessageRefusal) -> ApiError {
    let conflict = |message: &'static str| ApiError::new(ErrorCode::Conflict, message);
    match refusal {
        MessageRefusal::NoMessage => ApiError::not_found("message"),
        MessageRefusal::NotAllowed => ApiError::forbidden("This is not yours to do."),
        MessageRefusal::Blocked => ApiError::blocked(),
        MessageRefusal::AccountDeleted => account_deleted(),
        MessageRefusal::Gone => conflict("The message was deleted or has expired."),
        MessageRefusal::Stale => ApiError::overloaded(),
        MessageRefusal::TooMany => conflict("There are as many as are allowed."),
        MessageRefusal::NoPoll => ApiError::not_found("poll"),
        MessageRefusal::PollClosed => conflict("Voting has ended."),
        MessageRefusal::NoSuchOption => ApiError::invalid("options", "names no option of the poll"),
        MessageRefusal::OneOption => ApiError::invalid("options", "only one can be chosen"),
    }
}
