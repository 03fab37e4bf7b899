//! The part of a room that tells of receipts: to the senders of what was received, and to the own
//! devices of who received it.

use actix::prelude::*;
use sentinal_protocol::event::ConversationRead;
use sentinal_store::{MarkAudience, Marked, ReceiptKind};

use super::{Room, is_blocked};
use crate::messages::{Receipts, Treatment};
use crate::wire;

/// What the own devices are told of having read.
pub fn own_read(marked: &Marked, unread_count: u64) -> ConversationRead {
    ConversationRead {
        user_id: marked.user_id,
        conversation_id: marked.conversation_id,
        last_read_sequence: marked.sequence_number,
        unread_count,
        account_revision: None,
    }
}

impl Room {
    pub(super) fn tell_receipts(&mut self, receipts: Receipts, ctx: &mut Context<Self>) {
        let Some(roster) = self.roster.clone() else {
            return;
        };
        let Receipts {
            marked,
            unread_count,
        } = receipts;
        // In large groups only the cursor is kept.
        let MarkAudience::Conversation {
            receipt_version: version,
            senders,
            message_id,
        } = &marked.audience
        else {
            return;
        };
        let version = *version;
        let now = self.node.clock.now();
        let user_id = marked.user_id;
        let own = (marked.kind == ReceiptKind::Read)
            .then(|| wire::event(now, &own_read(&marked, unread_count)));
        self.receipt_version = self.receipt_version.max(version);
        let blocked = is_blocked(&roster);
        let open = |user_id| {
            roster
                .member(user_id)
                .is_some_and(|member| member.read_receipts)
        };
        let receipt = |kind| {
            let at_message = ((*message_id)?, marked.sequence_number);
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
            if blocked || !senders.contains(&target.user_id) {
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
