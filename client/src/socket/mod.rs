//! The WebSocket that stays up by itself, and the bare one.
//!
//! A [`Socket`] is a task that owns the connection, and two bounded queues to it: frames out,
//! events in. When the program does not read its events the task does not read from the
//! connection, and the server keeps the rest; nothing is lost and nothing piles up here. What
//! decides is pure and apart from it: [`Positions`] (new, repeated, missing, acknowledged) and
//! [`Backoff`] (whether and when to come back).

mod backoff;
mod driver;
mod handshake;
mod positions;
mod raw;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use sentinal_protocol::api::Success;
use sentinal_protocol::api::control::{ControlFrame, SentControl};
use sentinal_protocol::api::messages::{SendMessageRequest, SentMessage};
use sentinal_protocol::event::{Hello, ServerFrame};
use sentinal_protocol::frame::ClientFrame;
use sentinal_protocol::{ConversationId, MessageId, frame};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

pub use backoff::{Backoff, Ended, Next};
pub use handshake::Authenticate;
pub use positions::{Positions, Span, Verdict};
pub use raw::{RawFrame, RawReader, RawSocket, RawWriter};

use crate::{Client, ClientError};

/// Frames of the program that wait to be sent. Enough for a full window of requests; past it
/// sending waits.
const COMMANDS_LEN: usize = 64;
/// What an answer without data holds.
const NULL: &str = "null";
/// How long an answer on the socket may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a socket's replay starts.
#[derive(Clone, Debug, Default)]
pub enum Resume {
    /// At the cursors that the server keeps of what this device has acknowledged.
    #[default]
    Server,
    /// At these positions of the client's own, which count as acknowledged.
    Client(HashMap<ConversationId, u64>),
}

/// Who acknowledges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// The socket, once the program asks for the next event, or closes it: by then the program has
    /// handled the one before. An event in whose middle the program dies comes again. A program that
    /// passes events on to another task, and asks for the next one meanwhile, needs
    /// [`Acknowledge::ByHand`].
    #[default]
    WhenHandled,
    /// The socket, as soon as the program takes an event from it. What the program takes and does not
    /// finish is lost: for tools that keep nothing.
    WhenTaken,
    /// The program, with [`SocketSender::ack`].
    ByHand,
}

/// How a socket behaves.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    /// How it says who it is.
    pub authenticate: Authenticate,
    /// Where its replay starts.
    pub resume: Resume,
    /// Who acknowledges.
    pub acknowledge: Acknowledge,
    /// Whether it comes back after the connection has ended.
    pub reconnect: bool,
    /// Events that wait to be taken; past it the connection is not read.
    pub events_len: usize,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            authenticate: Authenticate::default(),
            resume: Resume::default(),
            acknowledge: Acknowledge::default(),
            reconnect: true,
            // A few pages of a replay: enough to keep both sides busy, 1 MiB of small frames.
            events_len: 1024,
        }
    }
}

/// What a socket has to tell.
#[derive(Clone, Debug)]
pub enum SocketEvent {
    /// The server said something. Durable events come once each, in their order.
    Frame(Box<ServerFrame>),
    /// These revisions did not come on two sockets in a row and are given up: read the
    /// conversation's state over REST.
    Lost {
        /// The conversation.
        conversation_id: ConversationId,
        /// First lost revision.
        from: u64,
        /// Last lost revision.
        to: u64,
    },
    /// The connection has ended; the socket comes back after the pause, or stays closed.
    Disconnected {
        /// How it ended.
        ended: Ended,
        /// How long until the next attempt; `None` if there will be none.
        pause: Option<Duration>,
    },
}

/// What the program asks of the task.
enum Command {
    /// Send without asking for an answer.
    Send(ClientFrame),
    /// Send under an id; the answer goes into the channel.
    Request(ClientFrame, oneshot::Sender<Result<Reply, ClientError>>),
}

/// A frame's `ok`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    pub(crate) duplicate: bool,
    pub(crate) data: Option<Box<RawValue>>,
}

/// What the task and the program both touch.
struct Shared {
    positions: Mutex<Positions>,
    /// Rung when something was taken and an ack may be due.
    taken: Notify,
}

impl Shared {
    fn positions(&self) -> MutexGuard<'_, Positions> {
        self.positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that stays up by itself: a stream of [`SocketEvent`]s that ends when it will not come
/// back. Dropping it closes it.
pub struct Socket {
    sender: SocketSender,
    events: mpsc::Receiver<SocketEvent>,
    acknowledge: Acknowledge,
    /// What the program has taken and not yet handled, for [`Acknowledge::WhenHandled`].
    in_hand: Option<Span>,
    hello: Hello,
    task: JoinHandle<()>,
}

impl Client {
    /// Opens a socket; answers once the server has said `hello` on it.
    pub async fn connect(&self, options: SocketOptions) -> Result<Socket, ClientError> {
        let positions = match &options.resume {
            Resume::Server => Positions::default(),
            Resume::Client(cursors) => Positions::starting_at(cursors),
        };
        let shared = Arc::new(Shared {
            positions: Mutex::new(positions),
            taken: Notify::new(),
        });
        let (commands, command_queue) = mpsc::channel(COMMANDS_LEN);
        let (event_queue, events) = mpsc::channel(options.events_len.max(1));
        let acknowledge = options.acknowledge;
        let mut driver = driver::Driver::new(
            self.clone(),
            options,
            Arc::clone(&shared),
            command_queue,
            event_queue,
        );
        let hello = driver.connect().await?;
        Ok(Socket {
            sender: SocketSender { commands, shared },
            events,
            acknowledge,
            in_hand: None,
            hello,
            task: tokio::spawn(driver.run()),
        })
    }
}

impl Socket {
    /// What the server said first on the first connection.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// A handle to send with, from anywhere. The socket closes when all of them are gone too.
    pub fn sender(&self) -> SocketSender {
        self.sender.clone()
    }

    /// The next event, `None` once the socket is closed for good.
    pub async fn next_event(&mut self) -> Option<SocketEvent> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next frame of the server, whatever else happens; `None` once the socket is closed for
    /// good.
    pub async fn next_frame(&mut self) -> Option<ServerFrame> {
        loop {
            match self.next_event().await? {
                SocketEvent::Frame(frame) => return Some(*frame),
                SocketEvent::Lost { .. } | SocketEvent::Disconnected { .. } => {}
            }
        }
    }

    /// Acknowledges what was taken (unless that is done by hand), closes, and drops what was not taken.
    pub async fn close(mut self) {
        self.put_down();
        let Self {
            sender,
            mut events,
            task,
            ..
        } = self;
        drop(sender);
        events.close();
        // The task ends by itself now; that it panicked has nothing to tell a caller who leaves.
        let _ = task.await;
    }
}

impl Socket {
    /// What the program had in hand is handled.
    fn put_down(&mut self) {
        if let Some(span) = self.in_hand.take() {
            self.sender.ack(span.conversation_id, span.last);
        }
    }
}

impl Stream for Socket {
    type Item = SocketEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SocketEvent>> {
        self.put_down();
        let event = std::task::ready!(self.events.poll_recv(cx));
        if let Some(SocketEvent::Frame(frame)) = &event
            && let Some(span) = Span::of(frame)
        {
            match self.acknowledge {
                Acknowledge::WhenHandled => self.in_hand = Some(span),
                Acknowledge::WhenTaken => self.sender.ack(span.conversation_id, span.last),
                Acknowledge::ByHand => {}
            }
        }
        Poll::Ready(event)
    }
}

/// Sends on a [`Socket`]. While it is reconnecting, what is sent waits.
#[derive(Clone)]
pub struct SocketSender {
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
}

impl SocketSender {
    /// Sends without waiting for an answer; an error of the server comes as an event.
    pub async fn send(&self, frame: ClientFrame) -> Result<(), ClientError> {
        self.commands
            .send(Command::Send(frame))
            .await
            .map_err(|_| closed())
    }

    /// Sends and waits for `ok` (its `data`, `null` if it has none) or `error`. The answer comes
    /// through the same connection as events do: whoever waits here must not be the only one who
    /// takes events, or a full queue of them holds it up.
    pub async fn request<T: DeserializeOwned>(&self, frame: ClientFrame) -> Result<T, ClientError> {
        self.ask(frame).await.map(|answer| answer.data)
    }

    /// `message:send`: the same as [`Client::send_message`].
    pub async fn send_message(
        &self,
        request: SendMessageRequest,
    ) -> Result<Success<SentMessage>, ClientError> {
        self.ask(ClientFrame::MessageSend(Box::new(request))).await
    }

    /// `control:send`: the same as [`Client::send_control`].
    pub async fn send_control(
        &self,
        request: ControlFrame,
    ) -> Result<Success<SentControl>, ClientError> {
        self.ask(ClientFrame::ControlSend(Box::new(request))).await
    }

    /// `message:read`: this message and all before it are read.
    pub async fn mark_read(&self, message_id: MessageId) -> Result<(), ClientError> {
        let mark = frame::Mark { message_id };
        self.request(ClientFrame::MessageRead(mark)).await
    }

    /// This device has everything of the conversation up to `revision`. It is sent within 250 ms,
    /// together with what else is acknowledged by then.
    pub fn ack(&self, conversation_id: ConversationId, revision: u64) {
        self.shared.positions().take(conversation_id, revision);
        self.shared.taken.notify_one();
    }

    /// Up to where the program has each conversation, to store for a later [`Resume::Client`].
    pub fn cursors(&self) -> HashMap<ConversationId, u64> {
        self.shared.positions().cursors()
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        frame: ClientFrame,
    ) -> Result<Success<T>, ClientError> {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.commands
                .send(Command::Request(frame, answer))
                .await
                .map_err(|_| closed())?;
            answered.await.map_err(|_| closed())?
        };
        let reply = tokio::time::timeout(ANSWER_TIMEOUT, asked)
            .await
            .map_err(|_| ClientError::Timeout)??;
        let data = reply.data.as_deref().map_or(NULL, RawValue::get);
        let data = serde_json::from_str(data).map_err(ClientError::decode)?;
        Ok(Success {
            success: true,
            duplicate: reply.duplicate,
            data,
        })
    }
}

/// The socket has closed for good.
fn closed() -> ClientError {
    ClientError::Closed {
        code: raw::BROKEN,
        reason: "the socket is closed".to_owned(),
    }
}
