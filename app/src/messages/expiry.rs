//! Messages whose time has run out: told to whoever is here, and erased.

use std::collections::BTreeMap;

use sentinal_actors::bus::News;
use sentinal_actors::messages::ToRoom;

use super::MessageService;
use crate::ApiError;

impl MessageService {
    /// Erases what has expired, batch after batch, and tells the running rooms, and the devices of
    /// those to whom less is unread now.
    pub(crate) async fn expire_messages(&self) -> Result<(), ApiError> {
        loop {
            let expired = self
                .context
                .store
                .erase_expired(self.context.clock.now())
                .await?;
            if expired.is_empty() {
                return Ok(());
            }
            let mut last_in = BTreeMap::new();
            for message in expired {
                let last = last_in.entry(message.conversation_id).or_insert(0);
                *last = message.sequence_number.max(*last);
                let id = message.conversation_id;
                if self.context.node.bus.is_on() {
                    // Says which other nodes to tell.
                    self.context.rosters.get(id).await?;
                    let news = || News::Expired(message);
                    self.context.node.tell_elsewhere(id, news);
                }
                if let Some(room) = self.context.directory.room(id) {
                    // At most once: clients know the moment, and history hides it by itself.
                    let _ = room.try_send(ToRoom::Expired(message));
                }
            }
            for (conversation_id, up_to) in last_in {
                self.context.tell_unread(conversation_id, up_to).await;
            }
        }
    }
}
