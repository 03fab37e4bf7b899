//! The session actor: one connected socket of one device.
//!
//! - **State** — who it is, what it is doing for its client. What the socket was sent and what lies
//!   unsent is in [`sentinal_actors::socket`], shared with the hub.
//! - **Messages in** — frames of the socket (a stream), [`ToSession`].
//! - **Messages out** — to the journal, to rooms ([`ToRoom::Join`], [`ToRoom::Leave`]), to
//!   [`crate::presence`].
//! - **Lifecycle** — from the upgrade to the end of the connection.
//! - **Supervisor** — none: a panic ends this session only, and its client comes back.
//! - **Backpressure** — up to [`IN_FLIGHT_MAX`](sentinal_protocol::limits::IN_FLIGHT_MAX) requests unanswered, then the socket is not read
//!   from; one page of the log at a time, and only while little lies unsent.
//! - **Invariants** — a turn does no I/O but writes that cannot block; requests enter the journal
//!   in the order they came; nothing is sent before `hello` but answers to `auth` and `ping`.

mod budgets;
mod calls;
mod catch_up;
mod connect;
mod presence;
mod requests;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::BytesMut;
use sentinal_actors::address::SessionKey;
use sentinal_actors::address::Target;
use sentinal_actors::bus::Followed;
use sentinal_actors::connects::ConnectPermit;
use sentinal_actors::directory::Unauthenticated;
use sentinal_actors::hub::{SharedSlots, Slots};
use sentinal_actors::messages::{ToRoom, ToSession};
use sentinal_actors::socket::inbound::{Inbound, InboundStream};
use sentinal_actors::socket::{SharedSocket, Socket};
use sentinal_actors::wire;
use sentinal_app::rate_limits::{Bucket, network};
use sentinal_app::{App, Caller};
use sentinal_protocol::event::AuthExpiring;
use sentinal_protocol::limits::AUTH_SECONDS_MAX;
use sentinal_protocol::{CloseCode, ConversationId, Timestamp};
use tokio::net::TcpStream;

use crate::connections::OpenConnection;

use self::budgets::{Budgets, Said};
use self::requests::Request;

/// After the closing handshake the connection is given this long to end.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// What all sessions of a worker thread share.
#[derive(Clone)]
pub struct WorkerContext {
    /// The use cases.
    pub app: App,
    /// The worker's index.
    pub index: usize,
    /// The thread's sockets.
    pub slots: SharedSlots,
}

impl WorkerContext {
    /// Of a worker without sockets.
    pub fn new(app: App, index: usize) -> Self {
        Self {
            app,
            index,
            slots: Rc::new(RefCell::new(Slots::default())),
        }
    }
}

/// An upgraded connection.
pub struct Connection {
    /// The stream, the 101 answer not yet written.
    pub stream: TcpStream,
    /// Counts the connection for as long as it lives.
    pub(crate) open: Rc<OpenConnection>,
    /// Bytes that arrived with the handshake.
    pub early: BytesMut,
    /// The 101 answer.
    pub handshake: bytes::Bytes,
    /// Who connects, with a permit to, if the handshake said.
    pub admitted: Option<(Caller, ConnectPermit)>,
    /// Whether the client brings its own positions.
    pub resume: Resume,
    /// Where from.
    pub address: IpAddr,
}

/// Where a connecting device's positions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// From its cursors.
    Server,
    /// From its `sync` frame, where that names them.
    Client,
}

/// How far a session has come.
enum Stage {
    /// No token yet; only `auth` is understood.
    Unauthenticated,
    /// A permit is waited for, the token is being checked, or the positions are being read.
    Connecting,
    /// In the directory; the client's own positions are waited for, without a permit.
    AwaitingSync,
    /// After `hello`.
    Live,
}

/// The actor.
pub struct Session {
    worker: Rc<WorkerContext>,
    socket: SharedSocket,
    address: IpAddr,
    resume: Resume,
    stage: Stage,
    caller: Option<Rc<Caller>>,
    key: Option<SessionKey>,
    /// Sends that wait for the one before them to enter the journal.
    sends: VecDeque<Request>,
    preparing: bool,
    in_flight: usize,
    catching_up: bool,
    /// Whether a token that renews this socket is being checked.
    renewing: bool,
    /// Conversations that `sync:complete` waits for, with their heads as of `hello`.
    unsynced: Option<Vec<(ConversationId, u64)>>,
    /// The client's own positions, once they have come.
    named: Option<HashMap<ConversationId, u64>>,
    budgets: Budgets,
    /// Counts the socket per network until it has shown a token.
    unauthenticated: Option<Unauthenticated>,
    auth_deadline: Option<SpawnHandle>,
    /// Lets this node hear what others say of the user.
    followed: Option<Followed>,
    _open: Rc<OpenConnection>,
}

impl Session {
    /// Starts the session of an upgraded connection on the current thread.
    pub fn start_on(worker: Rc<WorkerContext>, connection: Connection) {
        let now = Instant::now();
        let Connection {
            stream,
            open,
            early,
            handshake,
            admitted,
            resume,
            address,
        } = connection;
        let mut socket = Socket::new(stream, now);
        socket.queue(handshake);
        socket.flush(now);
        let socket = Rc::new(RefCell::new(socket));
        let charge = worker.app.live.unfinished.open(network(address));
        let budgets = Budgets::new(worker.app.settings().rate_limits.messages, now);
        Self::create(move |ctx| {
            ctx.add_stream(InboundStream::new(socket.clone(), early, charge));
            let mut session = Self {
                worker,
                socket,
                address,
                resume,
                stage: Stage::Unauthenticated,
                caller: None,
                key: None,
                sends: VecDeque::new(),
                preparing: false,
                in_flight: 0,
                catching_up: false,
                renewing: false,
                unsynced: None,
                named: None,
                budgets,
                unauthenticated: None,
                auth_deadline: None,
                followed: None,
                _open: open,
            };
            match admitted {
                Some((caller, permit)) => session.enter(caller, permit, ctx),
                None => session.await_auth(ctx),
            }
            session
        });
    }

    fn app(&self) -> &App {
        &self.worker.app
    }

    fn now(&self) -> Timestamp {
        self.worker.app.live.node.clock.now()
    }

    /// Queues a frame and lets it out.
    fn say(&self, frame: bytes::Bytes) {
        let mut socket = self.socket.borrow_mut();
        socket.queue(frame);
        socket.flush(Instant::now());
    }

    fn await_auth(&mut self, ctx: &mut Context<Self>) {
        self.unauthenticated = self
            .app()
            .live
            .node
            .directory
            .enter_unauthenticated(network(self.address));
        if self.unauthenticated.is_none() {
            self.close(CloseCode::Limit, ctx);
            return;
        }
        let deadline = Duration::from_secs(AUTH_SECONDS_MAX);
        self.auth_deadline = Some(ctx.run_later(deadline, |session, ctx| {
            if matches!(session.stage, Stage::Unauthenticated) {
                session.close(CloseCode::AuthTimeout, ctx);
            }
        }));
    }

    /// Says why, and gives the connection a second to end.
    fn close(&mut self, code: CloseCode, ctx: &mut Context<Self>) {
        self.close_with(code, code.reason(), ctx);
    }

    fn close_with(&mut self, code: CloseCode, reason: &str, ctx: &mut Context<Self>) {
        if self.socket.borrow().is_closing() {
            return;
        }
        self.socket.borrow_mut().close(code, reason);
        if let (Some(caller), true) = (&self.caller, code.reconnect_is_free()) {
            self.app()
                .limits
                .give_back(Bucket::WsConnect, caller.user_id);
        }
        self.leave();
        ctx.run_later(CLOSE_WITHIN, |session, ctx| {
            session.socket.borrow_mut().abandon();
            ctx.stop();
        });
    }

    /// Takes the session out of everything that others find it by.
    fn leave(&mut self) {
        self.unauthenticated = None;
        self.followed = None;
        let (Some(key), Some(caller)) = (self.key.take(), self.caller.clone()) else {
            return;
        };
        self.worker.slots.borrow_mut().leave(key.slot);
        let app = self.app();
        app.live.presence.leave(caller.user_id, key);
        app.accounts.mark_seen(&caller);
        let socket = self.socket.borrow();
        app.live
            .cursors
            .hurry(caller.device_id, socket.positions.conversations());
        drop(socket);
        let directory = &app.live.node.directory;
        directory.leave(caller.user_id, key);
        let gone = Target {
            key,
            user_id: caller.user_id,
            device_id: caller.device_id,
        };
        for conversation_id in directory.user_rooms(caller.user_id) {
            if let Some(room) = directory.room(conversation_id) {
                // A control message: it must arrive, and there is one per socket and room.
                room.do_send(ToRoom::Leave(gone));
            }
        }
        self.leave_calls();
    }
}

impl Actor for Session {
    type Context = Context<Self>;

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.leave();
        self.socket.borrow_mut().abandon();
        Running::Stop
    }
}

impl StreamHandler<Inbound> for Session {
    fn handle(&mut self, inbound: Inbound, ctx: &mut Self::Context) {
        match inbound {
            Inbound::Text(text) => self.text(&text, ctx),
            Inbound::Ping(payload) => {
                if self.charge(Said::Control, None, ctx) && self.socket.borrow().may_queue() {
                    self.say(wire::pong(&payload));
                }
            }
            Inbound::Pong => {
                self.charge(Said::Control, None, ctx);
            }
            Inbound::Close(reason) => {
                self.socket.borrow_mut().close_echo(reason);
                self.leave();
                ctx.run_later(CLOSE_WITHIN, |_, ctx| ctx.stop());
            }
            Inbound::Violation(code) => self.close(code, ctx),
            Inbound::CatchUp => {
                if self.socket.borrow_mut().take_missed_state() {
                    self.ask_for_calls();
                    self.tell_account_revision(ctx);
                }
                self.catch_up(ctx);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<ToSession> for Session {
    type Result = ();

    fn handle(&mut self, message: ToSession, ctx: &mut Self::Context) {
        match message {
            ToSession::Close(code) => self.close(code, ctx),
            ToSession::Warn(expires_at) => {
                self.say(wire::event(self.now(), &AuthExpiring { expires_at }));
            }
        }
    }
}

#[cfg(test)]
mod tests;
