//! What stands in front of HTTP on each worker thread: it takes a connection or refuses it.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_http::Protocol;
use actix_http::error::DispatchError;
use actix_http::header::HeaderMap;
use actix_rt::net::TcpStream;
use actix_service::{Service, ServiceFactory};
use futures_util::future::LocalBoxFuture;
use sentinal_app::ApiError;
use sentinal_protocol::api::Failure;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Admitted, WorkerConnections};
use crate::http::RequestId;

/// How long telling one may take.
const TELL_WITHIN: Duration = Duration::from_millis(500);
/// Bytes of a refused request that are read so that its client sees the answer.
const DISCARDED_BYTES_MAX: usize = 16 * 1024;
/// Clients that are refused are asked to come back within so many seconds, spread evenly.
const COME_BACK_SECONDS: std::ops::RangeInclusive<u64> = 1..=10;

/// The door, and HTTP behind it.
pub(crate) struct Door<F> {
    http: F,
    connections: Rc<WorkerConnections>,
    told_max: usize,
}

impl<F> Door<F> {
    /// In front of `http`. So many connections may be told at once why they are refused; the rest is
    /// closed without a word, because an answer takes a descriptor for as long as its client takes to
    /// read it.
    pub(crate) fn new(http: F, connections: Rc<WorkerConnections>, told_max: usize) -> Self {
        Self {
            http,
            connections,
            told_max,
        }
    }
}

/// What HTTP is given: the stream, how it is spoken, who is at the other end.
type Spoken = (Admitted, Protocol, Option<SocketAddr>);

impl<F> ServiceFactory<TcpStream> for Door<F>
where
    F: ServiceFactory<Spoken, Response = (), Error = DispatchError, Config = (), InitError = ()>,
    F::Future: 'static,
    <F::Service as Service<Spoken>>::Future: 'static,
{
    type Response = ();
    type Error = DispatchError;
    type Config = ();
    type Service = OpenDoor<F::Service>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let http = self.http.new_service(());
        let connections = Rc::clone(&self.connections);
        let told_max = self.told_max;
        Box::pin(async move {
            Ok(OpenDoor {
                http: http.await?,
                connections,
                told_max,
                told: Rc::default(),
            })
        })
    }
}

/// The door of a running worker.
pub(crate) struct OpenDoor<S> {
    http: S,
    connections: Rc<WorkerConnections>,
    told_max: usize,
    /// Connections that are being told why they are refused.
    told: Rc<Cell<usize>>,
}

impl<S> Service<TcpStream> for OpenDoor<S>
where
    S: Service<Spoken, Response = (), Error = DispatchError>,
    S::Future: 'static,
{
    type Response = ();
    type Error = DispatchError;
    type Future = LocalBoxFuture<'static, Result<(), DispatchError>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), DispatchError>> {
        self.http.poll_ready(cx)
    }

    fn call(&self, stream: TcpStream) -> Self::Future {
        let peer = stream.peer_addr().ok();
        let Ok(connection) = self.connections.admit(peer, Instant::now()) else {
            tracing::debug!("a connection was refused");
            let (told, told_max) = (Rc::clone(&self.told), self.told_max);
            return Box::pin(async move {
                if told.get() < told_max {
                    told.set(told.get() + 1);
                    // A client that is gone has no need of an answer.
                    let _ = tokio::time::timeout(TELL_WITHIN, refuse(stream)).await;
                    told.set(told.get() - 1);
                }
                Ok(())
            });
        };
        let admitted = Admitted::new(stream, Rc::clone(&connection));
        let served = self.http.call((admitted, Protocol::Http1, peer));
        Box::pin(async move {
            tokio::select! {
                served = served => served,
                // Dropping what serves it closes the stream.
                () = connection.closed() => Ok(()),
            }
        })
    }
}

/// Answers before anything was asked, and closes.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(&refusal()).await?;
    stream.shutdown().await?;
    // What lies unread when a connection is closed makes the kernel reset it, and the answer may be
    // lost with that.
    let mut discarded = stream.take(DISCARDED_BYTES_MAX as u64);
    tokio::io::copy(&mut discarded, &mut tokio::io::sink()).await?;
    Ok(())
}

/// The whole answer: 503 in the envelope of every failure.
fn refusal() -> Vec<u8> {
    let request_id = RequestId::of(&HeaderMap::new());
    let error = ApiError::overloaded();
    let body = serde_json::to_string(&Failure {
        success: false,
        error: error.message.into_owned(),
        code: error.code.as_str().to_owned(),
        request_id: request_id.as_str().to_owned(),
        details: None,
    });
    // Serialising our own plain structures cannot fail.
    let body = body.unwrap_or_default();
    let after = rand::random_range(COME_BACK_SECONDS);
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nRetry-After: {after}\r\nCache-Control: no-store\r\n\
         X-Request-ID: {request_id}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
