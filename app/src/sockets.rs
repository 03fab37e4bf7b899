//! What sessions ask for on behalf of their clients.

use sentinal_actors::messages::Typing;
use sentinal_protocol::limits::SOCKETS_PER_USER_MAX;
use sentinal_protocol::{ConversationId, ErrorCode};

use crate::context::Context;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// What sessions ask for on behalf of their clients.
#[derive(Clone)]
pub struct SocketService {
    pub(crate) context: Context,
}

impl SocketService {
    /// Whether this device may open another socket now; counts it as a new one.
    pub fn admit(&self, caller: &Caller) -> Result<(), ApiError> {
        self.context
            .limits
            .check(Bucket::WsConnect, caller.user_id)?;
        if !self
            .context
            .directory
            .has_place(caller.user_id, caller.device_id, SOCKETS_PER_USER_MAX)
        {
            return Err(ApiError::new(
                ErrorCode::TooManyConnections,
                "As many sockets are open as one user may have.",
            ));
        }
        Ok(())
    }

    /// Tells those whom it concerns that the caller writes, or has stopped.
    pub async fn typing(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        is_typing: bool,
    ) -> Result<(), ApiError> {
        let roster = self.context.rosters.get(conversation_id).await?;
        if roster.is_none_or(|roster| roster.member(caller.user_id).is_none()) {
            return Err(ApiError::not_found("conversation"));
        }
        let user_id = caller.user_id;
        let typing = Typing { user_id, is_typing };
        self.context.registry.typing(conversation_id, typing);
        Ok(())
    }
}
