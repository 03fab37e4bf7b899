//! A bare TCP connection to the server: for what no WebSocket or HTTP library would send.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::{LOOK_EVERY, Site, TestUser, patiently};

/// A connection on which a test writes bytes as it likes.
pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Wire {
    /// Opens a TCP connection to a server.
    pub async fn connect(site: &Site) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        Self::connect_from(site, socket).await
    }

    /// Connects from an address of the machine's own: any of 127.0.0.0/8 is.
    pub async fn connect_as(site: &Site, address: &str) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let address = format!("{address}:0").parse().expect("an address");
        socket.bind(address).expect("an address to connect from");
        Self::connect_from(site, socket).await
    }

    /// Connects with a receive buffer of about so many bytes, so that the server notices soon when
    /// nobody reads.
    pub async fn connect_narrow(site: &Site, receive_bytes: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let set = socket.set_recv_buffer_size(receive_bytes);
        set.expect("a receive buffer");
        Self::connect_from(site, socket).await
    }

    /// Connects from an address of this machine; an error means that the server does not take it.
    pub async fn try_connect_from(site: &Site, local: Ipv4Addr) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(local.into(), 0))?;
        Ok(Self {
            stream: socket.connect(address_of(site)).await?,
            received: Vec::new(),
        })
    }

    async fn connect_from(site: &Site, socket: TcpSocket) -> Self {
        let stream = patiently("connecting", socket.connect(address_of(site))).await;
        Self {
            stream: stream.expect("a connection"),
            received: Vec::new(),
        }
    }

    /// Connects and upgrades as this user; the next byte to write is the first of a frame.
    pub async fn upgrade(site: &Site, user: &TestUser) -> Self {
        let mut wire = Self::connect(site).await;
        wire.upgrade_as(user).await;
        wire
    }

    /// Upgrades an open connection as this user.
    pub async fn upgrade_as(&mut self, user: &TestUser) {
        let token = &user.client.login().expect("signed in").access_token;
        let handshake = handshake(&format!("Authorization: Bearer {token}\r\n"));
        let written = self.write(handshake.as_bytes()).await;
        written.expect("a written handshake");
        let head = self.read_head().await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    }

    /// The connection, for who wants to read and write at once and has read nothing yet.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Writes bytes; an error means that the server has closed.
    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        patiently("writing", self.stream.write_all(bytes)).await
    }

    /// Reads the head of an HTTP answer.
    pub async fn read_head(&mut self) -> String {
        let end = loop {
            let found = self.received.windows(4).position(|at| at == b"\r\n\r\n");
            if let Some(at) = found {
                break at + 4;
            }
            assert!(self.read_more().await, "closed before the end of the head");
        };
        let head = self.received.drain(..end).collect();
        String::from_utf8(head).expect("a head is text")
    }

    /// Writes these bytes again and again, a moment apart, until an answer comes; its head.
    pub async fn drip(&mut self, bytes: &[u8]) -> String {
        let dripping = async {
            loop {
                tokio::select! {
                    read = self.stream.read_buf(&mut self.received) => break read,
                    () = tokio::time::sleep(LOOK_EVERY) => {
                        // What is wrong with the connection the reading tells.
                        let _ = self.stream.write_all(bytes).await;
                    }
                }
            }
        };
        let read = patiently("an answer", dripping).await;
        assert!(
            read.is_ok_and(|count| count > 0),
            "closed without an answer"
        );
        self.read_head().await
    }

    /// Reads until the server closes; everything that was not read before.
    pub async fn read_to_end(&mut self) -> Vec<u8> {
        while self.read_more().await {}
        std::mem::take(&mut self.received)
    }

    /// Reads frames until a close frame; its code. The server's frames are not masked.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            if let Some((opcode, payload)) = self.take_frame() {
                if opcode == 8 {
                    return u16::from_be_bytes([payload[0], payload[1]]);
                }
                continue;
            }
            assert!(self.read_more().await, "closed without a close frame");
        }
    }

    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (&first, &second) = (self.received.first()?, self.received.get(1)?);
        let (start, len) = match second {
            126 => (
                4,
                usize::from(u16::from_be_bytes(
                    self.received.get(2..4)?.try_into().ok()?,
                )),
            ),
            127 => {
                let len = u64::from_be_bytes(self.received.get(2..10)?.try_into().ok()?);
                (10, usize::try_from(len).ok()?)
            }
            len => (2, usize::from(len)),
        };
        let payload = self.received.get(start..start + len)?.to_vec();
        self.received.drain(..start + len);
        Some((first & 0x0f, payload))
    }

    /// False at the end of the stream.
    async fn read_more(&mut self) -> bool {
        let read = patiently("reading", self.stream.read_buf(&mut self.received)).await;
        // A reset is an end too: the server closes with bytes of ours unread.
        read.is_ok_and(|count| count > 0)
    }
}

/// The request that asks for a WebSocket, with more header lines.
pub fn handshake(lines: &str) -> String {
    format!(
        "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    )
}

fn address_of(site: &Site) -> SocketAddr {
    let addresses = site.base_url().socket_addrs(|| None);
    addresses.expect("an address")[0]
}

/// The header of a masked frame (mask 0, so that the payload goes as it is) that declares a
/// payload of `len` bytes.
pub fn frame_header(fin: bool, opcode: u8, len: u64) -> Vec<u8> {
    let mut header = vec![if fin { 0x80 | opcode } else { opcode }];
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len), _) if len < 126 => header.push(0x80 | len),
        (_, Ok(len)) => {
            header.push(0x80 | 0x7e);
            header.extend(len.to_be_bytes());
        }
        _ => {
            header.push(0x80 | 0x7f);
            header.extend(len.to_be_bytes());
        }
    }
    header.extend([0; 4]);
    header
}
