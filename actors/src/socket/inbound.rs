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
use crate::byte_budget::ByteCharge;

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
    /// Bytes that the frame at the start of `partial` declares, if it is not whole yet.
    declared: usize,
    /// When the unfinished message began.
    since: Option<Instant>,
    /// What the unfinished message holds.
    charge: ByteCharge,
}

impl InboundStream {
    /// Over a socket; `early` are bytes that arrived with the handshake. Unfinished messages are
    /// charged to an account of the socket's network.
    pub fn new(socket: SharedSocket, early: BytesMut, charge: ByteCharge) -> Self {
        Self {
            socket,
            guard: Guard::default(),
            partial: early,
            joined: BytesMut::new(),
            finished: false,
            frames_this_turn: 0,
            declared: 0,
            since: None,
            charge,
        }
    }

    /// The next whole frame of `partial`.
    fn next_frame(&mut self) -> Option<Inbound> {
        while !self.partial.is_empty() {
            let header = match self.guard.header(&self.partial) {
                Ok(Some(header)) => header,
                Ok(None) => return None,
                Err(code) => return Some(self.violation(code)),
            };
            let whole = header.header_length + header.length;
            if self.partial.len() < whole {
                self.declared = header.length;
                return None;
            }
            self.declared = 0;
            self.guard.accept(header);
            let parsed = Parser::parse(&mut self.partial, true, FRAME_BYTES_HARD_MAX);
            let Ok(Some((_, opcode, payload))) = parsed else {
                return Some(self.violation(CloseCode::Protocol));
            };
            let payload = payload.map(BytesMut::freeze).unwrap_or_default();
            match (header.opcode, opcode) {
                (Opcode::Ping, _) => return Some(Inbound::Ping(payload)),
                (Opcode::Pong, _) => return Some(Inbound::Pong),
                (Opcode::Close, OpCode::Close) => {
                    let Ok(reason) = close_reason(&payload) else {
                        return Some(self.violation(CloseCode::Protocol));
                    };
                    self.finished = true;
                    return Some(Inbound::Close(reason));
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
        self.since = None;
        if std::str::from_utf8(&message).is_ok() {
            Inbound::Text(message)
        } else {
            self.violation(CloseCode::Protocol)
        }
    }

    /// Everything that is there was looked at: what is unfinished is charged, and has its time from
    /// the moment on at which it began.
    fn settle(&mut self, socket: &mut Socket, now: Instant) -> Option<Inbound> {
        let held = self.partial.len() + self.joined.len();
        if held == 0 && !self.guard.is_within_message() {
            self.since = None;
        } else {
            self.since.get_or_insert(now);
        }
        if self.charge.set(held).is_err() {
            return Some(self.violation(CloseCode::Overloaded));
        }
        let allowance = self.guard.allowance(self.declared);
        socket.message_due = self.since.map(|since| since + allowance);
        socket
            .is_message_overdue(now)
            .then(|| self.violation(CloseCode::Protocol))
    }

    fn violation(&mut self, code: CloseCode) -> Inbound {
        self.finished = true;
        self.partial = BytesMut::new();
        self.joined = BytesMut::new();
        // What is given back has room.
        let _ = self.charge.set(0);
        Inbound::Violation(code)
    }
}

/// A close frame that RFC 6455 forbids.
#[derive(Debug, PartialEq, Eq)]
struct BadClose;

/// What a close frame's payload says; `None` if it has none. Codes that nobody may send, half a code
/// and a reason that is no UTF-8 are protocol errors (RFC 6455 §5.5.1, §7.4). Of the codes below 3000
/// those are known that the registry of IANA assigns.
fn close_reason(payload: &[u8]) -> Result<Option<CloseReason>, BadClose> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (code, reason) = payload.split_first_chunk().ok_or(BadClose)?;
    let code = u16::from_be_bytes(*code);
    // 1004 to 1006 and 1015 are reserved: they stand for closes without a frame.
    let is_allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    if !is_allowed || std::str::from_utf8(reason).is_err() {
        return Err(BadClose);
    }
    Ok(Some(CloseReason {
        code: code.into(),
        description: None,
    }))
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
                && let Some(frame) = this.next_frame()
            {
                this.frames_this_turn += 1;
                if this.frames_this_turn >= FRAMES_PER_TURN {
                    this.frames_this_turn = 0;
                    cx.waker().wake_by_ref();
                }
                return Poll::Ready(Some(frame));
            }
            if socket.is_paused() && !socket.is_closing() {
                // Nothing is read, so that TCP holds the client back, and its time stands still.
                this.since = None;
                socket.message_due = None;
                socket.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            // After a violation or a close the rest is read and thrown away until the peer ends.
            let discard = this.finished || socket.is_closing();
            match poll_read(&mut socket, cx, &mut this.partial, now) {
                Read::Some if discard => this.partial.clear(),
                Read::Some => {}
                Read::Pending => {
                    if !discard && let Some(violation) = this.settle(&mut socket, now) {
                        return Poll::Ready(Some(violation));
                    }
                    socket.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Read::End => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a close frame with this payload, if it may be sent.
    fn close(code: u16, reason: &[u8]) -> Result<Option<u16>, BadClose> {
        let payload = [&code.to_be_bytes(), reason].concat();
        close_reason(&payload).map(|reason| reason.map(|it| it.code.into()))
    }

    #[test]
    fn only_codes_that_clients_may_send_close_in_order() {
        let allowed: Vec<u16> = (0..=u16::MAX)
            .filter(|code| close(*code, b"bye") == Ok(Some(*code)))
            .collect();
        let expected: Vec<u16> = (1000..=1003)
            .chain(1007..=1014)
            .chain(3000..=4999)
            .collect();
        assert_eq!(allowed, expected);
        assert!((0..=u16::MAX).all(|code| allowed.contains(&code) || close(code, b"").is_err()));
    }

    #[test]
    fn half_a_code_and_a_reason_that_is_no_text_are_protocol_errors() {
        assert_eq!(close_reason(&[]), Ok(None));
        assert_eq!(close_reason(&[3]), Err(BadClose));
        assert_eq!(close(1000, &[0xff]), Err(BadClose));
        assert_eq!(close(1000, "schön".as_bytes()), Ok(Some(1000)));
    }
}
