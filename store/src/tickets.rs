//! Tickets that open one WebSocket each: stored hashed, claimed at most once.

use sea_orm::ConnectionTrait;
use sentinal_protocol::{LoginSessionId, Timestamp};

use crate::dialect::{column, sql};
use crate::{Store, StoreError};

impl Store {
    /// Stores the hash of a new ticket of a login session; tickets that nobody used in time go.
    pub async fn insert_ticket(
        &self,
        ticket_hash: &[u8],
        session_id: LoginSessionId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let backend = tx.get_database_backend();
        let text = "DELETE FROM ws_tickets WHERE expires_at <= $1";
        tx.execute_raw(sql(backend, text, [now.0.into()])).await?;
        let text = "INSERT INTO ws_tickets (ticket_hash, login_session_id, expires_at) \
                    VALUES ($1, $2, $3)";
        let values = [ticket_hash.into(), session_id.0.into(), expires_at.0.into()];
        tx.execute_raw(sql(backend, text, values)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The login session that a ticket stands for, which stays good.
    pub async fn find_ticket(
        &self,
        ticket_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<LoginSessionId>, StoreError> {
        let text = "SELECT login_session_id FROM ws_tickets \
                    WHERE ticket_hash = $1 AND expires_at > $2";
        let values = [ticket_hash.into(), now.0.into()];
        let row = self
            .read()
            .query_one_raw(sql(self.backend(), text, values))
            .await?;
        row.map(|row| Ok(LoginSessionId(column(&row, "login_session_id")?)))
            .transpose()
    }

    /// Takes a ticket away and answers the login session that it stands for.
    pub async fn claim_ticket(
        &self,
        ticket_hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<LoginSessionId>, StoreError> {
        let tx = self.begin().await?;
        let text = "DELETE FROM ws_tickets WHERE ticket_hash = $1 AND expires_at > $2 \
                    RETURNING login_session_id";
        let values = [ticket_hash.into(), now.0.into()];
        let row = tx
            .query_one_raw(sql(tx.get_database_backend(), text, values))
            .await?;
        tx.commit().await?;
        row.map(|row| Ok(LoginSessionId(column(&row, "login_session_id")?)))
            .transpose()
    }
}
