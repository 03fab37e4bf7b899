//! Reading the opening handshake (RFC 6455 §4.2) and writing its answer.

use super::session::Resume;
use actix_http::header::SEC_WEBSOCKET_KEY;
use actix_http::ws::{HandshakeError, hash_key, verify_handshake};
use actix_http::{HttpMessage as _, Method, Request, Version};
use bytes::Bytes;
use sentinal_app::ApiError;
use sentinal_protocol::ErrorCode;

use crate::http::{Claimed, RequestId, protocol_token, query_parameter};

/// The only address that is upgraded.
pub(super) const PATH: &str = "/v1/ws";
/// Bytes of the query string, at most.
const QUERY_BYTES_MAX: usize = 8 * 1024;

/// A valid handshake.
pub(super) struct Handshake {
    /// Where its positions come from.
    pub resume: Resume,
    accept_key: String,
    bearer_protocol: bool,
}

/// Why a request is no handshake.
pub(super) enum NoHandshake {
    /// It does not ask for a WebSocket at all.
    NotAsked,
    /// It asks wrongly, or elsewhere.
    Refused(ApiError),
}

impl From<ApiError> for NoHandshake {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl Handshake {
    /// Reads the handshake and who connects; takes nothing but a valid `GET /v1/ws`.
    pub(super) fn read(request: &Request) -> Result<(Self, Claimed), NoHandshake> {
        if request.path() != PATH {
            return Err(ApiError::not_found("route").into());
        }
        if request.method() != Method::GET {
            let error = ApiError::new(ErrorCode::MethodNotAllowed, "This route is for GET only.");
            return Err(error.into());
        }
        // HTTP/1.0 knows no `Upgrade`, which proxies that speak it hand on (RFC 9110 §7.8).
        if request.version() < Version::HTTP_11 {
            return Err(NoHandshake::NotAsked);
        }
        verify_handshake(request.head()).map_err(|error| match error {
            HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
                NoHandshake::NotAsked
            }
            HandshakeError::UnsupportedVersion | HandshakeError::NoVersionHeader => ApiError::new(
                ErrorCode::UpgradeRequired,
                "WebSocket version 13 is needed.",
            )
            .into(),
            _ => ApiError::bad_request("This is not a WebSocket handshake.").into(),
        })?;
        let headers = request.headers();
        let key = headers.get(SEC_WEBSOCKET_KEY);
        let key = key.ok_or_else(|| ApiError::bad_request("Sec-WebSocket-Key is missing."))?;
        let accept_key = String::from_utf8_lossy(&hash_key(key.as_bytes())).into_owned();
        let query = request.uri().query().unwrap_or_default();
        if query.len() > QUERY_BYTES_MAX {
            return Err(ApiError::new(ErrorCode::UriTooLong, "The URL is too long.").into());
        }
        let resume = match query_parameter(query, "resume").as_deref() {
            Some("client") => Resume::Client,
            Some(_) | None => Resume::Server,
        };
        let handshake = Self {
            resume,
            accept_key,
            bearer_protocol: protocol_token(headers).is_some(),
        };
        Ok((handshake, Claimed::of(headers, query)))
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
