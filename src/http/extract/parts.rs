//! The small parts of a request: path segments, query, and where it comes from.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use sentinal_actors::app::{ApiError, broken_rules, refusal};
use serde::de::DeserializeOwned;

use super::after_authentication;
use crate::http::edge::Edge;
use crate::http::error::HttpError;

/// The variable segments of the path; what does not parse is 400.
#[derive(Clone, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, &mut Payload::None);
        after_authentication(request, async move {
            match path.await {
                Ok(path) => Ok(Self(path.into_inner())),
                Err(_) => Err(ApiError::bad_request("The path holds a malformed id.").into()),
            }
        })
    }
}

/// The query string; rules as for bodies.
#[derive(Clone, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> FromRequest for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = web::Query::<T>::from_query(request.query_string());
        let has_nul = request.query_string().contains("%00");
        after_authentication(request, async move {
            if has_nul {
                return Err(ApiError::bad_request("U+0000 is not accepted.").into());
            }
            match query {
                Ok(query) => {
                    query.validate().map_err(broken_rules)?;
                    Ok(Self(query.into_inner()))
                }
                Err(QueryPayloadError::Deserialize(error)) => {
                    Err(refusal("", &error.to_string()).into())
                }
                Err(_) => Err(ApiError::bad_request("The query cannot be parsed.").into()),
            }
        })
    }
}

/// The address that a request comes from, as far as trusted proxies vouch for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(
            Edge::of(request).client_address(request.peer_addr(), request.headers()),
        )))
    }
}

/// Where clients reach this server, as the start of an absolute address: as configured, else as
/// this request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(pub(crate) String);

impl FromRequest for BaseUrl {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(
            Edge::of(request).base_url(request.peer_addr(), request.headers()),
        )))
    }
}
