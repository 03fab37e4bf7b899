//! Many cheap sockets for load programs: no parsing, no acknowledging, one small buffer each, so
//! that what is measured is the server and not the program that loads it.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use sentinal_client::Client;
use sentinal_client::protocol::api::auth::RegisterRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Everybody's password.
const PASSWORD: &str = "correct horse battery";
/// Bytes that a socket's buffer begins with.
const BUFFER_BYTES: usize = 2 * 1024;
/// Opcodes (RFC 6455 §5.2).
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A WebSocket.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were handed out.
    used: usize,
}

impl Wire {
    /// Upgrades; an answer other than 101 is an error.
    pub async fn connect(address: SocketAddr, token: &str) -> Outcome<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /v1/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        let end = loop {
            if let Some(end) = find(&buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the connection ended before an answer".into());
            }
        };
        if !buffer.starts_with(b"HTTP/1.1 101 ") {
            let head = buffer.get(..end).unwrap_or_default();
            return Err(String::from_utf8_lossy(head).into());
        }
        Ok(Self {
            stream,
            buffer,
            used: end,
        })
    }

    /// The next text; pings are answered. `None` at the end.
    pub async fn next(&mut self) -> Outcome<Option<&[u8]>> {
        let (from, to) = loop {
            let bytes = self.buffer.get(self.used..).unwrap_or_default();
            if let Some((opcode, header, length)) = frame(bytes)
                && bytes.len() >= header + length
            {
                let from = self.used + header;
                self.used = from + length;
                match opcode {
                    TEXT => break (from, from + length),
                    PING => {
                        let pong = [0x80 | PONG, 0x80, 0, 0, 0, 0];
                        self.stream.write_all(&pong).await?;
                    }
                    CLOSE => return Ok(None),
                    _ => {}
                }
                continue;
            }
            self.buffer.drain(..self.used);
            self.used = 0;
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        Ok(self.buffer.get(from..to))
    }

    /// Waits for an event of this type.
    pub async fn wait_for(&mut self, kind: &str) -> Outcome {
        while let Some(text) = self.next().await? {
            if is_of(text, kind) {
                return Ok(());
            }
        }
        Err(format!("the socket ended before {kind}").into())
    }

    /// Sends a text; the mask is zero, which leaves it as it is.
    pub async fn send(&mut self, text: &str) -> Outcome {
        let mut frame = vec![0x80 | TEXT];
        match u16::try_from(text.len())? {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length)?),
            length => {
                frame.push(0x80 | 0x7e);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }
}

/// Opcode, length of the header, length of the payload.
fn frame(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let opcode = bytes.first()? & 0x0f;
    match bytes.get(1)? & 0x7f {
        126 => {
            let length = bytes.get(2..4)?.try_into().ok()?;
            Some((opcode, 4, u16::from_be_bytes(length).into()))
        }
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            Some((opcode, 10, u64::from_be_bytes(length).try_into().ok()?))
        }
        short => Some((opcode, 2, short.into())),
    }
}

/// Whether a frame is an event of this type.
pub fn is_of(text: &[u8], kind: &str) -> bool {
    text.strip_prefix(b"{\"type\":\"")
        .and_then(|rest| rest.strip_prefix(kind.as_bytes()))
        .is_some_and(|rest| rest.first() == Some(&b'"'))
}

/// Where in `bytes` `wanted` begins.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

/// A new account with one device, signed in.
pub async fn sign_up(http: &Client, name: &str) -> Outcome<Client> {
    let client = http.signed_out();
    client
        .register(&RegisterRequest {
            email: format!("{name}@example.com"),
            username: name.to_owned(),
            phone_number: None,
            password: PASSWORD.to_owned(),
            display_name: None,
            device_id: format!("{name}-device"),
            device_name: None,
            device_type: None,
        })
        .await?;
    Ok(client)
}

/// A client's access token.
pub fn token(client: &Client) -> Outcome<String> {
    Ok(client.login().ok_or("signed in")?.access_token.clone())
}

/// The least value that this share of the values does not exceed.
pub fn percentile(sorted: &[Duration], share: f64) -> Duration {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a list of measurements"
    )]
    let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}
