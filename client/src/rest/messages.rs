//! Sending and reading back.

use sentinal_protocol::api::Success;
use sentinal_protocol::api::control::{ControlRequest, SentControl};
use sentinal_protocol::api::messages::{
    HistoryQuery, Message, Messages, SendMessageRequest, SentMessage,
};
use sentinal_protocol::{ConversationId, MessageId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/messages`. With `duplicate` in the answer it is the one to an earlier, equal send.
    pub async fn send_message(
        &self,
        request: &SendMessageRequest,
    ) -> Result<Success<SentMessage>, ClientError> {
        self.post("/v1/messages").body(request).answer().await
    }

    /// `POST /v1/conversations/:id/control`: ciphertext for some devices. With `duplicate` in the answer
    /// it is the one to an earlier, equal request.
    pub async fn send_control(
        &self,
        conversation_id: ConversationId,
        request: &ControlRequest,
    ) -> Result<Success<SentControl>, ClientError> {
        self.post(format!("/v1/conversations/{conversation_id}/control"))
            .body(request)
            .answer()
            .await
    }

    /// `GET /v1/messages`: a page of history.
    pub async fn history(&self, query: &HistoryQuery) -> Result<Messages, ClientError> {
        self.get("/v1/messages").query(query).data().await
    }

    /// `GET /v1/messages/:id`.
    pub async fn message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.get(format!("/v1/messages/{id}")).data().await
    }
}
