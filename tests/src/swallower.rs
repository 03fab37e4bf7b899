//! Services that give no answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// A connection to this machine that is not there after so long is not taken.
const NOT_TAKEN_AFTER: Duration = Duration::from_millis(200);

/// A service on a free port that gives no answer, for as long as it is kept.
pub struct Swallower {
    listener: TcpListener,
    /// What fills its backlog.
    _filling: Vec<TcpStream>,
}

impl Swallower {
    /// One that takes connections and says nothing.
    pub async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self {
            listener,
            _filling: Vec::new(),
        }
    }

    /// One that takes no connection: so many wait for it already that the kernel drops more.
    pub async fn full() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let listener = socket.listen(0).expect("a listener");
        let address = listener.local_addr().expect("its address");
        let mut filling = Vec::new();
        while let Ok(taken) = timeout(NOT_TAKEN_AFTER, TcpStream::connect(address)).await {
            filling.push(taken.expect("a connection"));
        }
        Self {
            listener,
            _filling: filling,
        }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("its address")
    }
}
