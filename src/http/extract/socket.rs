//! Who asks for a WebSocket: the ways in which one takes credentials.

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use sentinal_app::rate_limits::Bucket;
use sentinal_app::{self as app, ApiError};
use sentinal_protocol::ErrorCode;

use super::App;
use super::caller::bearer_token;
use crate::http::error::HttpError;

/// The subprotocol whose second name is the token: browsers cannot set headers.
const BEARER: &str = "bearer";

/// How the head of a request for a socket says who connects.
pub(crate) enum Claimed {
    /// An access token: `?token=`, `Authorization: Bearer`, or the subprotocol.
    Token(String),
    /// A single-use `?ticket=`.
    Ticket(String),
    /// An `auth` frame will follow.
    FirstFrame,
}

impl Claimed {
    /// Reads it from any of the places where it may be. A token wins over a ticket.
    pub(crate) fn of(headers: &HeaderMap, query: &str) -> Self {
        let by_header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(bearer_token)
            .map(str::to_owned);
        let token = query_parameter(query, "token")
            .or(by_header)
            .or_else(|| protocol_token(headers).map(str::to_owned));
        let token = token.map(|token| match bearer_token(&token) {
            Some(token) => token.to_owned(),
            None => token.trim().to_owned(),
        });
        match (token, query_parameter(query, "ticket")) {
            (Some(token), _) => Self::Token(token),
            (None, Some(ticket)) => Self::Ticket(ticket),
            (None, None) => Self::FirstFrame,
        }
    }

    /// Whose these are, for a request that gets no socket: a ticket stays good, and the request is
    /// counted like any other.
    pub(crate) async fn find_caller(&self, app: &app::App) -> Result<app::Caller, ApiError> {
        let caller = match self {
            Self::Token(token) => app.accounts.authenticate(token).await?,
            Self::Ticket(ticket) => app.accounts.find_ticket(ticket).await?,
            Self::FirstFrame => return Err(ApiError::unauthorized()),
        };
        app.limits.check(Bucket::General, caller.user_id)?;
        Ok(caller)
    }
}

/// A parameter of the query string.
pub(crate) fn query_parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The token among the subprotocols: the second one, if the first says so.
pub(crate) fn protocol_token(headers: &HeaderMap) -> Option<&str> {
    let mut protocols = headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim);
    (protocols.next() == Some(BEARER)).then(|| protocols.next())?
}

/// What a known caller is told who does not ask for a WebSocket.
pub(crate) fn upgrade_required() -> ApiError {
    ApiError::new(
        ErrorCode::UpgradeRequired,
        "This address speaks WebSocket only.",
    )
}

/// The signed-in device behind a request to the WebSocket's address, whichever way it says so.
#[derive(Clone, Debug)]
pub(crate) struct SocketCaller;

impl FromRequest for SocketCaller {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<App>().cloned();
        let claimed = Claimed::of(request.headers(), request.query_string());
        async move {
            let app = app.ok_or_else(ApiError::unauthorized)?;
            claimed.find_caller(&app).await?;
            Ok(Self)
        }
        .boxed_local()
    }
}
