//! Reading the opening handshake (RFC 6455 §4.2) and writing its answer.

use actix_http::header::{AUTHORIZATION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL};
use actix_http::ws::{HandshakeError, hash_key, verify_handshake};
use actix_http::{HttpMessage as _, Method, Request};
use bytes::Bytes;
use sentinal_actors::app::ApiError;
use sentinal_actors::session::Resume;
use sentinal_protocol::ErrorCode;

use crate::http::RequestId;

/// The only address that is upgraded.
const PATH: &str = "/v1/ws";
/// The subprotocol whose second name is the token: browsers cannot set headers.
const BEARER: &str = "bearer";
/// Bytes of the query string, at most.
const QUERY_BYTES_MAX: usize = 8 * 1024;

/// How the connection says who it is.
pub(super) enum Credentials {
    /// An access token: `?token=`, `Authorization: Bearer`, or the subprotocol.
    Token(String),
    /// A single-use `?ticket=`.
    Ticket(String),
    /// An `auth` frame will follow.
    FirstFrame,
}

/// A valid handshake.
pub(super) struct Handshake {
    /// How it says who it is.
    pub credentials: Credentials,
    /// Where its positions come from.
    pub resume: Resume,
    accept_key: String,
    bearer_protocol: bool,
}

impl Handshake {
    /// Reads the handshake; refuses everything but a valid `GET /v1/ws`.
    pub(super) fn read(request: &Request) -> Result<Self, ApiError> {
        if request.path() != PATH {
            return Err(ApiError::not_found("route"));
        }
        if request.method() != Method::GET {
            return Err(ApiError::new(
                ErrorCode::MethodNotAllowed,
                "This route is for GET only.",
            ));
        }
        verify_handshake(request.head()).map_err(|error| match error {
            HandshakeError::UnsupportedVersion | HandshakeError::NoVersionHeader => ApiError::new(
                ErrorCode::UpgradeRequired,
                "WebSocket version 13 is needed.",
            ),
            _ => ApiError::bad_request("This is not a WebSocket handshake."),
        })?;
        let headers = request.headers();
        let key = headers.get(SEC_WEBSOCKET_KEY);
        let key = key.ok_or_else(|| ApiError::bad_request("Sec-WebSocket-Key is missing."))?;
        let accept_key = String::from_utf8_lossy(&hash_key(key.as_bytes())).into_owned();
        let query = request.uri().query().unwrap_or_default();
        if query.len() > QUERY_BYTES_MAX {
            return Err(ApiError::new(ErrorCode::UriTooLong, "The URL is too long."));
        }
        let parameter = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let protocols: Vec<&str> = headers
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .collect();
        let by_protocol = match protocols.as_slice() {
            [BEARER, token, ..] => Some((*token).to_owned()),
            _ => None,
        };
        let bearer_protocol = by_protocol.is_some();
        let by_header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        let token = parameter("token").or(by_header).or(by_protocol);
        let token = token.map(|token| match token.strip_prefix("Bearer ") {
            Some(token) => token.to_owned(),
            None => token,
        });
        let credentials = match (token, parameter("ticket")) {
            (Some(token), _) => Credentials::Token(token),
            (None, Some(ticket)) => Credentials::Ticket(ticket),
            (None, None) => Credentials::FirstFrame,
        };
        let resume = match parameter("resume").as_deref() {
            Some("client") => Resume::Client,
            Some(_) | None => Resume::Server,
        };
        Ok(Self {
            credentials,
            resume,
            accept_key,
            bearer_protocol,
        })
    }

    /// The 101 answer.
    pub(super) fn answer(&self, request_id: &RequestId) -> Bytes {
        let protocol = if self.bearer_protocol {
            "Sec-WebSocket-Protocol: bearer\r\n"
        } else {
            ""
        };
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n{protocol}X-Request-ID: {}\r\n\r\n",
            self.accept_key,
            request_id.as_str()
        )
        .into()
    }
}
