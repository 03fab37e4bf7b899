//! A connection between a good handshake and its answer: it waits for a permit to connect, then the
//! database says whose its token is.
//!
//! It waits *before* the handshake is answered, because a refusal is an HTTP answer until then: 401
//! for a login that has ended, 503 with `Retry-After` for who waited in vain. What it holds is the
//! TCP stream and a few dozen bytes of what the head said; the HTTP buffers (16 KB) are gone, and so is
//! the place among the HTTP connections, so that plain requests never wait behind a storm.

use std::net::IpAddr;
use std::rc::Rc;

use super::session::{Connection, Session};
use actix_codec::{Framed, FramedParts};
use actix_http::{Method, h1};
use actix_rt::net::TcpStream;
use bytes::BytesMut;
use sentinal_actors::connects::ConnectPermit;
use sentinal_app::rate_limits::{self, Bucket};
use sentinal_app::{AccessToken, ApiError, App, Caller};

use crate::connections::{Admitted, OpenConnection};
use crate::http::RequestId;

use super::handshake::{Handshake, PATH};
use super::{Worker, refuse};

/// Bytes that a client may send before its handshake is answered. It should send none (RFC 6455
/// §4.1); a first frame `auth` that is in a hurry has room.
const EARLY_BYTES_MAX: usize = 8 * 1024;

/// How a connection says who it is, as far as its head tells.
pub(super) enum Credentials {
    /// An access token of ours.
    Token(AccessToken),
    /// A single-use ticket.
    Ticket(String),
    /// An `auth` frame will follow.
    FirstFrame,
}

/// The connection.
pub(super) struct Pending {
    stream: TcpStream,
    /// Counts the connection.
    open: Rc<OpenConnection>,
    codec: h1::Codec,
    /// What the client sent behind its handshake.
    early: BytesMut,
    handshake: Handshake,
    credentials: Credentials,
    request_id: RequestId,
    address: IpAddr,
}

impl Pending {
    pub(super) fn new(
        parts: FramedParts<Admitted, h1::Codec>,
        handshake: Handshake,
        credentials: Credentials,
        request_id: RequestId,
        address: IpAddr,
    ) -> Self {
        let (stream, open) = parts.io.into_parts();
        Self {
            stream,
            open,
            codec: parts.codec,
            // Copied, because it is a part of the 8 KB that the head was read into.
            early: BytesMut::from(&*parts.read_buf),
            handshake,
            credentials,
            request_id,
            address,
        }
    }

    /// Ends with a session, a refusal, or because the client is gone.
    pub(super) async fn connect(mut self, worker: Rc<Worker>) {
        if matches!(self.credentials, Credentials::FirstFrame) {
            self.start(&worker, None);
            return;
        }
        let app = &worker.context.app;
        let permit = tokio::select! {
            permit = app.connects().acquire() => permit,
            () = ended(&self.stream, &mut self.early) => return,
        };
        // Boxed, so that whoever waits does not hold what asking the database takes.
        Box::pin(self.admit(&worker, permit)).await;
    }

    async fn admit(self, worker: &Worker, permit: Result<ConnectPermit, ApiError>) {
        let app = &worker.context.app;
        let admitted = async {
            let permit = permit?;
            let caller = authenticate(app, &self.credentials).await?;
            app.sockets.admit(&caller).await?;
            Ok((caller, permit))
        };
        let (admitted, counted) = rate_limits::observe(admitted).await;
        match admitted {
            Ok(admitted) => self.start(worker, Some(admitted)),
            Err(error) => {
                let counted = counted.or_else(|| app.limits.peek(Bucket::WsConnect, self.address));
                let framed = Framed::from_parts(FramedParts::new(self.stream, self.codec));
                let target = (&Method::GET, PATH);
                refuse(target, &self.request_id, framed, &error, counted).await;
            }
        }
    }

    fn start(self, worker: &Worker, admitted: Option<(Caller, ConnectPermit)>) {
        tracing::info!(request_id = %self.request_id, path = PATH, status = 101, "upgraded");
        Session::start_on(
            worker.context.clone(),
            Connection {
                handshake: self.handshake.answer(&self.request_id),
                stream: self.stream,
                open: self.open,
                early: self.early,
                admitted,
                resume: self.handshake.resume,
                address: self.address,
            },
        );
    }
}

async fn authenticate(app: &App, credentials: &Credentials) -> Result<Caller, ApiError> {
    match credentials {
        Credentials::Token(token) => app.accounts.find_caller(*token).await,
        Credentials::Ticket(ticket) => app.accounts.redeem_ticket(ticket).await,
        Credentials::FirstFrame => Err(ApiError::unauthorized()),
    }
}

/// Ends when the client has closed the connection, or sent more than belongs there.
async fn ended(stream: &TcpStream, early: &mut BytesMut) {
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        match stream.try_read_buf(early) {
            Ok(0) => return,
            Ok(_) if early.len() > EARLY_BYTES_MAX => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
