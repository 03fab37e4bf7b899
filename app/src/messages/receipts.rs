//! Receipts: how far the caller has read, or has everything.

use sentinal_actors::rosters::counts_receipts;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::messages::ReceiptState;
use sentinal_protocol::api::receipts::Receipts;
use sentinal_protocol::{ConversationId, MessageId};
use sentinal_store::{Mark, MarkTarget, MessagePlace, ReceiptKind};

use super::MessageService;
use crate::paging::slice;
use crate::{ApiError, Caller};

impl MessageService {
    /// Marks a message, and all before it, read or delivered. Answers where it is and the caller's
    /// cursors.
    pub async fn mark_message(
        &self,
        caller: &Caller,
        id: MessageId,
        kind: ReceiptKind,
    ) -> Result<(MessagePlace, ReceiptState), ApiError> {
        let place = self
            .context
            .store
            .find_message_place(id, caller.user_id)
            .await?;
        let place = place.ok_or_else(|| ApiError::not_found("message"))?;
        let up_to = MarkTarget::Sequence(place.sequence_number);
        self.mark(caller, place.conversation_id, kind, up_to)
            .await?;
        Ok((
            place,
            self.receipt_state(caller, place.conversation_id).await?,
        ))
    }

    /// A page of what became of a message of the caller's at the others.
    pub async fn list_message_receipts(
        &self,
        caller: &Caller,
        id: MessageId,
        query: PageQuery,
    ) -> Result<Receipts, ApiError> {
        let page = slice(query.page, query.limit)?;
        let place = self
            .context
            .store
            .find_message_place(id, caller.user_id)
            .await?;
        let place = place.ok_or_else(|| ApiError::not_found("message"))?;
        if place.sender_id != caller.user_id {
            let message = "Only its sender hears what became of a message.";
            return Err(ApiError::forbidden(message));
        }
        let page = (page.offset, page.limit);
        Ok(self
            .context
            .store
            .list_message_receipts(id, place, page)
            .await?)
    }

    /// Marks everything up to a message number read.
    pub async fn mark_read_up_to(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        up_to_sequence: u64,
    ) -> Result<ReceiptState, ApiError> {
        // Refuses strangers before anything else.
        self.receipt_state(caller, conversation_id).await?;
        let up_to = MarkTarget::Sequence(up_to_sequence);
        self.mark(caller, conversation_id, ReceiptKind::Read, up_to)
            .await?;
        self.receipt_state(caller, conversation_id).await
    }

    async fn mark(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        kind: ReceiptKind,
        up_to: MarkTarget,
    ) -> Result<(), ApiError> {
        let roster = self.context.rosters.get(conversation_id).await?;
        let counted = roster.is_some_and(|roster| counts_receipts(&roster));
        let mark = Mark {
            conversation_id,
            user_id: caller.user_id,
            kind,
            up_to,
            counted,
        };
        self.context.receipts.mark(mark).await
    }

    async fn receipt_state(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
    ) -> Result<ReceiptState, ApiError> {
        let cursors = self
            .context
            .store
            .find_receipts(conversation_id, caller.user_id, self.context.clock.now())
            .await?;
        let (last_read_sequence, last_delivered_sequence, unread_count) =
            cursors.ok_or_else(|| ApiError::not_found("conversation"))?;
        Ok(ReceiptState {
            conversation_id,
            last_read_sequence,
            last_delivered_sequence,
            unread_count,
        })
    }
}
