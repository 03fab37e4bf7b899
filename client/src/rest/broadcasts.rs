//! Broadcast lists.

use sentinal_protocol::api::broadcasts::{
    AddRecipientRequest, Broadcast, BroadcastSearchQuery, Broadcasts, BroadcastsQuery, BulkAdded,
    BulkRecipientsRequest, BulkRemoved, CreateBroadcastRequest, CreatedBroadcast, RecipientCheck,
    RecipientCount, Recipients, SendBroadcastRequest, SentBroadcast, UpdateBroadcastRequest,
};
use sentinal_protocol::api::{PageQuery, Success};
use sentinal_protocol::{BroadcastId, UserId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/broadcasts`.
    pub async fn create_broadcast(
        &self,
        request: &CreateBroadcastRequest,
    ) -> Result<CreatedBroadcast, ClientError> {
        self.post("/v1/broadcasts").body(request).data().await
    }

    /// `GET /v1/broadcasts`: the own lists, oldest first.
    pub async fn broadcasts(&self, query: &BroadcastsQuery) -> Result<Broadcasts, ClientError> {
        self.get("/v1/broadcasts").query(query).data().await
    }

    /// `GET /v1/broadcasts/search`: those whose name contains a text.
    pub async fn search_broadcasts(
        &self,
        query: &BroadcastSearchQuery,
    ) -> Result<Broadcasts, ClientError> {
        self.get("/v1/broadcasts/search").query(query).data().await
    }

    /// `GET /v1/broadcasts/:id`.
    pub async fn broadcast(&self, id: BroadcastId) -> Result<Broadcast, ClientError> {
        self.get(format!("/v1/broadcasts/{id}")).data().await
    }

    /// `PUT /v1/broadcasts/:id`.
    pub async fn update_broadcast(
        &self,
        id: BroadcastId,
        request: &UpdateBroadcastRequest,
    ) -> Result<Broadcast, ClientError> {
        self.put(format!("/v1/broadcasts/{id}"))
            .body(request)
            .data()
            .await
    }

    /// `DELETE /v1/broadcasts/:id`.
    pub async fn delete_broadcast(&self, id: BroadcastId) -> Result<(), ClientError> {
        self.delete(format!("/v1/broadcasts/{id}")).done().await
    }

    /// `GET /v1/broadcasts/:id/recipients`.
    pub async fn recipients(
        &self,
        id: BroadcastId,
        page: PageQuery,
    ) -> Result<Recipients, ClientError> {
        self.get(format!("/v1/broadcasts/{id}/recipients"))
            .query(&page)
            .data()
            .await
    }

    /// `GET /v1/broadcasts/:id/recipients/count`.
    pub async fn recipient_count(&self, id: BroadcastId) -> Result<u64, ClientError> {
        let counted: RecipientCount = self
            .get(format!("/v1/broadcasts/{id}/recipients/count"))
            .data()
            .await?;
        Ok(counted.count)
    }

    /// `GET /v1/broadcasts/:id/recipients/:user_id`: whether somebody is on the list.
    pub async fn check_recipient(
        &self,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<RecipientCheck, ClientError> {
        self.get(format!("/v1/broadcasts/{id}/recipients/{user_id}"))
            .data()
            .await
    }

    /// `POST /v1/broadcasts/:id/recipients`.
    pub async fn add_recipient(
        &self,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<RecipientCheck, ClientError> {
        self.post(format!("/v1/broadcasts/{id}/recipients"))
            .body(&AddRecipientRequest { user_id })
            .data()
            .await
    }

    /// `DELETE /v1/broadcasts/:id/recipients/:user_id`.
    pub async fn remove_recipient(
        &self,
        id: BroadcastId,
        user_id: UserId,
    ) -> Result<(), ClientError> {
        self.delete(format!("/v1/broadcasts/{id}/recipients/{user_id}"))
            .done()
            .await
    }

    /// `POST /v1/broadcasts/:id/recipients/bulk`.
    pub async fn add_recipients(
        &self,
        id: BroadcastId,
        user_ids: Vec<UserId>,
    ) -> Result<BulkAdded, ClientError> {
        self.post(format!("/v1/broadcasts/{id}/recipients/bulk"))
            .body(&BulkRecipientsRequest { user_ids })
            .data()
            .await
    }

    /// `DELETE /v1/broadcasts/:id/recipients/bulk`.
    pub async fn remove_recipients(
        &self,
        id: BroadcastId,
        user_ids: Vec<UserId>,
    ) -> Result<BulkRemoved, ClientError> {
        self.delete(format!("/v1/broadcasts/{id}/recipients/bulk"))
            .body(&BulkRecipientsRequest { user_ids })
            .data()
            .await
    }

    /// `POST /v1/broadcasts/:id/messages`. With `duplicate` in the answer it is the one to an
    /// earlier, equal request.
    pub async fn send_broadcast(
        &self,
        id: BroadcastId,
        request: &SendBroadcastRequest,
    ) -> Result<Success<SentBroadcast>, ClientError> {
        self.post(format!("/v1/broadcasts/{id}/messages"))
            .body(request)
            .answer()
            .await
    }
}
