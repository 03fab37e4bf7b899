//! The own account and devices, other people's devices, contacts; the server itself.

use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::{
    AddContactRequest, Contact, Contacts, Device, Devices, Me, PeerDevices, Storage,
};
use sentinal_protocol::api::server::{RateLimits, ServerDescription};
use sentinal_protocol::{DeviceId, UserId};

use super::Client;
use crate::ClientError;

impl Client {
    /// `GET /v1/users/me`.
    pub async fn me(&self) -> Result<Me, ClientError> {
        self.get("/v1/users/me").data().await
    }

    /// `GET /v1/users/me/storage`: what is kept of the user, and allowed.
    pub async fn storage(&self) -> Result<Storage, ClientError> {
        self.get("/v1/users/me/storage").data().await
    }

    /// `GET /v1/users/me/devices`: the own active devices, newest first.
    pub async fn devices(&self) -> Result<Vec<Device>, ClientError> {
        let all: Devices = self.get("/v1/users/me/devices").data().await?;
        Ok(all.devices)
    }

    /// `DELETE /v1/users/me/devices/:id`: removes an own device, its keys and its logins.
    pub async fn remove_device(&self, id: DeviceId) -> Result<(), ClientError> {
        self.delete(format!("/v1/users/me/devices/{id}"))
            .done()
            .await
    }

    /// `GET /v1/users/:id/devices`: someone's devices to encrypt to.
    pub async fn peer_devices(&self, user_id: UserId) -> Result<PeerDevices, ClientError> {
        self.get(format!("/v1/users/{user_id}/devices"))
            .data()
            .await
    }

    /// `GET /v1/users/me/contacts`.
    pub async fn contacts(&self, page: PageQuery) -> Result<Contacts, ClientError> {
        self.get("/v1/users/me/contacts").query(&page).data().await
    }

    /// `POST /v1/users/me/contacts`.
    pub async fn add_contact(&self, request: &AddContactRequest) -> Result<Contact, ClientError> {
        self.post("/v1/users/me/contacts")
            .body(request)
            .data()
            .await
    }

    /// `DELETE /v1/users/me/contacts/:id`.
    pub async fn remove_contact(&self, user_id: UserId) -> Result<(), ClientError> {
        self.delete(format!("/v1/users/me/contacts/{user_id}"))
            .done()
            .await
    }

    /// `GET /v1/users/me/contacts/blocked`: everyone the caller has blocked, contact or not.
    pub async fn blocked(&self, page: PageQuery) -> Result<Contacts, ClientError> {
        self.get("/v1/users/me/contacts/blocked")
            .query(&page)
            .data()
            .await
    }

    /// `POST /v1/users/me/contacts/:id/block`.
    pub async fn block(&self, user_id: UserId) -> Result<(), ClientError> {
        self.post(format!("/v1/users/me/contacts/{user_id}/block"))
            .done()
            .await
    }

    /// `POST /v1/users/me/contacts/:id/unblock`.
    pub async fn unblock(&self, user_id: UserId) -> Result<(), ClientError> {
        self.post(format!("/v1/users/me/contacts/{user_id}/unblock"))
            .done()
            .await
    }

    /// `GET /v1/server`: version, features and limits of the server.
    pub async fn server(&self) -> Result<ServerDescription, ClientError> {
        self.get("/v1/server").data().await
    }

    /// `GET /v1/rate-limits`: the caller's live quotas.
    pub async fn rate_limits(&self) -> Result<RateLimits, ClientError> {
        self.get("/v1/rate-limits").data().await
    }
}
