//! What comes out of a socket, as a stream for the session actor; it also drives the writing that
//! could not be done at once.
//!
//! Bytes are read into a buffer of the thread's; only an incomplete frame is kept per socket.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_http::ws::{OpCode, Parser};
use actix_web_actors::ws::CloseReason;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use sentinal_protocol::CloseCode;
use sentinal_protocol::limits::FRAME_BYTES_HARD_MAX;

use super::guard::{Guard, Opcode};
use super::{CATCH_UP_BELOW_BYTES, Closing, SharedSocket, Socket};

/// Bytes read from the kernel at once.
const READ_BYTES: usize = 64 * 1024;
/// Frames taken in one turn before others get theirs.
const FRAMES_PER_TURN: usize = 32;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// What a session is told by its socket.
#[derive(Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A whole text message.
    Text(Bytes),
    /// A ping to answer.
    Ping(Bytes),
    /// A pong.
    Pong,
    /// The client's close frame.
    Close(Option<CloseReason>),
    /// The client broke a rule: close with this.
    Violation(CloseCode),
    /// There is something to read from the log, and room to queue it.
    CatchUp,
}

/// The stream. It ends when the connection does.
#[derive(Debug)]
pub struct InboundStream {
    socket: SharedSocket,
    guard: Guard,
    /// An incomplete frame.
    partial: BytesMut,
    /// The earlier fragments of a message.
    joined: BytesMut,
    /// Nothing more is read after a violation or a close frame.
    finished: bool,
    frames_this_turn: usize,
}

impl InboundStream {
    /// Over a socket; `early` are bytes that arrived with the handshake.
    pub fn new(socket: SharedSocket, early: BytesMut) -> Self {
        Self {
            socket,
            guard: Guard::default(),
            partial: early,
            joined: BytesMut::new(),
            finished: false,
            frames_this_turn: 0,
        }
    }

    /// The next whole frame of `partial`.
    fn next_frame(&mut self, now: Instant) -> Option<Inbound> {
        while !self.partial.is_empty() {
            let header = match self.guard.header(&self.partial, now) {
                Ok(Some(header)) => header,
                Ok(None) => return None,
                Err(code) => return Some(self.violation(code)),
            };
            let whole = header.header_length + header.length;
            if self.partial.len() < whole {
                return None;
            }
            self.guard.accept(header, now);
            let parsed = Parser::parse(&mut self.partial, true, FRAME_BYTES_HARD_MAX);
            let Ok(Some((_, opcode, payload))) = parsed else {
                return Some(self.violation(CloseCode::Protocol));
            };
            let payload = payload.map(BytesMut::freeze).unwrap_or_default();
            match (header.opcode, opcode) {
                (Opcode::Ping, _) => return Some(Inbound::Ping(payload)),
                (Opcode::Pong, _) => return Some(Inbound::Pong),
                (Opcode::Close, OpCode::Close) => {
                    self.finished = true;
                    return Some(Inbound::Close(close_reason(&payload)));
                }
                (Opcode::Text, _) if header.is_final => return Some(self.whole(payload)),
                (Opcode::Text | Opcode::Continuation, _) => {
                    self.joined.extend_from_slice(&payload);
                    if header.is_final {
                        let message = std::mem::take(&mut self.joined).freeze();
                        return Some(self.whole(message));
                    }
                }
                (Opcode::Binary | Opcode::Close, _) => {
                    return Some(self.violation(CloseCode::Protocol));
                }
            }
        }
        // The buffer of a frame that is done is not kept.
        if self.partial.capacity() > 0 {
            self.partial = BytesMut::new();
        }
        None
    }

    fn whole(&mut self, message: Bytes) -> Inbound {
        if std::str::from_utf8(&message).is_ok() {
            Inbound::Text(message)
        } else {
            self.violation(CloseCode::Protocol)
        }
    }

    fn violation(&mut self, code: CloseCode) -> Inbound {
        self.finished = true;
        self.partial = BytesMut::new();
        self.joined = BytesMut::new();
        Inbound::Violation(code)
    }
}

/// What a close frame's payload says, if its code may be echoed (RFC 6455 §7.4).
fn close_reason(payload: &[u8]) -> Option<CloseReason> {
    let (code, _) = payload.split_first_chunk()?;
    let code = u16::from_be_bytes(*code);
    matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999).then(|| CloseReason {
        code: code.into(),
        description: None,
    })
}

/// What reading once gave.
enum Read {
    Some,
    Pending,
    End,
}

/// Writes what is queued once the kernel is ready.
fn poll_write(socket: &mut Socket, cx: &mut Context<'_>, now: Instant) {
    while !socket.queue.is_empty() {
        match socket.stream.poll_write_ready(cx) {
            Poll::Ready(Ok(())) => socket.flush(now),
            Poll::Ready(Err(_)) => socket.abandon(),
            Poll::Pending => return,
        }
    }
    if socket.closing == Closing::AfterFlush {
        socket.flush(now);
    }
}

fn poll_read(
    socket: &mut Socket,
    cx: &mut Context<'_>,
    partial: &mut BytesMut,
    now: Instant,
) -> Read {
    loop {
        match socket.stream.poll_read_ready(cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(_)) => return Read::End,
            Poll::Pending => return Read::Pending,
        }
        let read = READ_BUFFER.with_borrow_mut(|buffer| {
            let read = socket.stream.try_read(buffer)?;
            partial.extend_from_slice(buffer.get(..read).unwrap_or_default());
            Ok::<_, std::io::Error>(read)
        });
        match read {
            Ok(0) => return Read::End,
            Ok(_) => {
                socket.heard_at = now;
                return Read::Some;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return Read::End,
        }
    }
}

impl Stream for InboundStream {
    type Item = Inbound;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Inbound>> {
        let this = self.get_mut();
        let now = Instant::now();
        let shared = this.socket.clone();
        let mut socket = shared.borrow_mut();
        // Kept first: whatever below wakes it must reach this task.
        socket.waker = None;
        poll_write(&mut socket, cx, now);
        if socket.authenticated {
            this.guard.authenticated();
        }
        if socket.wants_catch_up
            && socket.unsent_bytes < CATCH_UP_BELOW_BYTES
            && !socket.is_closing()
        {
            socket.wants_catch_up = false;
            return Poll::Ready(Some(Inbound::CatchUp));
        }
        loop {
            if !this.finished
                && !socket.is_paused()
                && !socket.is_closing()
                && let Some(frame) = this.next_frame(now)
            {
                this.frames_this_turn += 1;
                if this.frames_this_turn >= FRAMES_PER_TURN {
                    this.frames_this_turn = 0;
                    cx.waker().wake_by_ref();
                }
                return Poll::Ready(Some(frame));
            }
            if socket.is_paused() && !socket.is_closing() {
                // Nothing is read, so that TCP holds the client back.
                socket.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            // After a violation or a close the rest is read and thrown away until the peer ends.
            let discard = this.finished || socket.is_closing();
            match poll_read(&mut socket, cx, &mut this.partial, now) {
                Read::Some if discard => this.partial.clear(),
                Read::Some => {}
                Read::Pending => {
                    socket.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Read::End => return Poll::Ready(None),
            }
        }
    }
}
