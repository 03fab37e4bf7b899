//! Tickets that open a WebSocket.

use sentinal_protocol::api::auth::Ticket;

use crate::http::{Answer, ApiResult, App, Caller};

/// `POST /v1/ws/ticket` — a ticket that opens one WebSocket within 30 s as `?ticket=`.
///
/// | status | code | when |
/// |---|---|---|
/// | 200 |  | the ticket |
/// | 401 | `UNAUTHORIZED` | no usable access token |
pub(super) async fn issue_ticket(app: App, caller: Caller) -> ApiResult<Ticket> {
    Ok(Answer::ok(app.accounts.issue_ticket(&caller).await?))
}
