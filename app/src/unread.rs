//! What is unread changes by itself: messages expire, accounts are erased.

use sentinal_protocol::ConversationId;
use sentinal_protocol::event::ConversationRead;

use crate::ApiError;
use crate::context::Context;

impl Context {
    /// Tells those who are here how much is unread to them in a conversation now that messages up to
    /// number `up_to` cannot be read any more; not those who have read them before.
    ///
    /// At most once: what is unread is counted anew whenever it is asked for.
    pub(crate) async fn tell_unread(&self, conversation_id: ConversationId, up_to: u64) {
        if let Err(error) = self.try_tell_unread(conversation_id, up_to).await {
            tracing::warn!(%error, "unread: devices were not told of a count that has changed");
        }
    }

    async fn try_tell_unread(
        &self,
        conversation_id: ConversationId,
        up_to: u64,
    ) -> Result<(), ApiError> {
        let Some(roster) = self.rosters.get(conversation_id).await? else {
            return Ok(());
        };
        let members = roster.members.iter().map(|member| member.user_id);
        let here: Vec<_> = members
            .filter(|user_id| self.node.bus.is_on() || self.directory.is_online(*user_id))
            .map(|user_id| (conversation_id, user_id))
            .collect();
        let now = self.clock.now();
        for mark in self.store.list_unread_marks(&here, up_to, now).await? {
            let event = ConversationRead {
                user_id: mark.user_id,
                conversation_id,
                last_read_sequence: mark.last_read_sequence,
                unread_count: mark.unread_count,
                account_revision: None,
            };
            self.node.account_event(mark.user_id, &event);
        }
        Ok(())
    }
}
