//! Tickets: a page opens one WebSocket with each, so that no token stands in a URL.

use std::time::Duration;

use sentinal_protocol::api::auth::Ticket;
use sentinal_protocol::{LoginSessionId, Timestamp};

use super::AccountService;
use crate::accounts::admission::Admission;
use crate::accounts::one_time::OneTimeSecret;
use crate::{ApiError, Caller};

/// Life of a ticket.
const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// When the socket of a ticket ends: with the token that the ticket was asked for with.
fn ticket_expiry(ticket: &str) -> Result<Timestamp, ApiError> {
    OneTimeSecret::attachment(ticket)
        .and_then(|bytes| bytes.try_into().ok())
        .map(|bytes| Timestamp(i64::from_be_bytes(bytes)))
        .ok_or_else(ApiError::unauthorized)
}

impl AccountService {
    /// A ticket with which a page can open one WebSocket, so that no token stands in a URL.
    pub async fn issue_ticket(&self, caller: &Caller) -> Result<Ticket, ApiError> {
        let now = self.context.clock.now();
        // The socket lives no longer than the token that it was asked for with.
        let secret = OneTimeSecret::new(&caller.expires_at.millis().to_be_bytes());
        self.context
            .store
            .insert_ticket(
                &secret.hash,
                caller.session_id,
                now.plus(TICKET_LIFETIME),
                now,
            )
            .await?;
        Ok(Ticket {
            ticket: secret.text,
            expires_in: TICKET_LIFETIME.as_secs(),
        })
    }

    /// Who a ticket belongs to. It is used up, whatever comes of it.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Caller, ApiError> {
        let now = self.context.clock.now();
        let expires_at = ticket_expiry(ticket)?;
        let hash = OneTimeSecret::hash(ticket);
        let session_id = self.context.store.claim_ticket(&hash, now).await?;
        self.ticket_caller(session_id, expires_at).await
    }

    /// Who a ticket belongs to. It stays good.
    pub async fn find_ticket(&self, ticket: &str) -> Result<Caller, ApiError> {
        let now = self.context.clock.now();
        let expires_at = ticket_expiry(ticket)?;
        let hash = OneTimeSecret::hash(ticket);
        let session_id = self.context.store.find_ticket(&hash, now).await?;
        self.ticket_caller(session_id, expires_at).await
    }

    async fn ticket_caller(
        &self,
        session_id: Option<LoginSessionId>,
        expires_at: Timestamp,
    ) -> Result<Caller, ApiError> {
        let now = self.context.clock.now();
        let session_id = session_id.ok_or_else(ApiError::unauthorized)?;
        if expires_at <= now {
            return Err(ApiError::unauthorized());
        }
        let login = self.live_login(session_id, now).await?;
        self.admit(login.email_proved, Admission::Full)?;
        Ok(login.caller(session_id, expires_at))
    }
}
