//! Push tokens of the caller's devices.

use sentinal_protocol::api::push::{AddPushTokenRequest, PushToken, PushTokens};
use sentinal_store::Stored;
use uuid::Uuid;

use super::{ApiError, App, Caller};

impl App {
    /// Stores the push token of one of the caller's devices, the calling one unless named.
    pub async fn add_push_token(
        &self,
        caller: &Caller,
        request: AddPushTokenRequest,
    ) -> Result<Stored<PushToken>, ApiError> {
        let device = match &request.device_id {
            Some(name) => self.get_own_device(caller, name).await?.id,
            None => caller.device_id,
        };
        if !self.push.accepts(request.platform, &request.token) {
            let reason = "must be a push subscription, or its https endpoint";
            return Err(ApiError::invalid("token", reason));
        }
        let stored = self
            .store
            .put_push_token(
                caller.user_id,
                device,
                request.platform,
                &request.token,
                self.clock.now(),
            )
            .await?;
        stored.ok_or_else(|| ApiError::not_found("device"))
    }

    /// The push tokens of all of the caller's devices.
    pub async fn list_push_tokens(&self, caller: &Caller) -> Result<PushTokens, ApiError> {
        let push_tokens = self.store.list_push_tokens(caller.user_id).await?;
        Ok(PushTokens { push_tokens })
    }

    /// Deletes one of the caller's push tokens.
    pub async fn remove_push_token(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        if self.store.delete_push_token(caller.user_id, id).await? {
            Ok(())
        } else {
            Err(ApiError::not_found("push token"))
        }
    }
}
