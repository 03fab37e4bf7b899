//! The part of a room that makes the frames of an event and gives each hub its part.

use std::collections::HashMap;
use std::sync::Arc;

use actix::prelude::*;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::{DeviceId, UserId};
use sentinal_store::{Change, StoredMessage};

use super::{RETRY, Room};
use crate::address::Target;
use crate::messages::{Deliver, Frames, Offer, ToHub, Treatment};
use crate::position::Membership;
use crate::wire::{self, DeviceContent, MessageFrame};

impl Room {
    pub(super) fn deliver_message(&mut self, message: &StoredMessage, ctx: &mut Context<Self>) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        self.stop_typing(message.sender_id);
        let sender = roster.member(message.sender_id);
        let names = |user_id: UserId, device_id: DeviceId| {
            roster.member(user_id).and_then(|member| {
                member
                    .devices
                    .iter()
                    .find(|device| device.name.id == device_id)
            })
        };
        let sender_device = sender
            .and_then(|_| names(message.sender_id, message.sender_device_id))
            .map(|device| device.name.device_id.as_str());
        let frame = MessageFrame::live(message, sender_device);
        let bodies: HashMap<DeviceId, _> = message
            .bodies
            .iter()
            .map(|(device_id, body)| (*device_id, body))
            .collect();
        let treatment = Treatment::Durable {
            revision: message.revision,
        };
        let shared_only = message.bodies.is_empty() && message.hidden_from.is_none();
        let for_all = shared_only.then(|| {
            let shared = message.shared.as_ref();
            frame.for_device(DeviceContent {
                shared,
                ..Default::default()
            })
        });
        let echo = frame.for_device(DeviceContent::default());
        let conversation_id = self.conversation_id;
        self.each_hub(ctx, treatment, None, |target| {
            if target.device_id == message.sender_device_id {
                return echo.clone();
            }
            if let Some(frame) = &for_all {
                return frame.clone();
            }
            if message.hidden_from == Some(target.user_id) {
                let (revision, at) = (message.revision, message.created_at);
                return wire::bare_revision(conversation_id, revision, at, false);
            }
            let device = names(target.user_id, target.device_id);
            frame.for_device(DeviceContent {
                own: bodies.get(&target.device_id).copied(),
                shared: message.shared.as_ref(),
                device_name: device.map_or("", |device| device.name.device_id.as_str()),
                replay: false,
            })
        });
    }

    pub(super) fn deliver_change(
        &mut self,
        revision: u64,
        change: &Change,
        ctx: &mut Context<Self>,
    ) {
        let subject = change.subject.map(UserId);
        let joins = match change.kind {
            EventKind::ParticipantAdded => Some((Membership::Joins, subject)),
            EventKind::ParticipantRemoved => Some((Membership::Leaves, subject)),
            EventKind::ConversationDeleted => Some((Membership::Leaves, None)),
            // Everybody's log begins with it.
            EventKind::ConversationCreated => Some((Membership::Joins, None)),
            _ => None,
        };
        // People that it brings in must be known before it goes out.
        let refreshed = self.node.rosters.cached(self.conversation_id);
        let is_fresh = refreshed
            .as_ref()
            .is_some_and(|roster| roster.revision >= revision);
        if let Some(roster) = refreshed.filter(|_| is_fresh) {
            self.take_roster(roster);
        }
        let conversation_id = self.conversation_id;
        let frame = wire::change(conversation_id, revision, change, false);
        let own = wire::change(conversation_id, revision, change, true);
        let is_added = change.kind == EventKind::ParticipantAdded;
        let treatment = Treatment::Durable { revision };
        self.each_hub(ctx, treatment, joins, |target| {
            if change.hidden_from == Some(target.user_id) {
                return wire::bare_revision(conversation_id, revision, change.at, false);
            }
            if is_added && Some(target.user_id) == subject {
                own.clone()
            } else {
                frame.clone()
            }
        });
        self.drop_strangers();
        if !is_fresh {
            self.load(ctx);
        }
    }

    /// Sends every hub its part of an event. A hub whose mailbox is full has missed it, and is
    /// offered the head until it takes it.
    pub(super) fn each_hub(
        &mut self,
        ctx: &mut Context<Self>,
        treatment: Treatment,
        membership: Option<(Membership, Option<UserId>)>,
        mut frame: impl FnMut(&Target) -> bytes::Bytes,
    ) {
        for (hub, local) in &mut self.locals {
            let Some(worker) = self.node.directory.worker(*hub) else {
                continue;
            };
            let membership = membership.map(|(membership, whom)| {
                let affected = local
                    .targets
                    .iter()
                    .filter(|target| whom.is_none_or(|whom| whom == target.user_id));
                (membership, affected.map(|target| target.key.slot).collect())
            });
            let deliver = Deliver {
                conversation_id: self.conversation_id,
                treatment,
                frames: Frames::Each(local.targets.iter().map(&mut frame).collect()),
                targets: local.slots.clone(),
                membership,
            };
            if worker.hub.try_send(ToHub::Deliver(deliver)).is_err() {
                match treatment {
                    Treatment::Durable { .. } | Treatment::Receipts { .. } => local.missed = true,
                    Treatment::Ephemeral => {}
                }
            }
        }
        self.retry(ctx);
    }

    pub(super) fn offer_all(&mut self) {
        for local in self.locals.values_mut() {
            local.missed = true;
        }
        self.offer_missed();
    }

    pub(super) fn offer_missed(&mut self) {
        for (hub, local) in &mut self.locals {
            if !local.missed {
                continue;
            }
            let Some(worker) = self.node.directory.worker(*hub) else {
                continue;
            };
            let offer = Offer {
                conversation_id: self.conversation_id,
                revision: self.applied,
                receipt_version: self.receipt_version,
                targets: local.slots.clone(),
            };
            local.missed = worker.hub.try_send(ToHub::Offer(offer)).is_err();
        }
    }

    pub(super) fn retry(&mut self, ctx: &mut Context<Self>) {
        if !self.retry_due && self.locals.values().any(|local| local.missed) {
            self.retry_due = true;
            ctx.run_later(RETRY, |room, ctx| {
                room.retry_due = false;
                room.offer_missed();
                room.retry(ctx);
            });
        }
    }

    /// Sends one frame to some of the room's sockets; it may be lost.
    pub(super) fn tell(&self, frame: &bytes::Bytes, whom: impl Fn(&Target) -> bool) {
        for (hub, local) in &self.locals {
            let Some(worker) = self.node.directory.worker(*hub) else {
                continue;
            };
            let chosen = local.targets.iter().filter(|target| whom(target));
            let targets: Arc<[u64]> = chosen.map(|target| target.key.slot).collect();
            if targets.is_empty() {
                continue;
            }
            // A hub with a full mailbox has better things to do.
            let _ = worker.hub.try_send(ToHub::Deliver(Deliver {
                conversation_id: self.conversation_id,
                treatment: Treatment::Ephemeral,
                frames: Frames::Same(frame.clone()),
                targets,
                membership: None,
            }));
        }
    }
}
