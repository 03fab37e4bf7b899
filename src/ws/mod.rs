//! The WebSocket door: takes every connection that asks to upgrade.
//!
//! actix-http decides "upgrade" before routing: any method and path with `Upgrade: websocket`, and
//! CONNECT, come here past every layer of the HTTP door, so request id, limits, origin and envelope
//! are done here. Exactly a valid `GET /v1/ws` is accepted; its stream goes to a session actor.

mod handshake;

use std::rc::Rc;

use actix::Actor as _;
use actix_codec::Framed;
use actix_http::body::{BodySize, MessageBody as _};
use actix_http::header::{ALLOW, HeaderValue};
use actix_http::{ConnectionType, HttpMessage as _, Request, Response, h1};
use actix_rt::Arbiter;
use actix_rt::net::TcpStream;
use actix_web::web;
use futures_util::SinkExt as _;
use sentinal_actors::app::rate_limits::{self, Bucket, Snapshot};
use sentinal_actors::app::{ApiError, App, Caller};
use sentinal_actors::directory;
use sentinal_actors::hub::Hub;
use sentinal_actors::session::{Connection, Session, WorkerContext};
use sentinal_protocol::ErrorCode;

use crate::http::{Edge, RequestId, add_quota, envelope};

use self::handshake::{Credentials, Handshake};

/// What one worker thread keeps for its sockets.
pub(crate) struct Worker {
    context: Rc<WorkerContext>,
    edge: web::Data<Edge>,
}

impl Worker {
    /// Starts what the thread needs, its hub above all. Called once on each worker thread, inside
    /// its runtime.
    pub(crate) fn start(app: &App, index: usize, edge: web::Data<Edge>) -> Self {
        let context = Rc::new(WorkerContext::new(app.clone(), index));
        let hub = Hub::new(app.clone(), context.slots.clone()).start();
        let worker = directory::Worker {
            hub,
            arbiter: Arbiter::current(),
        };
        app.directory().add_worker(index, worker);
        Self { context, edge }
    }
}

/// Takes a connection that asked to upgrade: a session lives on after this returns, a refused
/// connection is closed.
pub(crate) async fn accept(
    worker: &Worker,
    request: Request,
    framed: Framed<TcpStream, h1::Codec>,
) {
    let request_id = RequestId::of(request.headers());
    let address = worker
        .edge
        .client_address(request.peer_addr(), request.headers());
    let admitted = async {
        let handshake = Handshake::read(&request)?;
        let origin = request.headers().get(actix_http::header::ORIGIN);
        let allowed = origin.is_none_or(|origin| {
            origin
                .to_str()
                .is_ok_and(|origin| worker.edge.allows_origin(origin))
        });
        if !allowed {
            return Err(ApiError::new(
                ErrorCode::OriginNotAllowed,
                "Pages of this origin may not connect.",
            ));
        }
        if worker.edge.is_draining() {
            return Err(
                ApiError::new(ErrorCode::Unhealthy, "The server is shutting down.")
                    .with_retry_after(std::time::Duration::from_secs(1)),
            );
        }
        let caller = authenticate(&worker.context.app, &handshake.credentials).await?;
        if let Some(caller) = &caller {
            worker.context.app.admit(caller)?;
        }
        Ok((handshake, caller))
    };
    let (admitted, counted) = rate_limits::observe(admitted).await;
    let (handshake, caller) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => {
            let limits = &worker.context.app.limits;
            let counted = counted.or_else(|| limits.peek(Bucket::WsConnect, address));
            refuse(&request, &request_id, framed, &error, counted).await;
            return;
        }
    };
    tracing::info!(%request_id, path = request.path(), status = 101, "upgraded");
    let parts = framed.into_parts();
    Session::start_on(
        worker.context.clone(),
        Connection {
            handshake: handshake.answer(&request_id),
            stream: parts.io,
            // What arrived with the handshake belongs to the socket.
            early: parts.read_buf,
            caller,
            resume: handshake.resume,
            address,
        },
    );
}

async fn authenticate(app: &App, credentials: &Credentials) -> Result<Option<Caller>, ApiError> {
    match credentials {
        Credentials::Token(token) => app.authenticate(token).await.map(Some),
        Credentials::Ticket(ticket) => app.redeem_ticket(ticket).await.map(Some),
        Credentials::FirstFrame => Ok(None),
    }
}

/// Answers with the envelope of a failure and closes the connection.
async fn refuse(
    request: &Request,
    request_id: &RequestId,
    mut framed: Framed<TcpStream, h1::Codec>,
    error: &ApiError,
    counted: Option<Snapshot>,
) {
    tracing::info!(
        %request_id,
        method = %request.method(),
        path = request.path(),
        status = error.code.status(),
        code = error.code.as_str(),
        "upgrade refused"
    );
    let (mut head, body) = Response::from(envelope(error, request_id)).into_parts();
    head.head_mut().set_connection_type(ConnectionType::Close);
    let headers = &mut head.head_mut().headers;
    if let Some(snapshot) = counted {
        add_quota(headers, &snapshot);
    }
    match error.code {
        ErrorCode::MethodNotAllowed => {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
        ErrorCode::UpgradeRequired => {
            let version = HeaderValue::from_static("13");
            headers.insert(actix_http::header::SEC_WEBSOCKET_VERSION, version);
        }
        _ => {}
    }
    // An envelope is always in memory whole.
    let Ok(body) = body.try_into_bytes() else {
        return;
    };
    let size = BodySize::Sized(body.len() as u64);
    let sent = async {
        framed.feed(h1::Message::Item((head, size))).await?;
        // Closing alone does not write what is buffered.
        framed.send(h1::Message::Chunk(Some(body))).await?;
        framed.close().await
    };
    if let Err(error) = sent.await {
        tracing::debug!(%request_id, %error, "the refused client is gone");
    }
}
