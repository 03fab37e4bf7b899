//! The own profile and settings, push tokens; finding and seeing other people.

use sentinal_protocol::UserId;
use sentinal_protocol::api::accounts::{Me, VerifyEmailRequest};
use sentinal_protocol::api::people::{Profile, Profiles, SearchUsersQuery, UpdateProfileRequest};
use sentinal_protocol::api::presence::{Presence, PresenceQuery, Presences};
use sentinal_protocol::api::push::{AddPushTokenRequest, PushToken, PushTokens};
use sentinal_protocol::api::settings::{UpdateSettingsRequest, UserSettings};

use super::Client;
use crate::ClientError;

impl Client {
    /// `PUT /v1/users/me`: what is absent stays, `null` clears.
    pub async fn update_me(&self, request: &UpdateProfileRequest) -> Result<Me, ClientError> {
        self.put("/v1/users/me").body(request).data().await
    }

    /// `POST /v1/users/me/email/code`: has a new code mailed to the address that is to be proved.
    pub async fn request_email_code(&self) -> Result<(), ClientError> {
        self.post("/v1/users/me/email/code").done().await
    }

    /// `POST /v1/users/me/email/verify`: proves an e-mail address by its mailed code.
    pub async fn verify_email(&self, code: &str) -> Result<Me, ClientError> {
        self.post("/v1/users/me/email/verify")
            .body(&VerifyEmailRequest {
                code: code.to_owned(),
            })
            .data()
            .await
    }

    /// `DELETE /v1/users/me`: deletes the own account for good. Nobody is signed in afterwards.
    pub async fn delete_account(&self) -> Result<(), ClientError> {
        self.delete("/v1/users/me").done().await?;
        self.set_login(None);
        Ok(())
    }

    /// `GET /v1/users/me/settings`.
    pub async fn settings(&self) -> Result<UserSettings, ClientError> {
        self.get("/v1/users/me/settings").data().await
    }

    /// `PUT /v1/users/me/settings`: what is absent stays, `null` is the default again.
    pub async fn update_settings(
        &self,
        request: &UpdateSettingsRequest,
    ) -> Result<UserSettings, ClientError> {
        self.put("/v1/users/me/settings").body(request).data().await
    }

    /// `GET /v1/presence`: what these users are, 100 at most.
    pub async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>, ClientError> {
        let ids: Vec<String> = users.iter().map(ToString::to_string).collect();
        let query = PresenceQuery {
            user_ids: Some(ids.join(",")),
        };
        let answer: Presences = self.get("/v1/presence").query(&query).data().await?;
        Ok(answer.presences)
    }

    /// `GET /v1/users/:id`: somebody's profile.
    pub async fn profile(&self, user_id: UserId) -> Result<Profile, ClientError> {
        self.get(format!("/v1/users/{user_id}")).data().await
    }

    /// `GET /v1/users?ids=`: the profiles of these users, 100 at most; who does not exist is left out.
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<Profile>, ClientError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let query = SearchUsersQuery {
            ids: Some(ids.join(",")),
            ..SearchUsersQuery::default()
        };
        let found: Profiles = self.get("/v1/users").query(&query).data().await?;
        Ok(found.users)
    }

    /// `GET /v1/users`: people by the beginning of a name, or by a whole address or number.
    pub async fn search_users(&self, query: &SearchUsersQuery) -> Result<Profiles, ClientError> {
        self.get("/v1/users").query(query).data().await
    }

    /// `POST /v1/users/me/push-tokens`.
    pub async fn add_push_token(
        &self,
        request: &AddPushTokenRequest,
    ) -> Result<PushToken, ClientError> {
        self.post("/v1/users/me/push-tokens")
            .body(request)
            .data()
            .await
    }

    /// `GET /v1/users/me/push-tokens`: those of all own devices.
    pub async fn push_tokens(&self) -> Result<Vec<PushToken>, ClientError> {
        let all: PushTokens = self.get("/v1/users/me/push-tokens").data().await?;
        Ok(all.push_tokens)
    }

    /// `DELETE /v1/users/me/push-tokens/:id`.
    pub async fn remove_push_token(&self, token: &PushToken) -> Result<(), ClientError> {
        self.delete(format!("/v1/users/me/push-tokens/{}", token.id))
            .done()
            .await
    }
}
