//! The operators' own door (`OPERATOR_ADDR`): probes and figures, on a thread and a port that nobody
//! else uses.
//!
//! Whatever the public does, a supervisor hears that the process lives: neither the connections there
//! are, nor a worker that is busy, nor the backlog of the public port stand in between. It is open from
//! the start of the server to its end, and says meanwhile what a load balancer has to know.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use actix_rt::Runtime;
use actix_web::web;
use tokio::sync::{oneshot, watch};

use super::listen::listen;
use super::small_door;
use crate::http::{self, Edge, Operated};

/// How long the door may take to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// The open door.
pub(super) struct OperatorDoor {
    address: SocketAddr,
    close: watch::Sender<()>,
    closed: oneshot::Receiver<()>,
    thread: thread::JoinHandle<()>,
}

impl OperatorDoor {
    /// Opens it. What it says of the server it reads from `operated`.
    pub(super) fn open(
        address: SocketAddr,
        edge: web::Data<Edge>,
        operated: web::Data<Operated>,
    ) -> io::Result<Self> {
        let listener = listen(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (close, closing) = watch::channel(());
        let (close_done, closed) = oneshot::channel();
        let (opened, opening) = mpsc::channel();
        let open = move || {
            let runtime = Runtime::new()?;
            let listener =
                runtime.block_on(async { tokio::net::TcpListener::from_std(listener) })?;
            Ok((runtime, listener))
        };
        let thread = thread::Builder::new()
            .name("operator".to_owned())
            .spawn(move || {
                let (runtime, listener) = match open() {
                    Ok(open) => {
                        // Whoever opened it waits for this.
                        let _ = opened.send(Ok(()));
                        open
                    }
                    Err(error) => {
                        let _ = opened.send(Err(error));
                        return;
                    }
                };
                let app = http::operator_service(edge, operated);
                runtime.block_on(small_door::serve(listener, app, closing));
                // Before the runtime is dropped, which may wait for a look-up of a name.
                let _ = close_done.send(());
            })?;
        opening
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the operators' thread ended")))?;
        Ok(Self {
            address,
            close,
            closed,
            thread,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it has ended by itself, which it should not.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Closes it.
    pub(super) async fn close(self) {
        self.close.send_replace(());
        if tokio::time::timeout(CLOSE_WITHIN, self.closed)
            .await
            .is_err()
        {
            tracing::warn!("the operators' door was not closed in time");
        }
    }
}
