//! Messages whose time has run out: told to whoever is here, and erased.

use super::{ApiError, App};
use crate::room;

impl App {
    /// Erases what has expired, batch after batch, and tells the running rooms.
    pub(crate) async fn expire_messages(&self) -> Result<(), ApiError> {
        loop {
            let expired = self.store.erase_expired(self.clock.now()).await?;
            if expired.is_empty() {
                return Ok(());
            }
            for message in expired {
                if let Some(room) = self.directory.room(message.conversation_id) {
                    // At most once: clients know the moment, and history hides it by itself.
                    let _ = room.try_send(room::Expired(message));
                }
            }
        }
    }
}
