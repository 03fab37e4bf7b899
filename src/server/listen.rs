//! The listening socket.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the kernel holds until they are accepted: a storm of reconnects.
const BACKLOG: i32 = 4_096;
/// What the kernel may hold for a client that does not read; unset it grows to 2.8 MB each.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// A peer that acknowledges nothing for so long is gone. It also cuts a client that does not read,
/// so it exceeds the 60 s that a silent socket may live.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(75);

/// A listening socket whose options its connections inherit.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_connections_inherit_what_was_set_on_the_listener() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let accepted = socket2::SockRef::from(&accepted);
        assert!(accepted.tcp_nodelay().unwrap());
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(TCP_USER_TIMEOUT));
        // The kernel doubles the number for its own book-keeping.
        assert_eq!(accepted.send_buffer_size().unwrap(), 2 * SEND_BUFFER_BYTES);
    }
}
