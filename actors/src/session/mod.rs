//! The session actor: one connected socket of one device.
//!
//! - **State** — who it is, what it is doing for its client. What the socket was sent and what lies
//!   unsent is in [`crate::socket`], shared with the hub.
//! - **Messages in** — frames of the socket (a stream), [`Close`], [`Warn`].
//! - **Messages out** — to the journal, to rooms ([`Join`](crate::room::Join), [`Leave`]), to
//!   [`crate::presence`].
//! - **Lifecycle** — from the upgrade to the end of the connection.
//! - **Supervisor** — none: a panic ends this session only, and its client comes back.
//! - **Backpressure** — up to [`IN_FLIGHT_MAX`](sentinal_protocol::limits::IN_FLIGHT_MAX) requests unanswered, then the socket is not read
//!   from; one page of the log at a time, and only while little lies unsent.
//! - **Invariants** — a turn does no I/O but writes that cannot block; requests enter the journal
//!   in the order they came; nothing is sent before `hello` but answers to `auth` and `ping`.

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
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits::AUTH_SECONDS_MAX;
use sentinal_protocol::{CloseCode, ConversationId, Timestamp};
use sentinal_store::Standing;
use serde_json::json;
use tokio::net::TcpStream;

use crate::app::rate_limits::Bucket;
use crate::app::{App, Caller};
use crate::directory::SessionKey;
use crate::hub::{SharedSlots, Slots};
use crate::room::{Leave, Target};
use crate::socket::inbound::{Inbound, InboundStream};
use crate::socket::{SharedSocket, Socket};
use crate::wire;

use self::requests::{Rates, Request};

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
    /// Bytes that arrived with the handshake.
    pub early: BytesMut,
    /// The 101 answer.
    pub handshake: bytes::Bytes,
    /// Who connects, if the handshake said.
    pub caller: Option<Caller>,
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

/// Closes the socket.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Close(pub CloseCode);

/// The token ends soon.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Warn(pub Timestamp);

/// How far a session has come.
enum Stage {
    /// No token yet; only `auth` and `ping` are understood. Counted per address.
    Unauthenticated,
    /// The token is being checked, or the positions are being read.
    Connecting,
    /// The positions were read; the client's own are waited for.
    AwaitingSync(Vec<Standing>),
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
    /// Conversations that `sync:complete` waits for, with their heads as of `hello`.
    unsynced: Option<Vec<(ConversationId, u64)>>,
    /// The client's own positions, come before the connect query was answered.
    early_sync: Option<HashMap<ConversationId, u64>>,
    /// From the connect query, for `hello`.
    account_revision: u64,
    /// From the connect query: so few one-time prekeys are left.
    prekeys_low: Option<u64>,
    rates: Rates,
    auth_deadline: Option<SpawnHandle>,
}

impl Session {
    /// Starts the session of an upgraded connection on the current thread.
    pub fn start_on(worker: Rc<WorkerContext>, connection: Connection) {
        let now = Instant::now();
        let Connection {
            stream,
            early,
            handshake,
            caller,
            resume,
            address,
        } = connection;
        let mut socket = Socket::new(stream, now);
        socket.queue(handshake);
        socket.flush(now);
        let socket = Rc::new(RefCell::new(socket));
        Self::create(move |ctx| {
            ctx.add_stream(InboundStream::new(socket.clone(), early));
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
                unsynced: None,
                early_sync: None,
                account_revision: 0,
                prekeys_low: None,
                rates: Rates::new(now),
                auth_deadline: None,
            };
            match caller {
                Some(caller) => session.enter(caller, ctx),
                None => session.await_auth(ctx),
            }
            session
        });
    }

    fn app(&self) -> &App {
        &self.worker.app
    }

    fn now(&self) -> Timestamp {
        self.worker.app.clock.now()
    }

    /// Queues a frame and lets it out.
    fn say(&self, frame: bytes::Bytes) {
        let mut socket = self.socket.borrow_mut();
        socket.queue(frame);
        socket.flush(Instant::now());
    }

    fn await_auth(&mut self, ctx: &mut Context<Self>) {
        if !self.app().directory.enter_unauthenticated(self.address) {
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
        if matches!(self.stage, Stage::Unauthenticated) {
            self.app().directory.leave_unauthenticated(self.address);
            self.stage = Stage::Connecting;
        }
        let (Some(key), Some(caller)) = (self.key.take(), self.caller.clone()) else {
            return;
        };
        self.worker.slots.borrow_mut().leave(key.slot);
        let app = self.app();
        app.presence.leave(caller.user_id, key);
        app.mark_seen(&caller);
        let directory = &app.directory;
        directory.leave(caller.user_id, key);
        let gone = Leave(Target {
            key,
            user_id: caller.user_id,
            device_id: caller.device_id,
        });
        for conversation_id in directory.user_rooms(caller.user_id) {
            if let Some(room) = directory.room(conversation_id) {
                // A control message: it must arrive, and there is one per socket and room.
                room.do_send(gone);
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
                if self.socket.borrow().may_queue() {
                    self.say(wire::pong(&payload));
                }
            }
            Inbound::Pong => {}
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

impl Handler<Close> for Session {
    type Result = ();

    fn handle(&mut self, Close(code): Close, ctx: &mut Self::Context) {
        self.close(code, ctx);
    }
}

impl Handler<Warn> for Session {
    type Result = ();

    fn handle(&mut self, Warn(expires_at): Warn, _: &mut Self::Context) {
        let fields = json!({ "expires_at": expires_at });
        self.say(wire::event(EventKind::AuthExpiring, self.now(), fields));
    }
}
