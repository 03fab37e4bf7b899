//! The one error of all use cases; each door turns it into its own form.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sentinal_protocol::ErrorCode;
use sentinal_protocol::api::FieldError;
use sentinal_store::StoreError;
use serde_json::{Value, json};

/// Why a request was not done. Nothing of it has happened, unless the code is
/// [`ErrorCode::Unsettled`].
#[derive(Clone, Debug)]
pub struct ApiError {
    /// How clients tell cases apart; fixes the HTTP status.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// What exactly, where the code has something to tell.
    pub details: Option<Value>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The cause, for the log only.
    pub source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl ApiError {
    /// An error without details.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            retry_after: None,
            source: None,
        }
    }

    /// Adds what exactly is wrong.
    pub fn with_details(mut self, details: impl serde::Serialize) -> Self {
        self.details = serde_json::to_value(details).ok();
        self
    }

    /// Adds when to try again.
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Adds the cause for the log.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// There is no such thing, or the caller may not know of it.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(ErrorCode::NotFound, format!("No such {what}."))
    }

    /// The caller has blocked the other side.
    pub fn blocked() -> Self {
        Self::new(ErrorCode::Blocked, "You have blocked this user.")
    }

    /// The caller may know of it but not do this.
    pub fn forbidden(message: &'static str) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    /// No token, or one that cannot be used.
    pub fn unauthorized() -> Self {
        Self::new(ErrorCode::Unauthorized, "A valid access token is needed.")
    }

    /// The request cannot be parsed.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// It parses and rules fail.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self::new(ErrorCode::Validation, "The request breaks a rule.").with_details(json!(errors))
    }

    /// It parses and the rule of one field fails.
    pub fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::validation(vec![FieldError {
            field: field.to_owned(),
            reason: reason.into(),
        }])
    }

    /// A fault of ours; the cause is for the log only.
    pub fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(ErrorCode::Internal, "Something went wrong on our side.").with_source(source)
    }

    /// The service cannot work now.
    pub fn unhealthy() -> Self {
        Self::new(ErrorCode::Unhealthy, "The service cannot work now.")
            .with_retry_after(Duration::from_secs(1))
    }

    /// The server is on its way down, others or the next one will answer.
    pub fn shutting_down() -> Self {
        Self::new(ErrorCode::Unhealthy, "The server is shutting down.")
            .with_retry_after(Duration::from_secs(1))
    }

    /// It may have been done or not.
    pub fn unsettled() -> Self {
        Self::new(
            ErrorCode::Unsettled,
            "It is not known yet whether this was done; ask again with the same key.",
        )
        .with_retry_after(Duration::from_secs(1))
    }

    /// Too much at once.
    pub fn overloaded() -> Self {
        Self::new(
            ErrorCode::Overloaded,
            "Too much at once; try again shortly.",
        )
        .with_retry_after(Duration::from_secs(1))
    }

    /// Writes what is behind it to the log, the whole chain. Whoever answers with it calls this once;
    /// a refusal without a cause is the client's business and leaves no line.
    ///
    /// Frames on a socket have no `request_id`.
    pub fn log(&self, request_id: Option<&str>) {
        let request_id = request_id.map(tracing::field::display);
        let causes = self.causes();
        let code = self.code.as_str();
        if self.code == ErrorCode::Internal {
            tracing::error!(request_id, code, causes, "a request failed");
        } else if !causes.is_empty() {
            tracing::warn!(request_id, code, causes, "a request was refused");
        }
    }

    /// Its causes, outermost first.
    fn causes(&self) -> String {
        let mut chain = String::new();
        let mut next = self.source();
        while let Some(cause) = next {
            if !chain.is_empty() {
                chain.push_str(": ");
            }
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        chain
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unavailable(_) | StoreError::Contended(_) => Self::new(
                ErrorCode::Unhealthy,
                "The database is not available; try again.",
            )
            .with_retry_after(Duration::from_secs(1)),
            StoreError::Busy(_) => Self::overloaded(),
            StoreError::Unsettled(_) => Self::unsettled(),
            StoreError::NotUnique(_) | StoreError::Failed(_) | StoreError::Corrupt(_) => {
                Self::new(ErrorCode::Internal, "Something went wrong on our side.")
            }
        }
        .with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file is broken")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("disk on fire")]
    struct Inner;

    #[test]
    fn causes_are_the_whole_chain() {
        let error = ApiError::internal(Outer(Inner));
        assert_eq!(error.causes(), "the file is broken: disk on fire");
        assert_eq!(ApiError::unauthorized().causes(), "");
    }
}
