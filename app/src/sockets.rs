//! What sessions ask for on behalf of their clients.

use sentinal_actors::here;
use sentinal_actors::messages::Typing;
use sentinal_protocol::limits::SOCKETS_PER_USER_MAX;
use sentinal_protocol::{ConversationId, DeviceId, ErrorCode};

use crate::context::Context;
use crate::rate_limits::Bucket;
use crate::{ApiError, Caller};

/// What sessions ask for on behalf of their clients.
#[derive(Clone)]
pub struct SocketService {
    pub(crate) context: Context,
}

impl SocketService {
    /// Whether this device may open another socket now; counts it as a new one. What is open on other nodes
    /// counts as far as it is known.
    pub async fn admit(&self, caller: &Caller) -> Result<(), ApiError> {
        self.context
            .limits
            .check(Bucket::WsConnect, caller.user_id)?;
        let node = &self.context.node;
        let found = here::elsewhere(node, &[caller.user_id]).await;
        let states = found.into_values().flatten();
        let elsewhere: Vec<DeviceId> = states.flat_map(|state| state.devices).collect();
        let room = SOCKETS_PER_USER_MAX.saturating_sub(elsewhere.len());
        if self
            .context
            .directory
            .has_place(caller.user_id, caller.device_id, room)
        {
            return Ok(());
        }
        if elsewhere.contains(&caller.device_id) {
            node.give_way_elsewhere(caller.user_id, caller.device_id);
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::TooManyConnections,
            "As many sockets are open as one user may have.",
        ))
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
        let typing = Typing {
            user_id,
            is_typing,
            is_elsewhere: false,
        };
        self.context.registry.typing(conversation_id, typing);
        Ok(())
    }
}
