//! The part of a room that tells of what is done to messages, to those who may know of the message, and
//! of control messages, to the devices that they name.

use std::collections::HashMap;

use actix::prelude::*;
use sentinal_protocol::DeviceId;
use sentinal_protocol::event::MessageExpired;
use sentinal_store::{Body, ControlMessage, ExpiredMessage, MessageChange};

use super::Room;
use crate::address::Target;
use crate::messages::Treatment;
use crate::wire::{self, DeviceContent, MessageFrame};

impl Room {
    pub(super) fn deliver_message_change(
        &mut self,
        revision: u64,
        change: &MessageChange,
        ctx: &mut Context<Self>,
    ) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let told = &change.change;
        let bare = wire::bare_revision(self.conversation_id, revision, told.at, false);
        let plain = wire::change(self.conversation_id, revision, told, false);
        let edited = change.content.as_ref().map(|content| {
            let bodies = content.bodies.iter().map(|(id, body)| (*id, body));
            let bodies: HashMap<DeviceId, &Body> = bodies.collect();
            let frame = MessageFrame::changed(self.conversation_id, revision, told);
            (content, bodies, frame)
        });
        let frame = |target: &Target| {
            let member = roster.member(target.user_id);
            let shown = member.filter(|it| change.is_shown_to(it.user_id, it.joined_revision));
            let Some(member) = shown else {
                return bare.clone();
            };
            let Some((content, bodies, frame)) = &edited else {
                return plain.clone();
            };
            if target.device_id == content.editor_device_id {
                return frame.for_device(DeviceContent::default());
            }
            let mut devices = member.devices.iter();
            let device = devices.find(|device| device.name.id == target.device_id);
            frame.for_device(DeviceContent {
                own: bodies.get(&target.device_id).copied(),
                shared: content.shared.as_ref(),
                device_name: device.map_or("", |device| device.name.device_id.as_str()),
                replay: false,
            })
        };
        self.each_hub(ctx, Treatment::Durable { revision }, None, frame);
    }

    /// A control message: for those devices that it names.
    pub(super) fn deliver_control(
        &mut self,
        revision: u64,
        control: &ControlMessage,
        ctx: &mut Context<Self>,
    ) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let told = &control.change;
        let bare = wire::bare_revision(self.conversation_id, revision, told.at, false);
        let frame = MessageFrame::changed(self.conversation_id, revision, told);
        let bodies = control.bodies.iter().map(|(id, body)| (*id, body));
        let bodies: HashMap<DeviceId, &Body> = bodies.collect();
        let frame = |target: &Target| {
            let own = bodies.get(&target.device_id).copied();
            let member = roster.member(target.user_id);
            let (Some(own), Some(member)) = (own, member) else {
                return bare.clone();
            };
            if told.hidden_from == Some(target.user_id) {
                return bare.clone();
            }
            let mut devices = member.devices.iter();
            let device = devices.find(|device| device.name.id == target.device_id);
            frame.for_device(DeviceContent {
                own: Some(own),
                shared: None,
                device_name: device.map_or("", |device| device.name.device_id.as_str()),
                replay: false,
            })
        };
        self.each_hub(ctx, Treatment::Durable { revision }, None, frame);
    }

    /// A message's time has run out.
    pub(super) fn tell_expired(&self, message: ExpiredMessage) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let event = MessageExpired {
            conversation_id: self.conversation_id,
            message_id: message.id,
            sequence_number: message.sequence_number,
        };
        let frame = wire::event(self.node.clock.now(), &event);
        self.tell(&frame, |target| {
            let member = roster.member(target.user_id);
            message.hidden_from != Some(target.user_id)
                && member.is_some_and(|member| member.joined_revision <= message.revision)
        });
    }
}
