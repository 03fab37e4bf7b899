//! What people do in calls.

use sentinal_client::ClientError;
use sentinal_protocol::api::calls::Call;
use sentinal_protocol::{
    CallId, CallParticipantStatus, CallStatus, CallType, ConversationId, ErrorCode,
};

use crate::{TestUser, until};

impl TestUser {
    /// Places a call in a conversation.
    pub async fn call(&self, chat: ConversationId) -> Call {
        let made = self.client.create_call(chat, CallType::Video).await;
        made.expect("a call")
    }

    /// Accepts or joins a call.
    pub async fn join_call(&self, id: CallId) {
        let status = CallParticipantStatus::Joined;
        let joined = self.client.set_call_status(id, self.id, status).await;
        assert_eq!(joined.expect("joined").status, status);
    }

    /// A call once it has this status.
    pub async fn call_at(&self, id: CallId, status: CallStatus) -> Call {
        until("the call has come so far", async || {
            let call = self.client.get_call(id).await.ok()?;
            (call.status == status).then_some(call)
        })
        .await
    }
}

/// The code with which something was refused.
pub fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> ErrorCode {
    let error = outcome.expect_err("a refusal");
    error.code().unwrap_or_else(|| panic!("{error}"))
}
