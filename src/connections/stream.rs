//! The stream of a connection that was admitted: TCP, and its place among all connections.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_codec::{AsyncRead, AsyncWrite, ReadBuf};
use actix_rt::net::TcpStream;

use super::{HttpConnection, OpenConnection};

/// The stream that HTTP is spoken on. Whoever has it has the connection's place, so that neither can
/// be forgotten where the connection becomes a WebSocket.
pub(crate) struct Admitted {
    stream: TcpStream,
    connection: Rc<HttpConnection>,
}

impl Admitted {
    pub(super) fn new(stream: TcpStream, connection: Rc<HttpConnection>) -> Self {
        Self { stream, connection }
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
        Pin::new(&mut self.stream).poll_read(cx, buffer)
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
