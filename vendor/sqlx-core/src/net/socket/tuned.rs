//! Sentinal Chat's patch (see `vendor/README.md`): a TCP connection to a database that neither
//! pauses nor outlives its peer.
//!
//! Upstream sets no option on its socket and offers no hook to do so. Without `TCP_NODELAY` the
//! last, short segment of a statement waits for the acknowledgement of the ones before, which the
//! other side delays by 40 ms; without keepalive and `TCP_USER_TIMEOUT` the kernel believes in a
//! host that vanished without FIN or RST for a quarter of an hour and longer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// How long one address may take to accept.
///
/// A lost SYN is repeated after 1 s, so one loss is forgiven; and a host with two addresses, the
/// first of them dead, is reached within the 2.5 s that a request waits for the database.
const CONNECT_MAX: Duration = Duration::from_millis(1_200);
/// How long bytes may remain unacknowledged, or a closed window unopened, before the kernel gives
/// the connection up. Twice the time after which a request has given its statement up.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(5);
/// Silence after which the kernel asks whether the other side is still there; the first question
/// that remains unanswered for [`KEEPALIVE_INTERVAL`] ends the connection, because
/// [`UNACKNOWLEDGED_MAX`] has passed by then.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
/// Pause between two such questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);
/// Questions without an answer after which the connection is given up, where there is no
/// `TCP_USER_TIMEOUT`.
const KEEPALIVE_RETRIES: u32 = 3;

/// Connects to the first address of `host` that accepts.
pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last_error = None;
    for address in tokio::net::lookup_host((host, port)).await? {
        match connect_to(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(|| {
        io::Error::new(
            io::ErrorKind::AddrNotAvailable,
            "host name did not resolve to any addresses",
        )
    }))
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let connecting = TcpStream::connect(address);
    let stream = tokio::time::timeout(CONNECT_MAX, connecting)
        .await
        .map_err(|_| {
            let text = format!("{address} did not accept within {CONNECT_MAX:?}");
            io::Error::new(io::ErrorKind::TimedOut, text)
        })??;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_IDLE)
        .with_interval(KEEPALIVE_INTERVAL)
        .with_retries(KEEPALIVE_RETRIES);
    let socket = SockRef::from(&stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX))?;
    Ok(stream)
}
