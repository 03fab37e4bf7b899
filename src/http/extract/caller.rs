//! Who calls.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use sentinal_app::rate_limits::Bucket;
use sentinal_app::{self as app, Admission, ApiError};

use super::{App, Gate};
use crate::http::error::HttpError;
use crate::http::routes::{Flag, Flags};

/// The signed-in device behind a request. Comes before path, query and body in a handler's
/// arguments, so that those are only looked at for a caller who is known.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) app::Caller);

impl Deref for Caller {
    type Target = app::Caller;

    fn deref(&self) -> &app::Caller {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate: Gate = authenticated(request).boxed_local().shared();
        request.extensions_mut().insert(gate.clone());
        async move { Ok(Self(gate.await?)) }.boxed_local()
    }
}

/// A caller whose token a layer before the handler has checked already.
#[derive(Clone)]
pub(crate) struct Authenticated(app::Caller);

impl Authenticated {
    /// Checks the token of a request to a route with these flags, for what must know the caller before
    /// the handler does; the handler need not check it again.
    pub(crate) async fn of(
        request: &impl HttpMessage,
        app: &App,
        flags: Flags,
    ) -> Option<app::Caller> {
        let token = bearer(request.headers())?.to_owned();
        let checking = app.accounts.authenticate_for(admission(flags), &token);
        let caller = checking.await.ok()?;
        request.extensions_mut().insert(Self(caller.clone()));
        Some(caller)
    }
}

/// Checks the token and counts the request. Borrows nothing of the request, which owns the future
/// through its gate.
fn authenticated(
    request: &HttpRequest,
) -> impl Future<Output = Result<app::Caller, ApiError>> + use<> {
    let app = request.app_data::<App>().cloned();
    let token = bearer(request.headers()).map(str::to_owned);
    let known = request.extensions().get::<Authenticated>().cloned();
    let flags = request.app_data::<Flags>().copied().unwrap_or_default();
    async move {
        let (Some(app), Some(token)) = (app, token) else {
            return Err(ApiError::unauthorized());
        };
        let caller = if let Some(Authenticated(caller)) = known {
            caller
        } else {
            let checking = app.accounts.authenticate_for(admission(flags), &token);
            checking.await?
        };
        if !flags.has_own_bucket() {
            app.limits.check(Bucket::General, caller.user_id)?;
        }
        Ok(caller)
    }
}

/// Whom a route lets in.
fn admission(flags: Flags) -> Admission {
    if flags.has(Flag::Unproved) {
        Admission::Unproved
    } else {
        Admission::Full
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_token(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

/// The token behind the word `Bearer`, in any letter case and with any spaces around (RFC 6750
/// §2.1, RFC 9110 §11.1). The one reader of it, for whatever way it comes by.
pub(crate) fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(text: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(text));
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_is_read_in_any_case_and_other_schemes_are_not() {
        assert_eq!(of("bearer  abc").as_deref(), Some("abc"));
        assert_eq!(of(" BEARER abc ").as_deref(), Some("abc"));
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("Basic abc"), None);
        assert_eq!(of("Bearer "), None);
        assert_eq!(of("abc"), None);
    }
}
