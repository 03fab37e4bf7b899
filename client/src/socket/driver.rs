//! The task behind a [`super::Socket`]: owns the connection, and connects again when it ends.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use sentinal_protocol::ErrorCode;
use sentinal_protocol::event::{ErrorAnswer, Hello, ServerEvent, ServerFrame};
use sentinal_protocol::frame::{Auth, ClientFrame, Sync};
use sentinal_protocol::limits::{HEARTBEAT_SECONDS, IN_FLIGHT_MAX, SILENCE_SECONDS_MAX};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::backoff::{Backoff, Ended, Next};
use super::handshake::{Connection, Handshake, write};
use super::positions::{Span, Verdict};
use super::raw::BROKEN;
use super::{Command, Reply, Resume, Shared, SocketEvent, SocketOptions};
use crate::{Client, ClientError, Login};

/// Acks are gathered for so long.
const ACK_EVERY: Duration = Duration::from_millis(250);
/// How long the server may take from the upgrade to `hello`: its 5 s of waiting for `sync`, and
/// a database that is slow.
const HELLO_TIMEOUT: Duration = Duration::from_secs(15);
/// Silence after which a connection is dead: the server pings, and would close, before that.
const SILENCE_MAX: Duration = Duration::from_secs(SILENCE_SECONDS_MAX + HEARTBEAT_SECONDS);
/// How long a close may take, both ways.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

type Answer = oneshot::Sender<Result<Reply, ClientError>>;
type Renewal = Pin<Box<dyn Future<Output = Result<Arc<Login>, ClientError>> + Send>>;

pub(super) struct Driver {
    client: Client,
    options: SocketOptions,
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<SocketEvent>,
    backoff: Backoff,
    connection: Option<Connection>,
    /// Requests under way on the present connection, by id.
    pending: HashMap<u64, Answer>,
    last_id: u64,
    /// Events that wait for room in the queue; the connection is read only while there are none.
    outbox: VecDeque<SocketEvent>,
    /// A new token on its way, for `auth:expiring`.
    renewal: Option<Renewal>,
}

/// Why a connection is not used any more.
enum Over {
    /// It ended.
    Ended(Ended),
    /// The program closed the socket.
    Left,
}

impl Driver {
    pub fn new(
        client: Client,
        options: SocketOptions,
        shared: Arc<Shared>,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<SocketEvent>,
    ) -> Self {
        Self {
            client,
            options,
            shared,
            commands,
            events,
            backoff: Backoff::default(),
            connection: None,
            pending: HashMap::new(),
            last_id: 0,
            outbox: VecDeque::new(),
            renewal: None,
        }
    }

    /// Makes a connection and waits for its `hello`.
    pub async fn connect(&mut self) -> Result<Hello, ClientError> {
        let secret = self.client.secret_for(self.options.authenticate).await?;
        let resume_client = matches!(self.options.resume, Resume::Client(_));
        let handshake = Handshake {
            base: self.client.base_url(),
            local_address: self.client.local_address(),
            credentials: Some((self.options.authenticate, &secret)),
            resume_client,
        };
        let opening = async {
            let mut connection = handshake.open().await?;
            self.shared.positions().begin_socket();
            if resume_client {
                let cursors = self.shared.positions().cursors();
                write(&mut connection, None, ClientFrame::Sync(Sync { cursors })).await?;
            }
            let (hello, frame) = hello(&mut connection).await?;
            Ok::<_, ClientError>((connection, hello, frame))
        };
        let (connection, hello, frame) = timeout(HELLO_TIMEOUT, opening)
            .await
            .map_err(|_| ClientError::Timeout)??;
        self.connection = Some(connection);
        self.outbox.push_back(SocketEvent::Frame(Box::new(frame)));
        Ok(hello)
    }

    /// Until the program closes the socket or the server says not to come back.
    pub async fn run(mut self) {
        loop {
            let ended = match self.connection.take() {
                Some(connection) => match self.serve(connection).await {
                    Over::Ended(ended) => ended,
                    Over::Left => return,
                },
                None => match self.connect().await {
                    Ok(_) => continue,
                    Err(error) => ended_by(&error),
                },
            };
            self.renewal = None;
            for (_, answer) in self.pending.drain() {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(Err(closed_by(&ended)));
            }
            let next = if self.options.reconnect {
                self.backoff.next(&ended, rand::random())
            } else {
                Next::Stop
            };
            let pause = match next {
                Next::After(pause) => Some(pause),
                Next::Refresh => Some(Duration::ZERO),
                Next::Stop => None,
            };
            tracing::debug!(?ended, ?next, "the connection has ended");
            self.outbox
                .push_back(SocketEvent::Disconnected { ended, pause });
            if self.rest(pause.unwrap_or_default()).await.is_break() || pause.is_none() {
                return;
            }
            if next == Next::Refresh {
                self.refresh().await;
            }
        }
    }

    /// Renews the token. Where the server refuses, the next attempt is made with the old token,
    /// refused again, and the last.
    async fn refresh(&mut self) {
        match self.client.refresh().await {
            Ok(_) | Err(ClientError::Api { .. } | ClientError::NotSignedIn) => {}
            Err(error) => {
                tracing::debug!(%error, "the token could not be renewed");
                self.backoff.not_refreshed();
            }
        }
    }

    /// Hands out what waits for room, and lets the pause pass; ends early if the program leaves.
    async fn rest(&mut self, pause: Duration) -> ControlFlow<()> {
        let until = Instant::now() + pause;
        while let Some(event) = self.outbox.pop_front() {
            if self.events.send(event).await.is_err() {
                return ControlFlow::Break(());
            }
        }
        tokio::select! {
            () = sleep_until(until) => ControlFlow::Continue(()),
            () = self.events.closed() => ControlFlow::Break(()),
        }
    }

    /// Serves one connection until it is over.
    async fn serve(&mut self, mut connection: Connection) -> Over {
        let shared = Arc::clone(&self.shared);
        let events = self.events.clone();
        let mut ack_at: Option<Instant> = None;
        let mut silent_since = Instant::now();
        loop {
            let step = tokio::select! {
                room = events.reserve(), if !self.outbox.is_empty() => {
                    let Ok(room) = room else {
                        leave(&shared, &mut connection).await;
                        return Over::Left;
                    };
                    if let Some(event) = self.outbox.pop_front() {
                        room.send(event);
                    }
                    silent_since = Instant::now();
                    Ok(())
                }
                () = events.closed() => {
                    leave(&shared, &mut connection).await;
                    return Over::Left;
                }
                message = connection.next(), if self.outbox.is_empty() => {
                    silent_since = Instant::now();
                    match self.receive(message) {
                        ControlFlow::Continue(()) => Ok(()),
                        ControlFlow::Break(ended) => return Over::Ended(ended),
                    }
                }
                command = self.commands.recv(), if self.has_room() => {
                    let Some(command) = command else {
                        leave(&shared, &mut connection).await;
                        return Over::Left;
                    };
                    self.send(&mut connection, command).await
                }
                () = shared.taken.notified() => {
                    ack_at.get_or_insert_with(|| Instant::now() + ACK_EVERY);
                    Ok(())
                }
                () = at(ack_at), if ack_at.is_some() => {
                    ack_at = None;
                    acknowledge(&shared, &mut connection).await
                }
                renewed = renewed(&mut self.renewal), if self.renewal.is_some() => {
                    self.renewal = None;
                    match renewed {
                        Ok(login) => authenticate(&mut connection, &login).await,
                        // The token ends with 4401, which is where it is tried again.
                        Err(_) => Ok(()),
                    }
                }
                () = sleep_until(silent_since + SILENCE_MAX), if self.outbox.is_empty() => {
                    return Over::Ended(Ended::Broken);
                }
            };
            if step.is_err() {
                // What the server said before it went away, a close code above all, still counts.
                return Over::Ended(self.drain(&mut connection).await);
            }
        }
    }

    /// Whether another request may be under way. Those that nobody waits for any more do not count.
    fn has_room(&mut self) -> bool {
        if self.pending.len() >= IN_FLIGHT_MAX {
            self.pending.retain(|_, answer| !answer.is_closed());
        }
        self.pending.len() < IN_FLIGHT_MAX
    }

    async fn send(
        &mut self,
        connection: &mut Connection,
        command: Command,
    ) -> Result<(), ClientError> {
        match command {
            Command::Send(frame) => write(connection, None, frame).await,
            Command::Request(frame, answer) => {
                self.last_id += 1;
                self.pending.insert(self.last_id, answer);
                write(connection, Some(self.last_id), frame).await
            }
        }
    }

    /// Reads what is left of a connection that cannot be written to.
    async fn drain(&mut self, connection: &mut Connection) -> Ended {
        let reading = async {
            loop {
                let message = connection.next().await;
                if let ControlFlow::Break(ended) = self.receive(message) {
                    return ended;
                }
            }
        };
        timeout(CLOSE_TIMEOUT, reading)
            .await
            .unwrap_or(Ended::Broken)
    }

    /// Takes in one message of the connection; breaks with the reason when it has ended.
    fn receive<E>(&mut self, message: Option<Result<Message, E>>) -> ControlFlow<Ended> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(Some(frame)))) => {
                return ControlFlow::Break(Ended::Closed {
                    code: frame.code.into(),
                    reason: frame.reason.to_string(),
                });
            }
            Some(Ok(
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
            )) => {
                return ControlFlow::Continue(());
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => {
                return ControlFlow::Break(Ended::Broken);
            }
        };
        match ServerFrame::read(&text) {
            Ok(frame) => self.receive_frame(frame),
            Err(error) => {
                // A newer server may say what this library does not understand.
                tracing::debug!(%error, "a frame that is none was left out");
                ControlFlow::Continue(())
            }
        }
    }

    fn receive_frame(&mut self, frame: ServerFrame) -> ControlFlow<Ended> {
        if let Some(id) = answered(&frame.event)
            && let Some(answer) = self.pending.remove(&id)
        {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(reply(frame.event));
            return ControlFlow::Continue(());
        }
        if let Some(span) = Span::of(&frame) {
            let verdict = self.shared.positions().receive(span);
            match verdict {
                Verdict::New => {}
                Verdict::Repeated => return ControlFlow::Continue(()),
                Verdict::Missing { .. } if self.options.reconnect => {
                    return ControlFlow::Break(Ended::Hole);
                }
                Verdict::Missing { from, to } | Verdict::Lost { from, to } => {
                    // Without a second socket the first one's word is final.
                    self.shared.positions().move_to(span);
                    self.outbox.push_back(SocketEvent::Lost {
                        conversation_id: span.conversation_id,
                        from,
                        to,
                    });
                }
            }
        }
        match &frame.event {
            ServerEvent::SyncComplete(_) => self.backoff.settled(),
            ServerEvent::ServerDraining(draining) => {
                let pause = Duration::from_millis(draining.reconnect_after_ms);
                self.backoff.asked_to_wait(pause);
            }
            ServerEvent::AuthExpiring(_) => {
                let client = self.client.clone();
                self.renewal = Some(Box::pin(async move { client.refresh().await }));
            }
            // The rest is for the program alone.
            _ => {}
        }
        self.outbox.push_back(SocketEvent::Frame(Box::new(frame)));
        ControlFlow::Continue(())
    }
}

async fn acknowledge(shared: &Shared, connection: &mut Connection) -> Result<(), ClientError> {
    let due = shared.positions().acks_due();
    for ack in due {
        write(connection, None, ClientFrame::Ack(ack)).await?;
    }
    Ok(())
}

/// Acknowledges what was taken and closes. Errors do not matter: the server keeps the cursor.
async fn leave(shared: &Shared, connection: &mut Connection) {
    let closing = async {
        if acknowledge(shared, connection).await.is_ok() {
            let _ = connection.close(None).await;
            while let Some(Ok(message)) = connection.next().await {
                if message.is_close() {
                    break;
                }
            }
        }
    };
    let _ = timeout(CLOSE_TIMEOUT, closing).await;
}

/// Reads up to `hello`; nothing else that comes before it is of interest, unless it is an error.
async fn hello(connection: &mut Connection) -> Result<(Hello, ServerFrame), ClientError> {
    loop {
        let text = match connection.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(Some(frame)))) => {
                return Err(ClientError::Closed {
                    code: frame.code.into(),
                    reason: frame.reason.to_string(),
                });
            }
            Some(Ok(Message::Close(None))) | None => return Err(closed_by(&Ended::Broken)),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return Err(ClientError::transport(error)),
        };
        let frame = ServerFrame::read(&text).map_err(ClientError::decode)?;
        match &frame.event {
            ServerEvent::Hello(hello) => return Ok((hello.clone(), frame)),
            ServerEvent::Error(error) => return Err(refusal(error.clone())),
            _ => {}
        }
    }
}

async fn authenticate(connection: &mut Connection, login: &Login) -> Result<(), ClientError> {
    let auth = ClientFrame::Auth(Auth {
        token: format!("Bearer {}", login.access_token),
        resume: None,
    });
    write(connection, None, auth).await
}

/// The id of the request that this answers.
fn answered(event: &ServerEvent) -> Option<u64> {
    let id = match event {
        ServerEvent::Ok(answer) => Some(&answer.id),
        ServerEvent::Error(answer) => answer.id.as_ref(),
        ServerEvent::Pong(answer) => answer.id.as_ref(),
        ServerEvent::AuthOk(answer) => answer.id.as_ref(),
        _ => None,
    };
    id?.as_u64()
}

/// What `ok`, `error` or another answer under an id means to whoever asked.
fn reply(event: ServerEvent) -> Result<Reply, ClientError> {
    match event {
        ServerEvent::Error(error) => Err(refusal(error)),
        ServerEvent::Ok(answer) => Ok(Reply {
            duplicate: answer.duplicate,
            data: answer.data,
        }),
        // That it came is all it says.
        _ => Ok(Reply::default()),
    }
}

fn refusal(error: ErrorAnswer) -> ClientError {
    ClientError::Api {
        status: ErrorCode::parse(&error.code).map_or(0, ErrorCode::status),
        error: error.error,
        details: error.details.map(Box::new),
        retry_after: error.retry_after_ms.map(Duration::from_millis),
        request_id: None,
        code: error.code,
    }
}

/// How an attempt to connect ended.
fn ended_by(error: &ClientError) -> Ended {
    match error {
        ClientError::Api {
            status,
            retry_after,
            ..
        } => Ended::Refused {
            status: *status,
            retry_after: *retry_after,
        },
        ClientError::Closed { code, .. } if *code == BROKEN => Ended::Broken,
        ClientError::Closed { code, reason } => Ended::Closed {
            code: *code,
            reason: reason.clone(),
        },
        ClientError::NotSignedIn => Ended::Refused {
            status: ErrorCode::Forbidden.status(),
            retry_after: None,
        },
        ClientError::Timeout | ClientError::Transport(_) | ClientError::Decode(_) => Ended::Broken,
    }
}

/// What the end of the connection is to a request that was under way.
fn closed_by(ended: &Ended) -> ClientError {
    match ended {
        Ended::Closed { code, reason } => ClientError::Closed {
            code: *code,
            reason: reason.clone(),
        },
        Ended::Refused { .. } | Ended::Broken | Ended::Hole => ClientError::Closed {
            code: BROKEN,
            reason: String::new(),
        },
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn renewed(renewal: &mut Option<Renewal>) -> Result<Arc<Login>, ClientError> {
    match renewal {
        Some(renewal) => renewal.await,
        None => std::future::pending().await,
    }
}
