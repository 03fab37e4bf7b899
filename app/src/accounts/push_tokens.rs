//! Push tokens of the caller's devices.

use sentinal_protocol::api::push::{AddPushTokenRequest, PushToken, PushTokens};
use sentinal_store::Stored;
use uuid::Uuid;

use super::AccountService;
use crate::{ApiError, Caller};

impl AccountService {
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
        self.context
            .push
            .check_token(request.platform, &request.token)
            .map_err(|reason| ApiError::invalid("token", reason))?;
        let stored = self
            .context
            .store
            .put_push_token(
                caller.user_id,
                device,
                request.platform,
                &request.token,
                self.context.clock.now(),
            )
            .await?;
        stored.ok_or_else(|| ApiError::not_found("device"))
    }

    /// The push tokens of all of the caller's devices.
    pub async fn list_push_tokens(&self, caller: &Caller) -> Result<PushTokens, ApiError> {
        let push_tokens = self.context.store.list_push_tokens(caller.user_id).await?;
        Ok(PushTokens { push_tokens })
    }

    /// Deletes one of the caller's push tokens.
    pub async fn remove_push_token(&self, caller: &Caller, id: Uuid) -> Result<(), ApiError> {
        if self
            .context
            .store
            .delete_push_token(caller.user_id, id)
            .await?
        {
            Ok(())
        } else {
            Err(ApiError::not_found("push token"))
        }
    }
}
