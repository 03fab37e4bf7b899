//! The WebSocket door: takes every connection that asks to upgrade.
//!
//! actix-http decides "upgrade" before routing: any method and path with `Upgrade: websocket`, and
//! CONNECT, come here past every layer of the HTTP door, so request id, limits, origin and envelope
//! are done here. Exactly a valid `GET /v1/ws` is accepted; its stream waits for its turn to connect
//! ([`pending`]) and goes to a session actor.

mod handshake;
mod pending;
mod session;

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use self::session::WorkerContext;
use actix::Actor as _;
use actix_codec::{AsyncRead, AsyncWrite, Framed};
use actix_http::body::{BodySize, MessageBody as _};
use actix_http::header::{ALLOW, HeaderValue};
use actix_http::{ConnectionType, HttpMessage as _, Method, Request, Response, h1};
use actix_rt::Arbiter;
use actix_web::web;
use futures_util::SinkExt as _;
use sentinal_actors::directory;
use sentinal_actors::hub::Hub;
use sentinal_app::rate_limits::{Bucket, Snapshot};
use sentinal_app::{ApiError, App};
use sentinal_protocol::ErrorCode;
use sentinal_store::with_budget;

use crate::connections::{Admitted, Full};
use crate::http::{Claimed, Edge, RequestId, add_quota, envelope, upgrade_required};

use self::handshake::{Handshake, NoHandshake};
use self::pending::{Credentials, Pending};

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
        let hub = Hub::new(app.live.node.clone(), context.slots.clone()).start();
        let worker = directory::Worker {
            hub: Arc::new(hub.recipient()),
            arbiter: Arbiter::current(),
        };
        app.directory().add_worker(index, worker);
        Self { context, edge }
    }
}

/// Takes a connection that asked to upgrade. What can be judged by its head alone is refused here;
/// the rest goes on in a task of its own ([`pending`]), so that the HTTP connection with its buffers
/// ends and is not counted any more.
pub(crate) async fn accept(
    worker: &Rc<Worker>,
    request: Request,
    framed: Framed<Admitted, h1::Codec>,
) {
    let request_id = RequestId::of(request.headers());
    let address = worker.client_address(&request);
    let judged = match framed.io_ref().connection().count_for(address) {
        Ok(()) => worker.judge(&request).await,
        Err(Full) => Err(ApiError::overloaded()),
    };
    match judged {
        Ok((handshake, credentials)) => {
            let parts = framed.into_parts();
            // Its head lies in the buffers of the HTTP connection.
            drop(request);
            let pending = Pending::new(parts, handshake, credentials, request_id, address);
            actix_rt::spawn(pending.connect(worker.clone()));
        }
        Err(error) => {
            let counted = worker.context.app.limits.peek(Bucket::WsConnect, address);
            let target = (request.method(), request.path());
            refuse(target, &request_id, framed, &error, counted).await;
        }
    }
}

impl Worker {
    fn client_address(&self, request: &Request) -> IpAddr {
        self.edge
            .client_address(request.peer_addr(), request.headers())
    }

    /// What a request's head says, and whether it may go on.
    async fn judge(&self, request: &Request) -> Result<(Handshake, Credentials), ApiError> {
        let (handshake, claimed) = match Handshake::read(request) {
            Ok(read) => read,
            Err(NoHandshake::NotAsked) => {
                let query = request.uri().query().unwrap_or_default();
                let claimed = Claimed::of(request.headers(), query);
                let known = with_budget(claimed.find_caller(&self.context.app)).await;
                return Err(known.err().unwrap_or_else(upgrade_required));
            }
            Err(NoHandshake::Refused(error)) => return Err(error),
        };
        let origin = request.headers().get(actix_http::header::ORIGIN);
        let allowed = origin.is_none_or(|origin| {
            origin
                .to_str()
                .is_ok_and(|origin| self.edge.allows_socket_from(origin, request.headers()))
        });
        if !allowed {
            return Err(ApiError::new(
                ErrorCode::OriginNotAllowed,
                "Pages of this origin may not connect.",
            ));
        }
        if self.edge.is_draining() {
            return Err(ApiError::shutting_down());
        }
        let credentials = match claimed {
            Claimed::Token(token) => {
                Credentials::Token(self.context.app.accounts.read_token(&token)?)
            }
            Claimed::Ticket(ticket) => Credentials::Ticket(ticket),
            Claimed::FirstFrame => Credentials::FirstFrame,
        };
        Ok((handshake, credentials))
    }
}

/// Answers with the envelope of a failure and closes the connection. The log gets what is behind it.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    (method, path): (&Method, &str),
    request_id: &RequestId,
    mut framed: Framed<S, h1::Codec>,
    error: &ApiError,
    counted: Option<Snapshot>,
) {
    tracing::info!(
        %request_id,
        %method,
        path,
        status = error.code.status(),
        code = error.code.as_str(),
        "upgrade refused"
    );
    error.log(Some(request_id.as_str()));
    let (mut head, body) = Response::from(envelope(error, request_id)).into_parts();
    head.head_mut().set_connection_type(ConnectionType::Close);
    let headers = &mut head.head_mut().headers;
    if let Some(snapshot) = counted {
        add_quota(headers, &snapshot);
    }
    if error.code == ErrorCode::MethodNotAllowed {
        headers.insert(ALLOW, HeaderValue::from_static("GET"));
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

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Mutex, PoisonError};

    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn text(&self) -> String {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8(bytes.clone()).unwrap()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("disk on fire")]
    struct Cause;

    #[actix_web::test]
    async fn the_cause_of_a_refusal_is_logged_once_and_not_shown() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let framed = Framed::new(accepted.unwrap().0, h1::Codec::default());
        let log = Log::default();
        let lines = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || lines.clone())
            .with_ansi(false)
            .finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let error = ApiError::internal(Cause);
        let target = (&Method::GET, "/v1/ws");
        refuse(target, &RequestId::for_test("r1"), framed, &error, None).await;
        drop(logging);
        let mut answer = String::new();
        client.unwrap().read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(!answer.contains("disk on fire"), "{answer}");
        let text = log.text();
        let told: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("disk on fire"))
            .collect();
        assert_eq!(told.len(), 1, "{text}");
        assert!(told[0].contains("request_id=r1"), "{text}");
    }
}
