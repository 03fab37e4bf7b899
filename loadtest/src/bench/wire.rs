//! Cheap connections: frames are found and not parsed, one small buffer each, so that what is measured
//! is the server and not the program that loads it. The same for every server that is compared.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// Bytes that a buffer begins with.
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
    pub async fn connect(address: SocketAddr, path: &str, token: Option<&str>) -> Outcome<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let bearer = token.map_or_else(String::new, |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{bearer}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        let used = head(&mut stream, &mut buffer).await?;
        if !buffer.starts_with(b"HTTP/1.1 101 ") {
            let head = buffer.get(..used).unwrap_or_default();
            return Err(String::from_utf8_lossy(head).into());
        }
        Ok(Self {
            stream,
            buffer,
            used,
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
        Err(format!("a socket ended before {kind}").into())
    }

    /// Sends a text; the mask is zero, which leaves it as it is.
    pub async fn send(&mut self, text: &str) -> Outcome {
        let mut frame = vec![0x80 | TEXT];
        if let Ok(length) = u16::try_from(text.len()) {
            if let Ok(short @ 0..126) = u8::try_from(length) {
                frame.push(0x80 | short);
            } else {
                frame.push(0x80 | 0x7e);
                frame.extend(length.to_be_bytes());
            }
        } else {
            frame.push(0xff);
            frame.extend((text.len() as u64).to_be_bytes());
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }
}

/// An HTTP connection that is kept.
pub struct Http {
    stream: TcpStream,
    buffer: Vec<u8>,
    address: SocketAddr,
}

impl Http {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            address,
        })
    }

    /// Asks and reads the answer; one that is no success is an error.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> Outcome<&[u8]> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let end = head(&mut self.stream, &mut self.buffer).await?;
        let head = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>())
        });
        let length = length.ok_or("an answer without length")??;
        while self.buffer.len() < end + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the connection ended within an answer".into());
            }
        }
        let body = self.buffer.get(end..end + length).unwrap_or_default();
        if head.starts_with("HTTP/1.1 2") {
            return Ok(body);
        }
        Err(format!("{method} {path}: {}", String::from_utf8_lossy(body)).into())
    }
}

/// Reads up to the end of a head; answers where that is.
async fn head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<usize> {
    loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            return Ok(end + 4);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err("the connection ended before an answer".into());
        }
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

/// The number behind a field's name.
pub fn number_after(text: &[u8], field: &[u8]) -> Option<u64> {
    let rest = text.get(find(text, field)? + field.len()..)?;
    let digits = rest.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
