//! The door while the server starts: the process lives, and everybody else comes back later.
//!
//! Migrating can take minutes. Until it is done nothing is served that needs the schema, but a
//! supervisor that asks `GET /livez` must not take the process for dead, and a load balancer that
//! asks `GET /ready` must be told to wait. So the connections of the start are accepted here, on
//! the thread that starts; those that come after [`Starting::close`] wait in the kernel for the
//! workers. None is refused, and none is lost between the two.

use std::io;
use std::net::TcpListener;

use actix_web::web;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::small_door;
use crate::http::{self, Edge};

/// The open door.
pub(super) struct Starting {
    close: watch::Sender<()>,
    closed: JoinHandle<()>,
}

impl Starting {
    /// Opens it. The listener itself stays with the caller.
    pub(super) fn open(listener: &TcpListener, edge: web::Data<Edge>) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (close, closing) = watch::channel(());
        let app = http::starting_service(edge);
        let closed = actix_rt::spawn(small_door::serve(listener, app, closing));
        Ok(Self { close, closed })
    }

    /// Accepts nothing any more, and lets the requests that are there be answered.
    pub(super) async fn close(self) {
        self.close.send_replace(());
        // A door that panicked is closed as well.
        let _ = self.closed.await;
    }
}
