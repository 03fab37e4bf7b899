//! Reading messages back.

use sentinal_protocol::api::messages::{HistoryQuery, Message, Messages};
use sentinal_protocol::{MessageId, limits};
use sentinal_store::{Position, Viewer};

use super::MessageService;
use crate::conversations::no_conversation;
use crate::paging::limit_or;
use crate::{ApiError, Caller};

impl MessageService {
    /// A page of a conversation's history, with the ciphertexts of the calling device.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        query: HistoryQuery,
    ) -> Result<Messages, ApiError> {
        let limit = limit_or(query.limit, limits::HISTORY_PAGE_DEFAULT)?;
        let position = match (query.before_seq, query.after_seq, query.around_seq) {
            (None, None, None) => Position::Newest,
            (Some(seq), None, None) => Position::Before(seq),
            (None, Some(seq), None) => Position::After(seq),
            (None, None, Some(seq)) => Position::Around(seq),
            _ => {
                let reason = "only one of before_seq, after_seq and around_seq can be given";
                return Err(ApiError::invalid("before_seq", reason));
            }
        };
        let page = self
            .context
            .store
            .list_messages(self.viewer(caller), query.conversation_id, position, limit)
            .await?;
        page.ok_or_else(no_conversation)
    }

    /// A message that the caller may see.
    pub async fn get_message(&self, caller: &Caller, id: MessageId) -> Result<Message, ApiError> {
        let found = self
            .context
            .store
            .find_message(self.viewer(caller), id)
            .await?;
        found.ok_or_else(|| ApiError::not_found("message"))
    }

    pub(crate) fn viewer<'a>(&self, caller: &'a Caller) -> Viewer<'a> {
        Viewer {
            user_id: caller.user_id,
            device_id: caller.device_id,
            device_name: &caller.device_name,
            now: self.context.clock.now(),
        }
    }
}
