//! The WebSocket door: takes every connection that asks to upgrade.
//!
//! actix-http decides "upgrade" before routing: any method and path with `Upgrade: websocket`, and
//! CONNECT, come here past every layer of the HTTP door, so request id and envelope are done here.

use actix_codec::Framed;
use actix_http::body::{BodySize, MessageBody as _};
use actix_http::{ConnectionType, HttpMessage as _, Request, Response, h1};
use actix_rt::net::TcpStream;
use actix_web::web;
use futures_util::SinkExt as _;
use sentinal_actors::app::ApiError;

use crate::http::{App, Edge, RequestId, envelope};

/// What one worker thread keeps for its sockets.
pub(crate) struct Worker {
    app: App,
    edge: web::Data<Edge>,
}

impl Worker {
    /// Starts what the thread needs. Called once on each worker thread, inside its runtime.
    pub(crate) fn start(app: App, edge: web::Data<Edge>) -> Self {
        Self { app, edge }
    }
}

/// Takes a connection that asked to upgrade: all of it, until it is closed.
pub(crate) async fn accept(
    worker: &Worker,
    request: Request,
    framed: Framed<TcpStream, h1::Codec>,
) {
    let error = ApiError::bad_request("Only `GET /v1/ws` can be upgraded.");
    refuse(&request, framed, &error).await;
}

/// Answers with the envelope of a failure and closes the connection.
async fn refuse(request: &Request, mut framed: Framed<TcpStream, h1::Codec>, error: &ApiError) {
    let request_id = RequestId::of(request.headers());
    tracing::info!(
        %request_id,
        method = %request.method(),
        path = request.path(),
        status = error.code.status(),
        code = error.code.as_str(),
        "upgrade refused"
    );
    let (mut head, body) = Response::from(envelope(error, &request_id)).into_parts();
    head.head_mut().set_connection_type(ConnectionType::Close);
    // An envelope is always in memory whole.
    let Ok(body) = body.try_into_bytes() else {
        return;
    };
    let size = BodySize::Sized(body.len() as u64);
    let sent = async {
        framed.feed(h1::Message::Item((head, size))).await?;
        framed.feed(h1::Message::Chunk(Some(body))).await?;
        framed.close().await
    };
    if let Err(error) = sent.await {
        tracing::debug!(%request_id, %error, "the refused client is gone");
    }
}
