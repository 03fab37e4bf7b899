//! The small parts of a request: path segments, query, and where it comes from.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::ops::Deref;

use actix_router::PathDeserializer;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use sentinal_app::{ApiError, Confirmation, broken_rules, refusal};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Segment, Track};

use super::after_authentication;
use crate::http::edge::Edge;
use crate::http::error::HttpError;

/// The variable segments of the path; what does not parse is 400 and names the segment.
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
        let path = read_path(request);
        after_authentication(request, async move { Ok(Self(path?)) })
    }
}

/// Reads the variable segments as one value or as a tuple in their order.
fn read_path<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    let segments = request.match_info();
    let mut track = Track::new();
    let values = PathDeserializer::new(segments);
    T::deserialize(serde_path_to_error::Deserializer::new(values, &mut track)).map_err(|error| {
        // A value alone has no index.
        let index = match track.path().iter().next() {
            Some(Segment::Seq { index }) => *index,
            Some(_) | None => 0,
        };
        let name = segments.iter().nth(index).map_or("", |(name, _)| name);
        refusal(name, &error.to_string())
    })
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
        let query = read_query(request.query_string());
        after_authentication(request, async move { Ok(Self(query?)) })
    }
}

/// Reads a query string and checks its rules.
fn read_query<T>(text: &str) -> Result<T, ApiError>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    if text.contains("%00") {
        return Err(ApiError::bad_request("U+0000 is not accepted."));
    }
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    let mut track = Track::new();
    let values = serde_urlencoded::Deserializer::new(pairs);
    let query = T::deserialize(serde_path_to_error::Deserializer::new(values, &mut track))
        .map_err(|error| refusal(&track.path().to_string(), &error.to_string()))?;
    query.validate().map_err(broken_rules)?;
    Ok(query)
}

/// The address that a request comes from, as far as trusted proxies vouch for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// That of this request.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self(Edge::of(request).client_address(request.peer_addr(), request.headers()))
    }

    /// What comes with a request from here for something sensitive.
    pub(crate) fn confirming(self, password: Option<String>) -> Confirmation {
        Confirmation {
            password,
            address: self.0,
        }
    }
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
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
