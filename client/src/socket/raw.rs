//! A socket without any behaviour of its own: what is on the wire, and nothing else.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use sentinal_protocol::event::{EventKind, ServerFrame};
use sentinal_protocol::frame::ClientFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use url::Url;

use super::handshake::{Authenticate, Connection, Handshake, write};
use crate::{Client, ClientError};

/// Close code of a connection that broke without a close frame (RFC 6455).
pub(super) const BROKEN: u16 = 1006;
/// Close code of a close frame without a code (RFC 6455).
const NO_CODE: u16 = 1005;

/// What came from the server.
#[derive(Clone, Debug)]
pub enum RawFrame {
    /// A frame of the protocol.
    Frame(Box<ServerFrame>),
    /// Text that is not one, or a binary message.
    Other(Vec<u8>),
    /// The end: close code (1006 without a close frame, 1005 without a code) and reason.
    Closed(u16, String),
}

/// A WebSocket that acknowledges, repeats, renews and reconnects nothing. Pings are answered, as
/// RFC 6455 wants, whenever it is read from.
pub struct RawSocket {
    connection: Connection,
    sent: u64,
}

impl RawSocket {
    /// Upgrades with the credentials of whoever is signed in.
    pub async fn connect(client: &Client, way: Authenticate) -> Result<Self, ClientError> {
        let secret = client.secret_for(way).await?;
        Self::open(&Handshake {
            base: client.base_url(),
            local_address: client.local_address(),
            credentials: Some((way, &secret)),
            resume_client: false,
        })
        .await
    }

    /// Upgrades with any token or ticket.
    pub async fn connect_with(
        base: &Url,
        way: Authenticate,
        secret: &str,
    ) -> Result<Self, ClientError> {
        Self::open(&Handshake {
            base,
            local_address: None,
            credentials: Some((way, secret)),
            resume_client: false,
        })
        .await
    }

    /// Upgrades with a token and `resume=client`: the server waits for a `sync` frame.
    pub async fn connect_to_resume(client: &Client) -> Result<Self, ClientError> {
        let secret = client.secret_for(Authenticate::Header).await?;
        Self::open(&Handshake {
            base: client.base_url(),
            local_address: client.local_address(),
            credentials: Some((Authenticate::Header, &secret)),
            resume_client: true,
        })
        .await
    }

    /// Upgrades without credentials.
    pub async fn connect_anonymous(base: &Url) -> Result<Self, ClientError> {
        Self::open(&Handshake {
            base,
            local_address: None,
            credentials: None,
            resume_client: false,
        })
        .await
    }

    async fn open(handshake: &Handshake<'_>) -> Result<Self, ClientError> {
        Ok(Self {
            connection: handshake.open().await?,
            sent: 0,
        })
    }

    /// What comes next. After the end it says [`RawFrame::Closed`] again.
    pub async fn next(&mut self) -> RawFrame {
        loop {
            if let Some(frame) = read(self.connection.next().await) {
                return frame;
            }
        }
    }

    /// Takes it apart, so that one task can wait for frames while another one sends.
    pub fn split(self) -> (RawReader, RawWriter) {
        let (writer, reader) = self.connection.split();
        (RawReader(reader), RawWriter(writer))
    }

    /// Reads until an event of this kind comes.
    pub async fn wait_for(&mut self, kind: EventKind) -> Result<ServerFrame, ClientError> {
        loop {
            match self.next().await {
                RawFrame::Frame(frame) if frame.kind() == Some(kind) => return Ok(*frame),
                RawFrame::Frame(_) => {}
                RawFrame::Other(bytes) => {
                    let what = format!("{} bytes that are no frame", bytes.len());
                    return Err(ClientError::Decode(what.into()));
                }
                RawFrame::Closed(code, reason) => return Err(ClientError::Closed { code, reason }),
            }
        }
    }

    /// Reads until the end; answers close code and reason.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let RawFrame::Closed(code, reason) = self.next().await {
                return (code, reason);
            }
        }
    }

    /// Sends a frame and answers the id it carries.
    pub async fn send(&mut self, frame: ClientFrame) -> Result<u64, ClientError> {
        self.sent += 1;
        write(&mut self.connection, Some(self.sent), frame).await?;
        Ok(self.sent)
    }

    /// Sends text as it is.
    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), ClientError> {
        self.send_message(Message::text(text.into())).await
    }

    /// Sends a binary message, which the server does not take.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), ClientError> {
        self.send_message(Message::binary(bytes)).await
    }

    /// Sends a ping.
    pub async fn ping(&mut self) -> Result<(), ClientError> {
        self.send_message(Message::Ping(Vec::new().into())).await
    }

    /// Sends a close frame.
    pub async fn close(&mut self) -> Result<(), ClientError> {
        self.send_message(Message::Close(None)).await
    }

    async fn send_message(&mut self, message: Message) -> Result<(), ClientError> {
        self.connection
            .send(message)
            .await
            .map_err(ClientError::transport)
    }
}

/// The half of a [`RawSocket`] that is read from. Pings are answered while it is.
pub struct RawReader(SplitStream<Connection>);

impl RawReader {
    /// What comes next. After the end it says [`RawFrame::Closed`] again.
    pub async fn next(&mut self) -> RawFrame {
        loop {
            if let Some(frame) = read(self.0.next().await) {
                return frame;
            }
        }
    }
}

/// The half of a [`RawSocket`] that is written to.
pub struct RawWriter(SplitSink<Connection, Message>);

impl RawWriter {
    /// Sends a frame, under an id if it is to be answered.
    pub async fn send(&mut self, id: Option<u64>, frame: ClientFrame) -> Result<(), ClientError> {
        write(&mut self.0, id, frame).await
    }

    /// Sends a close frame.
    pub async fn close(&mut self) -> Result<(), ClientError> {
        let closed = self.0.send(Message::Close(None)).await;
        closed.map_err(ClientError::transport)
    }
}

/// What a message of the connection says; nothing for what belongs to the transport.
fn read(message: Option<Result<Message, Error>>) -> Option<RawFrame> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Binary(bytes))) => return Some(RawFrame::Other(bytes.to_vec())),
        Some(Ok(Message::Close(frame))) => {
            return Some(match frame {
                Some(frame) => RawFrame::Closed(frame.code.into(), frame.reason.to_string()),
                None => RawFrame::Closed(NO_CODE, String::new()),
            });
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return None,
        Some(Err(error)) => return Some(RawFrame::Closed(BROKEN, error.to_string())),
        None => return Some(RawFrame::Closed(BROKEN, String::new())),
    };
    Some(match ServerFrame::read(&text) {
        Ok(frame) => RawFrame::Frame(Box::new(frame)),
        Err(_) => RawFrame::Other(text.as_bytes().to_vec()),
    })
}
