//! The stream of a connection that was admitted: TCP, and its place among all connections.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_codec::{AsyncRead, AsyncWrite, ReadBuf};
use actix_rt::net::TcpStream;

use super::{HttpConnection, OpenConnection};

/// How many bytes are read before the connection's turn ends. actix-http 3.20 begins with a buffer of 8 KiB, and
/// doubles it for the connection's life whenever less than 1 KiB of it is free after a read; by itself it reads
/// on until there is nothing to be read or it holds 128 KiB. 1,500 connections whose bodies nobody wants would
/// take 200 MiB.
const TURN_BYTES: usize = 7 * 1024;

/// The stream that HTTP is spoken on. Whoever has it has the connection's place, so that neither can
/// be forgotten where the connection becomes a WebSocket.
pub(crate) struct Admitted {
    stream: TcpStream,
    connection: Rc<HttpConnection>,
    /// Bytes read in this turn of the connection.
    read: usize,
}

impl Admitted {
    pub(super) fn new(stream: TcpStream, connection: Rc<HttpConnection>) -> Self {
        Self {
            stream,
            connection,
            read: 0,
        }
    }

    /// The connection that it belongs to.
    pub(crate) fn connection(&self) -> &Rc<HttpConnection> {
        &self.connection
    }

    /// Takes it out of HTTP: the stream, and what counts it for as long as it is kept.
    pub(crate) fn into_parts(self) -> (TcpStream, Rc<OpenConnection>) {
        self.connection.wake();
        let open = self.connection.open();
        (self.stream, open)
    }
}

impl AsyncRead for Admitted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= TURN_BYTES {
            self.read = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = (TURN_BYTES - self.read).min(buffer.remaining());
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut piece);
        let read = piece.filled().len();
        buffer.advance(read);
        if polled.is_pending() {
            self.read = 0;
        } else {
            self.read += read;
        }
        polled
    }
}

impl AsyncWrite for Admitted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write as _;
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::connections::{Connections, WorkerConnections};

    #[actix_rt::test]
    async fn a_turn_fills_no_more_than_one_buffer() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut sender = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (receiver, _) = listener.accept().unwrap();
        sender.write_all(&vec![7; 3 * TURN_BYTES]).unwrap();
        receiver.set_nonblocking(true).unwrap();
        let connection = WorkerConnections::new(Arc::new(Connections::default()))
            .admit(None, Instant::now())
            .ok()
            .unwrap();
        let mut admitted = Admitted::new(TcpStream::from_std(receiver).unwrap(), connection);
        let mut turns = Vec::new();
        let mut storage = vec![0; 128 * 1024];
        while turns.iter().sum::<usize>() < 3 * TURN_BYTES {
            let in_turn = poll_fn(|cx| {
                let mut buffer = ReadBuf::new(&mut storage);
                // As actix-http does: until there is nothing to be read.
                while let Poll::Ready(outcome) = Pin::new(&mut admitted).poll_read(cx, &mut buffer)
                {
                    outcome.unwrap();
                }
                match buffer.filled().len() {
                    0 => Poll::Pending,
                    read => Poll::Ready(read),
                }
            });
            turns.push(in_turn.await);
        }
        assert!(turns.iter().all(|read| *read <= TURN_BYTES), "{turns:?}");
    }
}
