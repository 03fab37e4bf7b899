//! Signing in and out, login sessions, passwords.

use std::sync::Arc;

use sentinal_protocol::LoginSessionId;
use sentinal_protocol::api::accounts::UndoEmailRequest;
use sentinal_protocol::api::auth::{
    ChangePasswordRequest, ForgotPasswordRequest, LoginRequest, LoginSession, LoginSessions,
    LogoutRequest, ReauthenticateRequest, Reauthenticated, RefreshRequest, RegisterRequest,
    ResetPasswordRequest, Ticket, Tokens,
};

use super::{Client, Login};
use crate::ClientError;

impl Client {
    /// `POST /v1/auth/register`: makes an account and keeps its tokens.
    pub async fn register(&self, request: &RegisterRequest) -> Result<Tokens, ClientError> {
        let tokens: Tokens = self.post("/v1/auth/register").body(request).data().await?;
        self.keep(&tokens);
        Ok(tokens)
    }

    /// `POST /v1/auth/login`: signs in and keeps the tokens.
    pub async fn log_in(&self, request: &LoginRequest) -> Result<Tokens, ClientError> {
        let tokens: Tokens = self.post("/v1/auth/login").body(request).data().await?;
        self.keep(&tokens);
        Ok(tokens)
    }

    /// [`Client::log_in`] with what is needed: an identity (e-mail, username or phone), the
    /// password, and the string that names this installation. A device that was signed in before says
    /// so.
    pub async fn sign_in(
        &self,
        identity: &str,
        password: &str,
        device_id: &str,
    ) -> Result<Tokens, ClientError> {
        self.log_in(&LoginRequest {
            identity: identity.to_owned(),
            password: password.to_owned(),
            device_id: device_id.to_owned(),
            device_name: None,
            device_type: None,
            device_token: self.device_token(device_id),
        })
        .await
    }

    /// `POST /v1/auth/refresh`: changes the refresh token for new tokens and keeps them. Called by
    /// several tasks at once it is done once, and all get the outcome.
    pub async fn refresh(&self) -> Result<Arc<Login>, ClientError> {
        let before = self.signed_in()?;
        let _turn = self.shared.refreshing.lock().await;
        let login = self.signed_in()?;
        if login.access_token != before.access_token {
            return Ok(login);
        }
        let tokens = self
            .refresh_with(&RefreshRequest {
                session_id: login.session_id,
                refresh_token: login.refresh_token.clone(),
            })
            .await?;
        self.keep(&tokens);
        self.signed_in()
    }

    /// `POST /v1/auth/refresh` with a given token; keeps nothing.
    pub async fn refresh_with(&self, request: &RefreshRequest) -> Result<Tokens, ClientError> {
        self.post("/v1/auth/refresh").body(request).data().await
    }

    /// `POST /v1/auth/logout`: ends this login session and forgets its tokens.
    pub async fn log_out(&self) -> Result<(), ClientError> {
        self.post("/v1/auth/logout")
            .body(&LogoutRequest::default())
            .done()
            .await?;
        self.set_login(None);
        Ok(())
    }

    /// `POST /v1/auth/logout` for another own session.
    pub async fn log_out_session(&self, session_id: LoginSessionId) -> Result<(), ClientError> {
        self.post("/v1/auth/logout")
            .body(&LogoutRequest {
                session_id: Some(session_id),
                password: None,
            })
            .done()
            .await
    }

    /// `POST /v1/auth/logout-all`: ends every login session, this one too.
    pub async fn log_out_everywhere(&self) -> Result<(), ClientError> {
        self.post("/v1/auth/logout-all").done().await?;
        self.set_login(None);
        Ok(())
    }

    /// `GET /v1/auth/sessions`: live login sessions, newest first.
    pub async fn sessions(&self) -> Result<Vec<LoginSession>, ClientError> {
        let page: LoginSessions = self.get("/v1/auth/sessions").data().await?;
        Ok(page.sessions)
    }

    /// `DELETE /v1/users/me/sessions/:id`.
    pub async fn revoke_session(&self, session_id: LoginSessionId) -> Result<(), ClientError> {
        self.delete(format!("/v1/users/me/sessions/{session_id}"))
            .done()
            .await
    }

    /// `DELETE /v1/users/me/sessions`: ends every login session but this one.
    pub async fn revoke_other_sessions(&self) -> Result<(), ClientError> {
        self.delete("/v1/users/me/sessions").done().await
    }

    /// `POST /v1/auth/reauthenticate`: gives the password again, for what needs it or a login within the
    /// last 10 minutes (`REAUTHENTICATION_REQUIRED`).
    pub async fn reauthenticate(&self, password: &str) -> Result<Reauthenticated, ClientError> {
        self.post("/v1/auth/reauthenticate")
            .body(&ReauthenticateRequest {
                password: password.to_owned(),
            })
            .data()
            .await
    }

    /// `POST /v1/auth/email/undo`: takes an account back whose e-mail address was changed, with the token
    /// that was mailed to the address from before and the password from before. Every login session ends.
    pub async fn undo_email(&self, token: &str, password: &str) -> Result<(), ClientError> {
        self.post("/v1/auth/email/undo")
            .body(&UndoEmailRequest {
                token: token.to_owned(),
                password: password.to_owned(),
            })
            .done()
            .await
    }

    /// `POST /v1/auth/password/forgot`: has a reset token mailed; never tells whether it was.
    pub async fn forgot_password(&self, identity: &str) -> Result<(), ClientError> {
        self.post("/v1/auth/password/forgot")
            .body(&ForgotPasswordRequest {
                identity: identity.to_owned(),
            })
            .done()
            .await
    }

    /// `POST /v1/auth/password/reset` with a mailed token.
    pub async fn reset_password(&self, request: &ResetPasswordRequest) -> Result<(), ClientError> {
        self.post("/v1/auth/password/reset")
            .body(request)
            .done()
            .await
    }

    /// `POST /v1/auth/password/change`: ends every login session but this one.
    pub async fn change_password(
        &self,
        current_password: &str,
        new_password: &str,
    ) -> Result<(), ClientError> {
        self.post("/v1/auth/password/change")
            .body(&ChangePasswordRequest {
                current_password: current_password.to_owned(),
                new_password: new_password.to_owned(),
            })
            .done()
            .await
    }

    /// `POST /v1/ws/ticket`: opens one WebSocket within 30 s, where a token must not show in a URL.
    pub async fn ticket(&self) -> Result<Ticket, ClientError> {
        self.post("/v1/ws/ticket").data().await
    }
}
