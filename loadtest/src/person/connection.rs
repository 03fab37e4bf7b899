//! The connection of somebody: opened with the own positions, read in batches, written by a task.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt as _, AsyncContext as _, Context, WrapFuture as _};
use futures_util::FutureExt as _;
use rand::RngExt as _;
use sentinal_client::{Client, ClientError, RawFrame, RawReader, RawSocket, RawWriter};
use sentinal_protocol::ConversationId;
use sentinal_protocol::event::ServerEvent;
use sentinal_protocol::frame::{Ack, ClientFrame, Sync};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::{Person, Phase};
use crate::board::Fault;

/// Frames that wait to be written: a full window of requests, acknowledgements beside it.
const FRAMES_LEN: usize = 256;
/// Frames that are judged in one turn, if so many have come.
const BATCH_MAX: usize = 64;
/// How long a connection may take until `hello`, its turn included.
const CONNECT_PATIENCE: Duration = Duration::from_secs(30);
/// Acknowledgements are gathered for so long, as clients do.
const ACK_EVERY: Duration = Duration::from_millis(250);
/// Pause before the first and before every later try to connect again.
const AGAIN_FIRST: Duration = Duration::from_millis(250);
/// The longest of them.
const AGAIN_MAX: Duration = Duration::from_secs(4);
/// Tries in a row after which somebody counts as unreachable.
const FAILURES_MAX: u32 = 20;

/// Ids up to here belong to what opens a connection; nobody waits for their answers.
pub(super) const OWN_IDS: u64 = 100;

/// What was asked under an id.
pub(super) enum Asked {
    /// Sending the message of this number.
    Send(u64),
    /// Marking this conversation as read.
    Mark(ConversationId),
}

/// A live connection.
pub(super) struct Link {
    frames: mpsc::Sender<(Option<u64>, ClientFrame)>,
    /// Here while nobody waits for a frame.
    reader: Option<RawReader>,
    last_id: u64,
    /// What is not answered yet.
    pub(super) asked: HashMap<u64, Asked>,
    /// Has caught up.
    pub(super) live: bool,
}

impl Link {
    /// Sends a frame that only a refusal answers; whether there was room for it.
    pub(super) fn say(&mut self, frame: ClientFrame) -> bool {
        self.frames.try_send((None, frame)).is_ok()
    }

    /// Sends a frame that is answered; whether there was room for it.
    pub(super) fn ask(&mut self, frame: ClientFrame, asked: Asked) -> bool {
        self.last_id += 1;
        if self.frames.try_send((Some(self.last_id), frame)).is_err() {
            return false;
        }
        self.asked.insert(self.last_id, asked);
        true
    }
}

impl Person {
    /// Connects, when it is their turn among those who do.
    pub(super) fn connect(&mut self, ctx: &mut Context<Self>) {
        if self.link.is_some() || self.away {
            return;
        }
        self.generation += 1;
        let generation = self.generation;
        let opening = open(
            self.client.clone(),
            self.log.cursors(),
            Arc::clone(&self.world.connecting),
        );
        let opening = async move {
            let opened = timeout(CONNECT_PATIENCE, opening).await;
            opened.unwrap_or(Err(ClientError::Timeout))
        };
        let then = move |opened, person: &mut Self, ctx: &mut Context<Self>| {
            if generation != person.generation {
                return;
            }
            match opened {
                Ok(socket) => person.connected(socket, ctx),
                Err(error) => person.not_connected(&error, ctx),
            }
        };
        ctx.spawn(opening.into_actor(self).map(then));
    }

    fn connected(&mut self, socket: RawSocket, ctx: &mut Context<Self>) {
        self.failures = 0;
        let (reader, writer) = socket.split();
        let (frames, queue) = mpsc::channel(FRAMES_LEN);
        ctx.spawn(write(writer, queue).into_actor(self));
        self.link = Some(Link {
            frames,
            reader: Some(reader),
            last_id: OWN_IDS,
            asked: HashMap::new(),
            live: false,
        });
        self.read(ctx);
    }

    fn not_connected(&mut self, error: &ClientError, ctx: &mut Context<Self>) {
        self.failures += 1;
        let what = match error {
            ClientError::Api { code, .. } => code.clone(),
            ClientError::Closed { code, .. } => format!("closed {code}"),
            ClientError::Timeout => "timeout".to_owned(),
            ClientError::Transport(_) => "transport".to_owned(),
            ClientError::Decode(_) => "decode".to_owned(),
            ClientError::NotSignedIn => "not signed in".to_owned(),
        };
        self.world.board.refused(format!("connect: {what}"));
        if self.failures >= FAILURES_MAX {
            let number = self.number;
            self.world.board.fault(Fault::Unreachable, || {
                format!("person {number} could not connect: {what}")
            });
            return;
        }
        self.come_back(ctx);
    }

    /// Tries again after a pause that grows.
    fn come_back(&mut self, ctx: &mut Context<Self>) {
        let doubled = AGAIN_FIRST * 2_u32.pow(self.failures.min(4));
        let pause = doubled
            .min(AGAIN_MAX)
            .mul_f64(self.rng.random_range(0.5..1.0));
        ctx.run_later(pause, Self::connect);
    }

    /// Waits for the next frames and judges them.
    pub(super) fn read(&mut self, ctx: &mut Context<Self>) {
        if self.paused {
            return;
        }
        let Some(mut reader) = self.link.as_mut().and_then(|link| link.reader.take()) else {
            return;
        };
        let generation = self.generation;
        let reading = async move {
            let mut frames = vec![reader.next().await];
            while frames.len() < BATCH_MAX
                && !matches!(frames.last(), Some(RawFrame::Closed(..)))
                && let Some(frame) = reader.next().now_or_never()
            {
                frames.push(frame);
            }
            (reader, frames)
        };
        let then = move |(reader, frames): (RawReader, Vec<RawFrame>),
                         person: &mut Self,
                         ctx: &mut Context<Self>| {
            // A connection that was left is not looked at any more: what came on it comes again.
            if generation != person.generation || person.link.is_none() {
                return;
            }
            for frame in frames {
                if let RawFrame::Closed(code, reason) = frame {
                    person.closed(code, &reason, ctx);
                    return;
                }
                person.frame_came(frame, ctx);
            }
            if let Some(link) = &mut person.link {
                link.reader = Some(reader);
            }
            person.read(ctx);
        };
        ctx.spawn(reading.into_actor(self).map(then));
    }

    /// The server, or the network, has ended the connection.
    fn closed(&mut self, code: u16, reason: &str, ctx: &mut Context<Self>) {
        self.drop_link();
        if self.phase == Phase::Ending && self.away {
            return;
        }
        let mut what = format!("closed {code}");
        if code == 1006 && !reason.is_empty() {
            what = format!("{what}: {reason}");
        }
        self.world.board.disconnected(what);
        self.come_back(ctx);
    }

    /// Ends the connection.
    pub(super) fn hang_up(&mut self) {
        self.acknowledge();
        self.drop_link();
    }

    fn drop_link(&mut self) {
        self.generation += 1;
        if let Some(link) = self.link.take()
            && link.live
        {
            self.world.board.live.sub(1);
        }
        self.outbox.all_again();
        self.log.marks_ended();
    }

    /// Acknowledges in a moment, together with what else will be due.
    pub(super) fn acknowledge_soon(&mut self, ctx: &mut Context<Self>) {
        if self.acking.is_none() {
            let later = ctx.run_later(ACK_EVERY, |person, _| {
                person.acking = None;
                person.acknowledge();
            });
            self.acking = Some(later);
        }
    }

    fn acknowledge(&mut self) {
        let Some(link) = &mut self.link else { return };
        for (conversation_id, revision) in self.log.acks() {
            // One that finds no room is made up for by the next one of its conversation.
            link.say(ClientFrame::Ack(Ack {
                conversation_id,
                revision,
            }));
        }
    }
}

/// Opens a socket that resumes at these positions, up to its `hello`.
async fn open(
    client: Client,
    cursors: HashMap<ConversationId, u64>,
    connecting: Arc<Semaphore>,
) -> Result<RawSocket, ClientError> {
    // The semaphore is never closed.
    let _permit = connecting.acquire_owned().await.ok();
    let mut socket = RawSocket::connect_to_resume(&client).await?;
    socket.send(ClientFrame::Sync(Sync { cursors })).await?;
    loop {
        match socket.next().await {
            RawFrame::Frame(frame) => match &frame.event {
                ServerEvent::Hello(_) => return Ok(socket),
                ServerEvent::Error(error) => {
                    return Err(ClientError::Closed {
                        code: 0,
                        reason: error.code.clone(),
                    });
                }
                // Its own `ok` for `sync`, should it ever answer one.
                _ => {}
            },
            RawFrame::Other(bytes) => {
                let what = format!("{} bytes that are no frame", bytes.len());
                return Err(ClientError::Decode(what.into()));
            }
            RawFrame::Closed(code, reason) => return Err(ClientError::Closed { code, reason }),
        }
    }
}

/// Writes what is queued until nobody queues any more, then closes.
async fn write(mut writer: RawWriter, mut queue: mpsc::Receiver<(Option<u64>, ClientFrame)>) {
    while let Some((id, frame)) = queue.recv().await {
        if writer.send(id, frame).await.is_err() {
            // Whoever reads hears of the end.
            return;
        }
    }
    // The other side may be gone already.
    let _ = writer.close().await;
}
