//! The state of the account, and what of it is unread.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::sync::{Sync, SyncQuery, Unread};

use super::Client;
use crate::ClientError;

impl Client {
    /// `GET /v1/sync`: a page of the account's state.
    pub async fn sync(&self, query: &SyncQuery) -> Result<Sync, ClientError> {
        self.get("/v1/sync").query(query).data().await
    }

    /// `GET /v1/users/me/unread`: how much is unread, and a page of where.
    pub async fn unread(&self, page: PageQuery) -> Result<Unread, ClientError> {
        self.get("/v1/users/me/unread").query(&page).data().await
    }
}
