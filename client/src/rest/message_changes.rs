//! What is done to messages: edits, deletions, reactions, votes, stars, pins.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::edits::{DeleteMessageQuery, EditMessageRequest};
use sentinal_protocol::api::messages::Message;
use sentinal_protocol::api::pins::{Pins, Starred};
use sentinal_protocol::api::polls::{Poll, VoteRequest};
use sentinal_protocol::api::reactions::{ReactionCounts, Reactions};
use sentinal_protocol::{ConversationId, DeleteFor, MessageId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `PUT /v1/messages/:id`: replaces what an own message says.
    pub async fn edit_message(
        &self,
        id: MessageId,
        request: &EditMessageRequest,
    ) -> Result<Message, ClientError> {
        self.put(format!("/v1/messages/{id}"))
            .body(request)
            .data()
            .await
    }

    /// `DELETE /v1/messages/:id`: for everybody; a tombstone stays.
    pub async fn delete_message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.delete(format!("/v1/messages/{id}")).data().await
    }

    /// `DELETE /v1/messages/:id?for=me`: oneself does not see it any more.
    pub async fn hide_message(&self, id: MessageId) -> Result<(), ClientError> {
        let query = DeleteMessageQuery {
            whom: Some(DeleteFor::Me),
        };
        self.delete(format!("/v1/messages/{id}"))
            .query(&query)
            .done()
            .await
    }

    /// `DELETE /v1/messages/:id/hard`: for everybody; a gap is left.
    pub async fn hard_delete_message(&self, id: MessageId) -> Result<(), ClientError> {
        self.delete(format!("/v1/messages/{id}/hard")).done().await
    }

    /// `PUT /v1/messages/:id/reactions/:reaction`.
    pub async fn add_reaction(
        &self,
        id: MessageId,
        reaction: &str,
    ) -> Result<ReactionCounts, ClientError> {
        self.put(self.reaction_path(id, reaction)).data().await
    }

    /// `DELETE /v1/messages/:id/reactions/:reaction`.
    pub async fn remove_reaction(
        &self,
        id: MessageId,
        reaction: &str,
    ) -> Result<ReactionCounts, ClientError> {
        self.delete(self.reaction_path(id, reaction)).data().await
    }

    /// `GET /v1/messages/:id/reactions`: who reacted.
    pub async fn reactions(
        &self,
        id: MessageId,
        page: PageQuery,
    ) -> Result<Reactions, ClientError> {
        self.get(format!("/v1/messages/{id}/reactions"))
            .query(&page)
            .data()
            .await
    }

    /// `PUT /v1/messages/:id/vote`: all that one votes for from now on.
    pub async fn vote(&self, id: MessageId, options: &[u64]) -> Result<Poll, ClientError> {
        let request = VoteRequest {
            options: options.to_vec(),
        };
        self.put(format!("/v1/messages/{id}/vote"))
            .body(&request)
            .data()
            .await
    }

    /// `GET /v1/messages/:id/poll`.
    pub async fn poll(&self, id: MessageId) -> Result<Poll, ClientError> {
        self.get(format!("/v1/messages/{id}/poll")).data().await
    }

    /// `PUT /v1/messages/:id/star`: keeps it at hand for oneself.
    pub async fn star_message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.put(format!("/v1/messages/{id}/star")).data().await
    }

    /// `DELETE /v1/messages/:id/star`.
    pub async fn unstar_message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.delete(format!("/v1/messages/{id}/star")).data().await
    }

    /// `GET /v1/users/me/starred`.
    pub async fn starred(&self, page: PageQuery) -> Result<Starred, ClientError> {
        self.get("/v1/users/me/starred").query(&page).data().await
    }

    /// `PUT /v1/messages/:id/pin`: keeps it at hand for everybody.
    pub async fn pin_message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.put(format!("/v1/messages/{id}/pin")).data().await
    }

    /// `DELETE /v1/messages/:id/pin`.
    pub async fn unpin_message(&self, id: MessageId) -> Result<Message, ClientError> {
        self.delete(format!("/v1/messages/{id}/pin")).data().await
    }

    /// `GET /v1/conversations/:id/pins`.
    pub async fn pins(&self, id: ConversationId, page: PageQuery) -> Result<Pins, ClientError> {
        self.get(format!("/v1/conversations/{id}/pins"))
            .query(&page)
            .data()
            .await
    }

    /// A reaction is any text, so the path has it in encoded form.
    fn reaction_path(&self, id: MessageId, reaction: &str) -> String {
        let mut segment = self.base_url().clone();
        if let Ok(mut segments) = segment.path_segments_mut() {
            segments.clear().push(reaction);
        }
        format!("/v1/messages/{id}/reactions{}", segment.path())
    }
}
