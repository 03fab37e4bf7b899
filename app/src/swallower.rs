//! A stand-in for other machines, in tests.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A server that gives no answer, for tests of whoever waits for one, and what fills its backlog.
#[allow(dead_code, reason = "the connections are kept open")]
pub(crate) struct Swallower(TcpListener, Vec<TcpStream>);

impl Swallower {
    /// One that takes connections and says nothing, and one that does not even take them.
    pub(crate) async fn each() -> [Self; 2] {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let full = socket.listen(0).unwrap();
        let address = full.local_addr().unwrap();
        let mut filling = Vec::new();
        // Until one is not taken at once: then none is.
        let patience = Duration::from_millis(200);
        let connect = || tokio::time::timeout(patience, TcpStream::connect(address));
        while let Ok(stream) = connect().await {
            filling.push(stream.unwrap());
        }
        [Self(silent, Vec::new()), Self(full, filling)]
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }
}
