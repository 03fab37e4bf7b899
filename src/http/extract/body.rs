//! JSON bodies: bounded in size and time, parsed with the path of what is wrong, validated.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use sentinal_actors::byte_budget::ByteCharge;
use sentinal_app::{ApiError, parse_json, rate_limits};
use sentinal_protocol::{ErrorCode, limits};
use serde::de::DeserializeOwned;

use super::after_authentication;
use crate::http::Edge;
use crate::http::body_budget::SMALL_BODY_BYTES;
use crate::http::error::HttpError;
use crate::http::routes::{Flag, Flags};

/// How long a body may take to arrive; without it a client that dribbles holds its connection for
/// as long as it likes.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// A JSON body that parsed and keeps its rules. `BYTES_MAX` is its size on the wire, at most.
#[derive(Clone, Debug)]
pub(crate) struct Body<T, const BYTES_MAX: usize = { limits::BODY_BYTES_MAX }>(pub(crate) T);

impl<T, const BYTES_MAX: usize> FromRequest for Body<T, BYTES_MAX>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, BYTES_MAX);
        let mut charge = charge(request);
        let payload = payload.take();
        after_authentication(request, async move {
            let bytes = match head? {
                Announced::Nothing => Bytes::new(),
                Announced::Json(bytes_max) => read(payload, bytes_max, &mut charge).await?,
            };
            if bytes.is_empty() {
                return Err(ApiError::bad_request("A JSON body is needed.").into());
            }
            Ok(Self(parse_json(&bytes)?))
        })
    }
}

/// A [`Body`] that may be absent; then it is the default.
#[derive(Clone, Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T> FromRequest for OptionalBody<T>
where
    T: DeserializeOwned + Default + Validate<Context = ()> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let head = check_head(request, limits::BODY_BYTES_MAX);
        let mut charge = charge(request);
        let payload = payload.take();
        after_authentication(request, async move {
            let bytes = match head? {
                Announced::Nothing => Bytes::new(),
                Announced::Json(bytes_max) => read(payload, bytes_max, &mut charge).await?,
            };
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            Ok(Self(parse_json(&bytes)?))
        })
    }
}

/// A body that was read before the handler reads it, charged for as long as it is held.
pub(crate) struct ReadBody {
    /// All of it.
    pub(crate) bytes: Bytes,
    _charge: ByteCharge,
}

impl ReadBody {
    /// Of a request that has none, or whose handler takes none.
    pub(crate) fn none(request: &HttpRequest) -> Self {
        Self {
            bytes: Bytes::new(),
            _charge: charge(request),
        }
    }
}

/// Reads a body that [`Body`] will be taken from, under the same conditions.
pub(crate) async fn read_body(
    request: &HttpRequest,
    payload: Payload,
    bytes_max: usize,
) -> Result<ReadBody, ApiError> {
    let mut charge = charge(request);
    let bytes = match check_head(request, bytes_max)? {
        Announced::Nothing => Bytes::new(),
        Announced::Json(bytes_max) => read(payload, bytes_max, &mut charge).await?,
    };
    Ok(ReadBody {
        bytes,
        _charge: charge,
    })
}

/// What the headers say about the body.
enum Announced {
    Nothing,
    /// JSON, of so many bytes at most.
    Json(usize),
}

/// The account of the request's body.
fn charge(request: &HttpRequest) -> ByteCharge {
    let edge = Edge::of(request);
    let address = edge.client_address(request.peer_addr(), request.headers());
    edge.bodies().open(rate_limits::network(address))
}

/// Refuses by the headers alone what need not be read.
fn check_head(request: &HttpRequest, bytes_max: usize) -> Result<Announced, ApiError> {
    let headers = request.headers();
    let flags = request.app_data::<Flags>().copied().unwrap_or_default();
    let bytes_max = if flags.has(Flag::Public) {
        bytes_max.min(SMALL_BODY_BYTES)
    } else {
        bytes_max
    };
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if length.unwrap_or(0) == 0 && !headers.contains_key(TRANSFER_ENCODING) {
        return Ok(Announced::Nothing);
    }
    // Compressed bodies would have to be unpacked before their size is known.
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(unsupported("Compressed bodies are not read."));
    }
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !is_json(content_type) {
        return Err(unsupported("The body must be `application/json`."));
    }
    if length.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    Ok(Announced::Json(bytes_max))
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .to_ascii_lowercase()
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype.ends_with("+json"))
}

fn unsupported(message: &'static str) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType, message)
}

fn too_large(bytes_max: usize) -> ApiError {
    ApiError::new(
        ErrorCode::PayloadTooLarge,
        format!("The body may have {bytes_max} bytes at most."),
    )
}

/// Reads a whole body.
async fn read(
    mut payload: Payload,
    bytes_max: usize,
    charge: &mut ByteCharge,
) -> Result<Bytes, ApiError> {
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                ApiError::bad_request("The body did not arrive whole.").with_source(error)
            })?;
            if body.len() + chunk.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            let charged = charge.add(chunk.len());
            charged.map_err(|_| ApiError::overloaded())?;
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(BODY_DEADLINE, reading)
        .await
        .unwrap_or_else(|_| {
            Err(ApiError::new(
                ErrorCode::RequestTimeout,
                "The body did not arrive in time.",
            ))
        })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::http::body_budget::Bodies;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_dribbles_is_not_waited_for() {
        let dribble = futures_util::stream::once(async { Ok(Bytes::from_static(b"{")) })
            .chain(futures_util::stream::pending())
            .boxed_local();
        let payload = Payload::Stream { payload: dribble };
        let mut charge = Bodies::default().0.open(Ipv4Addr::LOCALHOST.into());
        let refused = read(payload, 100, &mut charge).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::RequestTimeout);
    }

    #[test]
    fn json_is_known_by_its_essence() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        assert!(is_json("application/merge-patch+json"));
        assert!(!is_json("text/plain"));
        assert!(!is_json(""));
    }
}
