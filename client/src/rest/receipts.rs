//! Receipts: how far everything was delivered and read.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::conversations::ReadUpToRequest;
use sentinal_protocol::api::messages::ReceiptState;
use sentinal_protocol::api::receipts::Receipts;
use sentinal_protocol::{ConversationId, MessageId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/messages/:id/delivered`: this message and all before it have arrived.
    pub async fn mark_delivered(&self, id: MessageId) -> Result<ReceiptState, ClientError> {
        self.post(format!("/v1/messages/{id}/delivered"))
            .data()
            .await
    }

    /// `POST /v1/messages/:id/read`: this message and all before it are read.
    pub async fn mark_read(&self, id: MessageId) -> Result<ReceiptState, ClientError> {
        self.post(format!("/v1/messages/{id}/read")).data().await
    }

    /// `GET /v1/messages/:id/receipts`: how far an own message has got.
    pub async fn receipts(&self, id: MessageId, page: PageQuery) -> Result<Receipts, ClientError> {
        self.get(format!("/v1/messages/{id}/receipts"))
            .query(&page)
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/read`: everything up to a message number is read.
    pub async fn read_up_to(
        &self,
        id: ConversationId,
        up_to_sequence: u64,
    ) -> Result<ReceiptState, ClientError> {
        self.post(format!("/v1/conversations/{id}/read"))
            .body(&ReadUpToRequest { up_to_sequence })
            .data()
            .await
    }
}
