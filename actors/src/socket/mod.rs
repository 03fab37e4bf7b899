//! One socket: its TCP stream, what lies unsent, and what it was sent of each conversation.
//!
//! Shared between the session actor (which reads and catches up) and the hub of the same thread
//! (which queues live events and writes). Both run on one thread, one turn at a time, so a
//! `RefCell` suffices and is never borrowed across an `.await`.
//!
//! Writing is tried at once; what the kernel does not take stays queued and goes out when the
//! stream is writable again. An idle socket holds no buffer.

pub mod guard;
pub mod inbound;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice};
use std::net::Shutdown;
use std::rc::Rc;
use std::task::Waker;
use std::time::Instant;

use actix_web_actors::ws::CloseReason;
use bytes::{Buf as _, Bytes};
use sentinal_protocol::CloseCode;
use tokio::net::TcpStream;

use crate::position::Positions;
use crate::wire;

/// Bytes that may lie unsent before a socket falls behind and reads from the log instead.
///
/// With the kernel's 64 KiB this bounds 10,000 stalled sockets to 3.2 GB.
pub const UNSENT_BYTES_MAX: usize = 256 * 1024;
/// Below this many unsent bytes a socket that is behind reads its next page.
pub const CATCH_UP_BELOW_BYTES: usize = 64 * 1024;
/// Frames handed to the kernel in one call.
const FRAMES_PER_WRITE: usize = 64;

/// A handle to a socket, for one thread.
pub type SharedSocket = Rc<RefCell<Socket>>;

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// It lives.
    No,
    /// A close frame is queued; the stream is shut down for writing once that is out.
    AfterFlush,
    /// Nothing more is written.
    Done,
}

/// The state of one socket.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and there are ten thousand sockets"
)]
pub struct Socket {
    stream: TcpStream,
    queue: VecDeque<Bytes>,
    unsent_bytes: usize,
    closing: Closing,
    /// Wakes the session's stream: to write when the kernel is ready, to read again, to catch up.
    waker: Option<Waker>,
    /// Set by whoever found the socket behind; the session takes it.
    wants_catch_up: bool,
    /// News of a state was dropped: it is asked for again once the socket has drained.
    missed_state: bool,
    /// Not to be read from: too many requests are unanswered.
    paused: bool,
    /// Not to be read from for a moment: the client says more than it should.
    slowed: bool,
    /// Not to be read from until what lies unsent is nearly out.
    draining: bool,
    /// Larger frames are allowed.
    authenticated: bool,
    /// When anything was last heard from the client.
    heard_at: Instant,
    /// When the kernel last took something, or nothing lay unsent.
    taken_at: Instant,
    /// When the message that is unfinished must be complete.
    message_due: Option<Instant>,
    /// What it was sent of each conversation.
    pub positions: Positions,
}

impl Socket {
    /// Over an upgraded stream.
    pub fn new(stream: TcpStream, now: Instant) -> Self {
        Self {
            stream,
            queue: VecDeque::new(),
            unsent_bytes: 0,
            closing: Closing::No,
            waker: None,
            wants_catch_up: false,
            missed_state: false,
            paused: false,
            slowed: false,
            draining: false,
            authenticated: false,
            heard_at: now,
            taken_at: now,
            message_due: None,
            positions: Positions::connecting(),
        }
    }

    /// Queues a frame; nothing is queued behind a close frame.
    pub fn queue(&mut self, frame: Bytes) {
        if self.closing == Closing::No {
            self.unsent_bytes += frame.len();
            self.queue.push_back(frame);
        }
    }

    /// Whether a live event may be queued.
    pub fn may_queue(&self) -> bool {
        self.closing == Closing::No && self.unsent_bytes < UNSENT_BYTES_MAX
    }

    /// Bytes that the kernel has not taken.
    pub fn unsent_bytes(&self) -> usize {
        self.unsent_bytes
    }

    /// Queues a close frame as the last one.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.queue(wire::close(code, reason));
        self.end();
    }

    /// Answers the client's close frame as the last one.
    pub fn close_echo(&mut self, reason: Option<CloseReason>) {
        self.queue(wire::close_echo(reason));
        self.end();
    }

    fn end(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::AfterFlush;
        }
        self.flush(Instant::now());
        self.wake();
    }

    /// Whether a close frame is queued or out.
    pub fn is_closing(&self) -> bool {
        self.closing != Closing::No
    }

    /// Writes what the kernel takes. Errors end the socket: the reader sees the end of the stream.
    pub fn flush(&mut self, now: Instant) {
        while !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&self.queue) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            match self
                .stream
                .try_write_vectored(slices.get(..count).unwrap_or_default())
            {
                Ok(taken) => {
                    self.taken_at = now;
                    self.forget_sent(taken);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // The session's stream waits for the kernel.
                    self.wake();
                    return;
                }
                Err(_) => {
                    self.abandon();
                    return;
                }
            }
        }
        self.taken_at = now;
        // An idle socket holds no buffer.
        if self.queue.capacity() > 0 {
            self.queue = VecDeque::new();
        }
        if self.closing == Closing::AfterFlush {
            self.closing = Closing::Done;
            self.shut_down(Shutdown::Write);
        }
    }

    fn forget_sent(&mut self, mut taken: usize) {
        self.unsent_bytes = self.unsent_bytes.saturating_sub(taken);
        if self.draining && self.unsent_bytes < CATCH_UP_BELOW_BYTES {
            self.draining = false;
            // What the client said meanwhile counts from now.
            self.heard_at = Instant::now();
            self.wake();
        }
        while taken > 0 {
            let Some(frame) = self.queue.front_mut() else {
                return;
            };
            if taken < frame.len() {
                frame.advance(taken);
                return;
            }
            taken -= frame.len();
            self.queue.pop_front();
        }
    }

    /// Gives the connection up without a word.
    pub fn abandon(&mut self) {
        self.closing = Closing::Done;
        self.queue = VecDeque::new();
        self.unsent_bytes = 0;
        self.shut_down(Shutdown::Both);
        self.wake();
    }

    fn shut_down(&self, how: Shutdown) {
        // It fails only if the peer was faster.
        let _ = socket2::SockRef::from(&self.stream).shutdown(how);
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Tells the session to read the log.
    pub fn want_catch_up(&mut self) {
        self.wants_catch_up = true;
        self.wake();
    }

    /// News of a state could not be queued.
    pub fn miss_state(&mut self) {
        self.missed_state = true;
        self.want_catch_up();
    }

    /// Whether news of a state was dropped since this was last asked.
    pub fn take_missed_state(&mut self) -> bool {
        std::mem::take(&mut self.missed_state)
    }

    /// Stops or resumes reading from the client: too many of its requests are unanswered.
    pub fn set_paused(&mut self, paused: bool) {
        let resumed = self.paused && !paused;
        self.paused = paused;
        if resumed {
            self.wake();
        }
    }

    /// Stops or resumes reading from the client: it says more than it should.
    pub fn set_slowed(&mut self, slowed: bool) {
        let resumed = self.slowed && !slowed;
        self.slowed = slowed;
        if resumed {
            // What it said meanwhile counts from now.
            self.heard_at = Instant::now();
            self.wake();
        }
    }

    /// Does not read from the client until it has taken what lies unsent.
    pub fn pause_until_drained(&mut self) {
        self.draining = true;
    }

    /// Whether the client is not read from, so that its silence means nothing.
    pub fn is_paused(&self) -> bool {
        self.paused || self.slowed || self.draining
    }

    /// Allows frames of full size from now on.
    pub fn set_authenticated(&mut self) {
        self.authenticated = true;
    }

    /// Whether a message has been arriving for too long.
    pub fn is_message_overdue(&self, now: Instant) -> bool {
        self.message_due.is_some_and(|due| now >= due)
    }

    /// When anything was last heard from the client.
    pub fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// When the kernel last took something, or nothing lay unsent.
    pub fn taken_at(&self) -> Instant {
        self.taken_at
    }
}
