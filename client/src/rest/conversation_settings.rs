//! Conversations as a whole: finding, changing and ending them, invite links, and what one arranges
//! for oneself.

use sentinal_protocol::api::conversations::{
    Conversation, ConversationSearchQuery, ConversationTypeQuery, Conversations, MuteRequest,
    TransferRequest, UpdateConversationRequest,
};
use sentinal_protocol::api::invites::{InviteLink, InviteQuery, InvitedTo, JoinRequest};
use sentinal_protocol::{ConversationId, Timestamp, UserId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `GET /v1/conversations/type`: the DMs, or the groups.
    pub async fn conversations_of_type(
        &self,
        query: &ConversationTypeQuery,
    ) -> Result<Conversations, ClientError> {
        self.get("/v1/conversations/type").query(query).data().await
    }

    /// `GET /v1/conversations/search`: by a group's name, or the other side's in a DM.
    pub async fn search_conversations(
        &self,
        query: &ConversationSearchQuery,
    ) -> Result<Conversations, ClientError> {
        self.get("/v1/conversations/search")
            .query(query)
            .data()
            .await
    }

    /// `PUT /v1/conversations/:id`.
    pub async fn update_conversation(
        &self,
        id: ConversationId,
        request: &UpdateConversationRequest,
    ) -> Result<Conversation, ClientError> {
        self.put(format!("/v1/conversations/{id}"))
            .body(request)
            .data()
            .await
    }

    /// `DELETE /v1/conversations/:id`: a group for everybody, a DM for oneself.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<(), ClientError> {
        self.delete(format!("/v1/conversations/{id}")).done().await
    }

    /// `POST /v1/conversations/:id/transfer`: makes someone else the owner.
    pub async fn transfer(
        &self,
        id: ConversationId,
        user_id: UserId,
    ) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/transfer"))
            .body(&TransferRequest { user_id })
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/invite`: a new invite link; the one before leads nowhere.
    pub async fn renew_invite(&self, id: ConversationId) -> Result<InviteLink, ClientError> {
        self.post(format!("/v1/conversations/{id}/invite"))
            .data()
            .await
    }

    /// `GET /v1/conversations/invite`: where a link leads.
    pub async fn invited_to(&self, link: &str) -> Result<InvitedTo, ClientError> {
        let query = InviteQuery {
            link: link.to_owned(),
        };
        self.get("/v1/conversations/invite")
            .query(&query)
            .data()
            .await
    }

    /// `POST /v1/conversations/join`.
    pub async fn join(&self, link_or_code: &str) -> Result<Conversation, ClientError> {
        let code = link_or_code.to_owned();
        self.post("/v1/conversations/join")
            .body(&JoinRequest { code })
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/mute`: until a time, or for ever.
    pub async fn mute(
        &self,
        id: ConversationId,
        until: Option<Timestamp>,
    ) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/mute"))
            .body(&MuteRequest { until })
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/unmute`: notifications again.
    pub async fn unmute(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/unmute"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/pin`: above the others.
    pub async fn pin(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/pin"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/unpin`: by its last message again.
    pub async fn unpin(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/unpin"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/archive`: out of the ordinary lists.
    pub async fn archive(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/archive"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/unarchive`: into the ordinary lists again.
    pub async fn unarchive(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.post(format!("/v1/conversations/{id}/unarchive"))
            .data()
            .await
    }
}
