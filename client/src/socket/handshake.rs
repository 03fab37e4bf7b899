//! The upgrade: every way to authenticate, and the answer to a refusal.

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures_util::{Sink, SinkExt as _};
use sentinal_protocol::frame::{Auth, ClientFrame, Outgoing};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use crate::rest::retry_after;
use crate::{Client, ClientError};

/// Bytes read from the connection at a time. Tungstenite's 128 KiB per socket would be 1.3 GB for a
/// program with 10,000 of them.
const READ_BYTES: usize = 8 * 1024;

/// The connection under a socket.
pub(super) type Connection = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a socket says who it is. All ways lead to the same socket; they differ in what can refuse
/// (the upgrade with HTTP, a first frame with a close code) and in where the secret shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authenticate {
    /// `Authorization: Bearer`; not possible in a browser.
    #[default]
    Header,
    /// `?token=`; shows in the logs of proxies.
    Query,
    /// The subprotocols `bearer, <jwt>`; possible in a browser.
    Subprotocol,
    /// `?ticket=` from `POST /v1/ws/ticket`, good once for 30 s.
    Ticket,
    /// A first frame `auth`.
    FirstFrame,
}

/// One upgrade, with its credentials.
pub(super) struct Handshake<'a> {
    pub base: &'a Url,
    /// Where the connection leaves from; wherever the system likes if it is not said.
    pub local_address: Option<IpAddr>,
    /// How, and the token or ticket; nothing at all for a socket that means to say nothing.
    pub credentials: Option<(Authenticate, &'a str)>,
    /// Whether the client's own positions follow in a `sync` frame.
    pub resume_client: bool,
}

impl Handshake<'_> {
    fn request(&self) -> Result<Request, ClientError> {
        let mut url = self.base.clone();
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        // Changing one special scheme for another cannot fail.
        let _ = url.set_scheme(scheme);
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}/v1/ws"));
        match self.credentials {
            Some((Authenticate::Query, token)) => {
                url.query_pairs_mut().append_pair("token", token);
            }
            Some((Authenticate::Ticket, ticket)) => {
                url.query_pairs_mut().append_pair("ticket", ticket);
            }
            Some((
                Authenticate::Header | Authenticate::Subprotocol | Authenticate::FirstFrame,
                _,
            ))
            | None => {}
        }
        if self.resume_client && !self.speaks_first() {
            url.query_pairs_mut().append_pair("resume", "client");
        }
        let mut request = url
            .as_str()
            .into_client_request()
            .map_err(ClientError::transport)?;
        let header = match self.credentials {
            Some((Authenticate::Header, token)) => Some((AUTHORIZATION, format!("Bearer {token}"))),
            Some((Authenticate::Subprotocol, token)) => {
                Some((SEC_WEBSOCKET_PROTOCOL, format!("bearer, {token}")))
            }
            Some((Authenticate::Query | Authenticate::Ticket | Authenticate::FirstFrame, _))
            | None => None,
        };
        if let Some((name, value)) = header {
            let mut value = HeaderValue::from_str(&value).map_err(ClientError::transport)?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let host = self.base.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']);
        let port = self.base.port_or_known_default().unwrap_or_default();
        let mut outcome = Err(io::ErrorKind::NotFound.into());
        for address in lookup_host((host, port)).await? {
            outcome = connect_from(self.local_address, address).await;
            if outcome.is_ok() {
                break;
            }
        }
        let stream = outcome?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn speaks_first(&self) -> bool {
        matches!(self.credentials, Some((Authenticate::FirstFrame, _)))
    }

    /// Connects, upgrades, and sends the first frame where that is how it authenticates.
    pub async fn open(&self) -> Result<Connection, ClientError> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0);
        let request = self.request()?;
        // Boxed because with TLS it is 16 KiB, which every future around it would hold for ever.
        let opening = Box::pin(async {
            let stream = self.connect().await?;
            client_async_tls_with_config(request, stream, Some(config), None).await
        });
        let (mut connection, _) = opening.await.map_err(connect_error)?;
        if let Some((Authenticate::FirstFrame, token)) = self.credentials {
            let auth = ClientFrame::Auth(Auth {
                token: format!("Bearer {token}"),
                resume: self.resume_client.then(|| "client".to_owned()),
            });
            write(&mut connection, None, auth).await?;
        }
        Ok(connection)
    }
}

impl Client {
    /// The token or ticket that this way of authenticating needs.
    pub(super) async fn secret_for(&self, way: Authenticate) -> Result<String, ClientError> {
        match way {
            Authenticate::Ticket => Ok(self.ticket().await?.ticket),
            Authenticate::Header
            | Authenticate::Query
            | Authenticate::Subprotocol
            | Authenticate::FirstFrame => Ok(self.signed_in()?.access_token.clone()),
        }
    }
}

async fn connect_from(local: Option<IpAddr>, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(remote).await
}

/// Writes one frame.
pub(super) async fn write<S>(
    connection: &mut S,
    id: Option<u64>,
    frame: ClientFrame,
) -> Result<(), ClientError>
where
    S: Sink<Message, Error = Error> + Unpin,
{
    let text = serde_json::to_string(&Outgoing { id, frame }).map_err(ClientError::decode)?;
    connection
        .send(Message::text(text))
        .await
        .map_err(ClientError::transport)
}

/// A refused upgrade carries the error envelope; everything else is the transport's.
fn connect_error(error: Error) -> ClientError {
    match error {
        Error::Http(answer) => ClientError::from_answer(
            answer.status().as_u16(),
            retry_after(answer.headers()),
            answer.body().as_deref().unwrap_or_default(),
        ),
        other => ClientError::transport(other),
    }
}
