//! The one error of this library, sorted by what a caller can do about it.

use std::time::Duration;

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server understood and refused, over either door.
    #[error("{code} ({status}): {error}")]
    Api {
        /// HTTP status; for a refused frame the one that its code has over HTTP.
        status: u16,
        /// An [`ErrorCode`], or one newer than this library.
        code: String,
        /// The server's sentence for people.
        error: String,
        /// What exactly, where the code has something to tell.
        details: Option<Box<Value>>,
        /// When to try again.
        retry_after: Option<Duration>,
        /// Under this id the server's log tells more.
        request_id: Option<String>,
    },
    /// The server closed the socket, or closed it before answering. Whether a request that was
    /// under way took effect is unknown: repeat it under the same `client_message_id`.
    #[error("the socket was closed: {code} {reason}")]
    Closed {
        /// Close code; 1006 if the connection broke without one.
        code: u16,
        /// The server's words.
        reason: String,
    },
    /// No answer came in time. Whether the request took effect is unknown.
    #[error("no answer in time")]
    Timeout,
    /// The server could not be reached, or the connection broke.
    #[error("transport: {0}")]
    Transport(Box<dyn std::error::Error + Send + Sync>),
    /// The answer is not what this library knows.
    #[error("unexpected answer: {0}")]
    Decode(Box<dyn std::error::Error + Send + Sync>),
    /// Nobody has signed in with this client yet, or they logged out.
    #[error("not signed in")]
    NotSignedIn,
}

impl ClientError {
    /// The refusal's code, if there was a refusal and this library knows its code.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api { code, .. } => ErrorCode::parse(code),
            Self::Closed { .. }
            | Self::Timeout
            | Self::Transport(_)
            | Self::Decode(_)
            | Self::NotSignedIn => None,
        }
    }

    /// The refusal's HTTP status.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(*status),
            Self::Closed { .. }
            | Self::Timeout
            | Self::Transport(_)
            | Self::Decode(_)
            | Self::NotSignedIn => None,
        }
    }

    /// The refusal's `details`, as the type that belongs to its code.
    pub fn details<T: DeserializeOwned>(&self) -> Option<T> {
        match self {
            Self::Api {
                details: Some(details),
                ..
            } => serde_json::from_value((**details).clone()).ok(),
            Self::Api { details: None, .. }
            | Self::Closed { .. }
            | Self::Timeout
            | Self::Transport(_)
            | Self::Decode(_)
            | Self::NotSignedIn => None,
        }
    }

    /// Reads the error envelope of an answer that is not a success.
    pub(crate) fn from_answer(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        match serde_json::from_slice::<Failure>(body) {
            Ok(failure) => Self::Api {
                status,
                code: failure.code,
                error: failure.error,
                details: failure.details.map(Box::new),
                retry_after,
                request_id: Some(failure.request_id),
            },
            Err(cause) => Self::Decode(format!("status {status} without envelope: {cause}").into()),
        }
    }

    pub(crate) fn transport(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Transport(Box::new(cause))
    }

    pub(crate) fn decode(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Decode(Box::new(cause))
    }
}

impl From<reqwest::Error> for ClientError {
    /// The URL is left out: a query string can hold a ticket.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_decode() {
            Self::decode(error)
        } else {
            Self::transport(error)
        }
    }
}
