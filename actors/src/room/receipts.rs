//! The part of a room that tells of receipts: to the senders of what was received, and to the own
//! devices of who received it.

use std::sync::Arc;

use actix::prelude::*;
use sentinal_protocol::event::EventKind;
use sentinal_store::{Marked, ReceiptKind};
use serde_json::json;

use super::{Room, is_blocked};
use crate::hub::Treatment;
use crate::wire;

/// From the journal: a receipt cursor moved.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Receipts(pub Arc<Marked>);

impl Handler<Receipts> for Room {
    type Result = ();

    fn handle(&mut self, Receipts(marked): Receipts, ctx: &mut Self::Context) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let now = self.app.clock.now();
        let user_id = marked.user_id;
        let own = (marked.kind == ReceiptKind::Read).then(|| {
            let fields = json!({
                "user_id": user_id,
                "conversation_id": self.conversation_id,
                "last_read_sequence": marked.sequence_number,
                "unread_count": marked.unread_count,
            });
            wire::event(EventKind::ConversationRead, now, fields)
        });
        // In large groups only the cursor is kept.
        let Some(version) = marked.receipt_version else {
            if let Some(own) = own {
                self.tell(&own, |target| target.user_id == user_id);
            }
            return;
        };
        self.receipt_version = self.receipt_version.max(version);
        let blocked = is_blocked(&roster);
        let open = |user_id| {
            roster
                .member(user_id)
                .is_some_and(|member| member.read_receipts)
        };
        let receipt = |kind| {
            let at_message = (marked.message_id?, marked.sequence_number);
            Some(wire::receipt(
                self.conversation_id,
                user_id,
                kind,
                at_message,
                now,
            ))
        };
        let frame = receipt(marked.kind);
        // What is read is delivered, which everybody may know; who hears of the one needs not the other.
        let also = receipt(ReceiptKind::Delivered).filter(|_| marked.also_delivered);
        // Everybody's counter moves; only those concerned get a frame.
        self.each_hub(ctx, Treatment::Receipts { version }, None, |target| {
            if target.user_id == user_id {
                return own.clone().unwrap_or_default();
            }
            if blocked || !marked.senders.contains(&target.user_id) {
                return bytes::Bytes::new();
            }
            let shown = match marked.kind {
                ReceiptKind::Delivered => &frame,
                ReceiptKind::Read if open(user_id) && open(target.user_id) => &frame,
                ReceiptKind::Read => &also,
            };
            shown.clone().unwrap_or_default()
        });
    }
}
