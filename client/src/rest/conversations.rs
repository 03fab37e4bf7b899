//! Conversations and who takes part in them.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::bans::{Ban, Bans};
use sentinal_protocol::api::conversations::{
    AddParticipantRequest, Conversation, Conversations, CreateConversationRequest, Participant,
    Participants, SequenceState, UpdateRoleRequest,
};
use sentinal_protocol::{ConversationId, ConversationType, Role, UserId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/conversations`.
    pub async fn create_conversation(
        &self,
        request: &CreateConversationRequest,
    ) -> Result<Conversation, ClientError> {
        self.post("/v1/conversations").body(request).data().await
    }

    /// The DM with `other`, made if there is none yet.
    pub async fn create_direct(&self, other: UserId) -> Result<Conversation, ClientError> {
        self.create_conversation(&CreateConversationRequest {
            kind: ConversationType::Dm,
            subject: None,
            description: None,
            avatar_url: None,
            participants: vec![other],
        })
        .await
    }

    /// A new group of the caller, its owner, and `others`.
    pub async fn create_group(
        &self,
        subject: &str,
        others: Vec<UserId>,
    ) -> Result<Conversation, ClientError> {
        self.create_conversation(&CreateConversationRequest {
            kind: ConversationType::Group,
            subject: Some(subject.to_owned()),
            description: None,
            avatar_url: None,
            participants: others,
        })
        .await
    }

    /// `GET /v1/conversations`: pinned first, then by last message.
    pub async fn conversations(&self, page: PageQuery) -> Result<Conversations, ClientError> {
        self.get("/v1/conversations").query(&page).data().await
    }

    /// `GET /v1/conversations/:id`.
    pub async fn conversation(&self, id: ConversationId) -> Result<Conversation, ClientError> {
        self.get(format!("/v1/conversations/{id}")).data().await
    }

    /// `GET /v1/conversations/:id/participants`, with the devices that must be encrypted to.
    pub async fn participants(&self, id: ConversationId) -> Result<Participants, ClientError> {
        self.get(format!("/v1/conversations/{id}/participants"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/participants`.
    pub async fn add_participant(
        &self,
        id: ConversationId,
        request: &AddParticipantRequest,
    ) -> Result<Participant, ClientError> {
        self.post(format!("/v1/conversations/{id}/participants"))
            .body(request)
            .data()
            .await
    }

    /// `DELETE /v1/conversations/:id/participants/:user_id`.
    pub async fn remove_participant(
        &self,
        id: ConversationId,
        user_id: UserId,
    ) -> Result<(), ClientError> {
        self.delete(format!("/v1/conversations/{id}/participants/{user_id}"))
            .done()
            .await
    }

    /// `POST /v1/conversations/:id/participants/:user_id/ban`.
    pub async fn ban(&self, id: ConversationId, user_id: UserId) -> Result<Ban, ClientError> {
        self.post(format!("/v1/conversations/{id}/participants/{user_id}/ban"))
            .data()
            .await
    }

    /// `DELETE /v1/conversations/:id/participants/:user_id/ban`.
    pub async fn unban(&self, id: ConversationId, user_id: UserId) -> Result<(), ClientError> {
        self.delete(format!("/v1/conversations/{id}/participants/{user_id}/ban"))
            .done()
            .await
    }

    /// `GET /v1/conversations/:id/bans`.
    pub async fn bans(&self, id: ConversationId, page: PageQuery) -> Result<Bans, ClientError> {
        self.get(format!("/v1/conversations/{id}/bans"))
            .query(&page)
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/leave`.
    pub async fn leave(&self, id: ConversationId) -> Result<(), ClientError> {
        self.post(format!("/v1/conversations/{id}/leave"))
            .done()
            .await
    }

    /// `PUT /v1/conversations/:id/participants/:user_id/role`.
    pub async fn set_role(
        &self,
        id: ConversationId,
        user_id: UserId,
        role: Role,
    ) -> Result<Participant, ClientError> {
        self.put(format!(
            "/v1/conversations/{id}/participants/{user_id}/role"
        ))
        .body(&UpdateRoleRequest { role })
        .data()
        .await
    }

    /// `GET /v1/conversations/:id/sequence`: the highest message number given.
    pub async fn sequence(&self, id: ConversationId) -> Result<SequenceState, ClientError> {
        self.get(format!("/v1/conversations/{id}/sequence"))
            .data()
            .await
    }

    /// `POST /v1/conversations/:id/sequence`: reserves a number, which no message will have.
    pub async fn reserve_sequence(&self, id: ConversationId) -> Result<SequenceState, ClientError> {
        self.post(format!("/v1/conversations/{id}/sequence"))
            .data()
            .await
    }
}
