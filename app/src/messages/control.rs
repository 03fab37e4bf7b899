//! Control messages: the checks of a send, but for some devices only.

use std::sync::Arc;

use sentinal_protocol::api::control::{ControlRequest, SentControl};
use sentinal_protocol::{ConversationId, ConversationType, MessageId, Permission, Role};
use sentinal_store::{ControlOutcome, ControlPlace, Member, NewControl, Roster};

use super::MessageService;
use crate::Duplicate;
use crate::messages::device_set::{Bodies, Whole, check_devices, resolve};
use crate::messages::own_entry::without_own;
use crate::messages::send::{canonical_hash, check_may_write, conflict};
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// How often a control message whose roster changed is checked again: each time needs another change of
/// the roster between two statements.
const RECHECKS: usize = 8;

/// Control messages that one round of [`MessageService::forget_control_bodies`] looks at: some
/// milliseconds of the writer.
const FORGET_BATCH: u64 = 200;

impl MessageService {
    /// Sends ciphertext to some devices of a conversation's participants. An equal request that was
    /// done before gets its original answer.
    pub async fn send_control(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        mut request: ControlRequest,
    ) -> Result<(SentControl, Duplicate), ApiError> {
        let own = without_own(caller, &mut request.ciphertexts);
        let request_hash = canonical_hash(&(conversation_id, &request))?;
        let mut new = NewControl {
            id: MessageId::new(self.context.clock.now()),
            conversation_id,
            sender_id: caller.user_id,
            sender_device_id: caller.device_id,
            sender_device_name: caller.device_name.to_string(),
            client_message_id: request.client_message_id.clone(),
            request_hash,
            bodies: Vec::new(),
            hidden_from: None,
            urgent: request.urgent,
            roster_version: 0,
            access_version: 0,
        };
        let mut roster = self.context.rosters.get(conversation_id).await?;
        let mut is_counted = false;
        for _ in 0..RECHECKS {
            let checked = self
                .check_control(caller, roster, is_counted)
                .and_then(|roster| {
                    is_counted = true;
                    own.check(caller, &roster)?;
                    fill(caller, &roster, &request, &mut new)
                });
            if let Err(refusal) = checked {
                self.forgive_if_stale(caller, &refusal);
                return match self.context.store.find_earlier_control(&new).await? {
                    Some(known) => answer(known).unwrap_or(Err(refusal)),
                    None => Err(refusal),
                };
            }
            let (now, stored) = (self.context.clock.now(), new.clone());
            let outcome = self
                .context
                .journal
                .change_of(caller.user_id, new.bytes(), move |store| {
                    Box::pin(async move { store.send_control(stored, now).await })
                })
                .await?;
            if let Some(answer) = answer(outcome) {
                return answer;
            }
            roster = self.context.rosters.read(conversation_id).await?;
        }
        Err(ApiError::overloaded())
    }

    /// One round of forgetting what control messages held for devices that have it or are gone: looks at
    /// those behind `after` and answers where the next round begins, `None` at the end of the walk.
    pub async fn forget_control_bodies(
        &self,
        after: Option<ControlPlace>,
    ) -> Result<Option<ControlPlace>, ApiError> {
        let store = &self.context.store;
        Ok(store.forget_control_bodies(after, FORGET_BATCH).await?)
    }

    /// The roster, if the caller is in it and may send so much.
    fn check_control(
        &self,
        caller: &Caller,
        roster: Option<Arc<Roster>>,
        is_counted: bool,
    ) -> Result<Arc<Roster>, ApiError> {
        let roster = roster.filter(|roster| roster.member(caller.user_id).is_some());
        let roster = roster.ok_or_else(|| ApiError::not_found("conversation"))?;
        if !is_counted {
            self.context
                .limits
                .check(Bucket::Messages, caller.user_id)?;
        }
        Ok(roster)
    }
}

/// What the caller is told; `None` if it has to be checked again.
fn answer(outcome: ControlOutcome) -> Option<Result<(SentControl, Duplicate), ApiError>> {
    match outcome {
        ControlOutcome::Sent(sent) => Some(Ok((sent, Duplicate::No))),
        ControlOutcome::Repeat(sent) => Some(Ok((sent, Duplicate::Yes))),
        ControlOutcome::Conflict => Some(Err(conflict())),
        ControlOutcome::Stale => None,
    }
}

/// Checks a control message against a roster, and notes what it was checked against.
fn fill(
    caller: &Caller,
    roster: &Roster,
    request: &ControlRequest,
    new: &mut NewControl,
) -> Result<(), ApiError> {
    let member = roster
        .member(caller.user_id)
        .ok_or_else(|| ApiError::not_found("conversation"))?;
    let (mut bodies, unknown) = resolve(roster, request.ciphertexts.clone())?;
    let named: Vec<_> = bodies.iter().map(|(device_id, _)| *device_id).collect();
    if is_restricted(roster, member) {
        check_only_admins(roster, member, &bodies)?;
    } else {
        check_may_write(roster, member)?;
    }
    check_devices(roster, caller.device_id, &named, Whole::Subset, unknown)?;
    new.hidden_from = None;
    if roster.kind == ConversationType::Dm {
        // The blocked one sees everything as before; the blocker never sees this.
        let other = roster.other(caller.user_id);
        let blocker = other.filter(|other| other.blocks_other);
        new.hidden_from = blocker.map(|other| other.user_id);
        if let Some(blocker) = blocker {
            let is_theirs = |id| blocker.devices.iter().any(|it| it.name.id == id);
            bodies.retain(|(device_id, _)| !is_theirs(*device_id));
        }
    }
    new.bodies = bodies;
    new.roster_version = roster.roster_version;
    new.access_version = roster.access_version;
    Ok(())
}

/// Whether the sender may only read in the group, and so may name only admins' and own devices: what
/// they cannot decrypt they must still be able to ask for.
fn is_restricted(roster: &Roster, member: &Member) -> bool {
    roster.kind == ConversationType::Group
        && roster.permission_send == Permission::Admins
        && member.role < Role::Admin
}

fn check_only_admins(roster: &Roster, sender: &Member, bodies: &Bodies) -> Result<(), ApiError> {
    let may_be_named =
        |member: &&Member| member.user_id == sender.user_id || member.role >= Role::Admin;
    let allowed: std::collections::HashSet<_> = roster
        .members
        .iter()
        .filter(may_be_named)
        .flat_map(|member| member.devices.iter().map(|device| device.name.id))
        .collect();
    if bodies.iter().all(|(device, _)| allowed.contains(device)) {
        return Ok(());
    }
    let why = "Only admins may write in this group: name devices of admins and your own.";
    Err(ApiError::forbidden(why))
}
