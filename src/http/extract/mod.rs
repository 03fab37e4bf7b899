//! What handlers take their arguments from.
//!
//! The order of refusals is route, authentication, body, rights. actix polls all extractors of a
//! handler side by side, so the ones that come after [`Caller`] wait at its [`Gate`]: without it a
//! stranger would learn from a 400 or 422 what only a caller may know.

mod body;
mod caller;
mod parts;
mod socket;

pub(crate) use body::{Body, OptionalBody, ReadBody, read_body};
pub(crate) use caller::{Authenticated, Caller, bearer_token};
pub(crate) use parts::{BaseUrl, ClientAddress, Path, Query};
pub(crate) use socket::{Claimed, SocketCaller, protocol_token, query_parameter, upgrade_required};

use std::future::{Future, pending};

use actix_web::{HttpMessage as _, HttpRequest, web};
use futures_util::future::{FutureExt as _, LocalBoxFuture, Shared};
use sentinal_app::{self as app, ApiError};

use super::error::HttpError;

/// The use cases.
pub(crate) type App = web::Data<app::App>;

/// The outcome of authentication, shared by all extractors of one request.
type Gate = Shared<LocalBoxFuture<'static, Result<app::Caller, ApiError>>>;

/// Runs `extraction` once the caller is known. Where the caller is refused it never ends: the
/// [`Caller`] extractor answers.
fn after_authentication<T, F>(
    request: &HttpRequest,
    extraction: F,
) -> LocalBoxFuture<'static, Result<T, HttpError>>
where
    F: Future<Output = Result<T, HttpError>> + 'static,
    T: 'static,
{
    let gate = request.extensions().get::<Gate>().cloned();
    async move {
        if let Some(gate) = gate
            && gate.await.is_err()
        {
            return pending().await;
        }
        extraction.await
    }
    .boxed_local()
}
