//! Who calls.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use sentinal_actors::app::rate_limits::Bucket;
use sentinal_actors::app::{self, ApiError};

use super::{App, Gate};
use crate::http::error::HttpError;

/// Routes whose use cases count for themselves.
const OWN_BUCKET: [(Method, &str); 4] = [
    (Method::POST, "/v1/messages"),
    (Method::PUT, "/v1/messages/{id}"),
    (Method::POST, "/v1/broadcasts/{id}/messages"),
    (Method::POST, "/v1/calls"),
];

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
    /// Checks the token of a request, for layers that must know the caller before the handler does;
    /// the handler need not check it again.
    pub(crate) async fn of(request: &HttpRequest, app: &App) -> Option<app::Caller> {
        let token = bearer(request.headers())?.to_owned();
        let caller = app.authenticate(&token).await.ok()?;
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
    let is_general = !is_counted_by_its_use_case(request);
    async move {
        let (Some(app), Some(token)) = (app, token) else {
            return Err(ApiError::unauthorized());
        };
        let caller = match known {
            Some(Authenticated(caller)) => caller,
            None => app.authenticate(&token).await?,
        };
        if is_general {
            app.limits.check(Bucket::General, caller.user_id)?;
        }
        Ok(caller)
    }
}

/// Whether the use case behind a route counts in a bucket of its own. Sends do, because they count
/// together with those of the other door, and only once they are known not to be repetitions.
fn is_counted_by_its_use_case(request: &HttpRequest) -> bool {
    let Some(pattern) = request.match_pattern() else {
        return false;
    };
    OWN_BUCKET
        .iter()
        .any(|(method, route)| request.method() == method && pattern == *route)
}

/// The token of `Authorization: Bearer …`; the scheme is read in any letter case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
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
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("Basic abc"), None);
        assert_eq!(of("Bearer "), None);
        assert_eq!(of("abc"), None);
    }
}
