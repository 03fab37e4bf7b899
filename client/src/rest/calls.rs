//! Calls: placing and answering them, who is in one, and how good it was.

use sentinal_protocol::api::calls::{
    AddCallParticipantRequest, AverageQuality, AverageQuery, Call, CallDuration, CallMuteRequest,
    CallParticipant, CallParticipants, CallStatusRequest, Calls, CallsQuery, CreateCallRequest,
    EndCallRequest, IceServers, OwnCallsQuery, Qualities, Quality, QualityQuery, QualityRequest,
};
use sentinal_protocol::{
    CallEndReason, CallId, CallParticipantStatus, CallType, ConversationId, UserId,
};

use super::Client;
use crate::ClientError;

impl Client {
    /// `POST /v1/calls`.
    pub async fn create_call(
        &self,
        conversation_id: ConversationId,
        kind: CallType,
    ) -> Result<Call, ClientError> {
        let request = CreateCallRequest {
            conversation_id,
            kind,
            initiator_id: None,
        };
        self.post("/v1/calls").body(&request).data().await
    }

    /// `GET /v1/calls?conversation_id=`.
    pub async fn calls(&self, query: &CallsQuery) -> Result<Calls, ClientError> {
        self.get("/v1/calls").query(query).data().await
    }

    /// `GET /v1/calls/user`: those that the caller is or was in.
    pub async fn own_calls(&self, query: &OwnCallsQuery) -> Result<Calls, ClientError> {
        self.get("/v1/calls/user").query(query).data().await
    }

    /// `GET /v1/calls/active`.
    pub async fn active_calls(&self, query: &OwnCallsQuery) -> Result<Calls, ClientError> {
        self.get("/v1/calls/active").query(query).data().await
    }

    /// `GET /v1/calls/missed`.
    pub async fn missed_calls(&self, query: &OwnCallsQuery) -> Result<Calls, ClientError> {
        self.get("/v1/calls/missed").query(query).data().await
    }

    /// `GET /v1/calls/ice-servers`.
    pub async fn ice_servers(&self) -> Result<IceServers, ClientError> {
        self.get("/v1/calls/ice-servers").data().await
    }

    /// `GET /v1/calls/:id`.
    pub async fn get_call(&self, id: CallId) -> Result<Call, ClientError> {
        self.get(format!("/v1/calls/{id}")).data().await
    }

    /// `GET /v1/calls/:id/participants`.
    pub async fn call_participants(&self, id: CallId) -> Result<Vec<CallParticipant>, ClientError> {
        let listed: CallParticipants = self
            .get(format!("/v1/calls/{id}/participants"))
            .data()
            .await?;
        Ok(listed.participants)
    }

    /// `POST /v1/calls/:id/participants`: asks somebody.
    pub async fn add_call_participant(
        &self,
        id: CallId,
        user_id: UserId,
    ) -> Result<CallParticipant, ClientError> {
        self.post(format!("/v1/calls/{id}/participants"))
            .body(&AddCallParticipantRequest { user_id })
            .data()
            .await
    }

    /// `DELETE /v1/calls/:id/participants/:user_id`.
    pub async fn remove_call_participant(
        &self,
        id: CallId,
        user_id: UserId,
    ) -> Result<(), ClientError> {
        self.delete(format!("/v1/calls/{id}/participants/{user_id}"))
            .done()
            .await
    }

    /// `PUT /v1/calls/:id/participants/:user_id/status`: accepts, declines, leaves.
    pub async fn set_call_status(
        &self,
        id: CallId,
        user_id: UserId,
        status: CallParticipantStatus,
    ) -> Result<CallParticipant, ClientError> {
        self.put(format!("/v1/calls/{id}/participants/{user_id}/status"))
            .body(&CallStatusRequest { status })
            .data()
            .await
    }

    /// `PUT /v1/calls/:id/participants/:user_id/mute`.
    pub async fn mute_in_call(
        &self,
        id: CallId,
        user_id: UserId,
        request: &CallMuteRequest,
    ) -> Result<CallParticipant, ClientError> {
        self.put(format!("/v1/calls/{id}/participants/{user_id}/mute"))
            .body(request)
            .data()
            .await
    }

    /// `POST /v1/calls/:id/connected`.
    pub async fn mark_call_connected(&self, id: CallId) -> Result<Call, ClientError> {
        self.post(format!("/v1/calls/{id}/connected")).data().await
    }

    /// `POST /v1/calls/:id/end`.
    pub async fn end_call(
        &self,
        id: CallId,
        reason: Option<CallEndReason>,
    ) -> Result<Call, ClientError> {
        self.post(format!("/v1/calls/{id}/end"))
            .body(&EndCallRequest { reason })
            .data()
            .await
    }

    /// `GET /v1/calls/:id/duration`, seconds.
    pub async fn call_duration(&self, id: CallId) -> Result<u64, ClientError> {
        let answer: CallDuration = self.get(format!("/v1/calls/{id}/duration")).data().await?;
        Ok(answer.duration)
    }

    /// `POST /v1/calls/quality`.
    pub async fn record_quality(&self, request: &QualityRequest) -> Result<Quality, ClientError> {
        self.post("/v1/calls/quality").body(request).data().await
    }

    /// `GET /v1/calls/quality`.
    pub async fn call_quality(&self, query: &QualityQuery) -> Result<Qualities, ClientError> {
        self.get("/v1/calls/quality").query(query).data().await
    }

    /// `GET /v1/calls/quality/user`.
    pub async fn own_call_quality(&self, query: &OwnCallsQuery) -> Result<Qualities, ClientError> {
        self.get("/v1/calls/quality/user").query(query).data().await
    }

    /// `GET /v1/calls/quality/average`.
    pub async fn average_quality(&self, call_id: CallId) -> Result<AverageQuality, ClientError> {
        self.get("/v1/calls/quality/average")
            .query(&AverageQuery { call_id })
            .data()
            .await
    }
}
