//! From a token to `hello`.
//!
//! The order is what makes nothing slip through: (1) enter the directory, (2) join the rooms that
//! are running, (3) only then ask the database what was missed. What arrives meanwhile counts as
//! behind.
//!
//! Asking the database takes a permit ([`sentinal_actors::connects`]); whoever waits for the client's own
//! positions has none, because clients could keep all of them waiting.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_actors::address::Target;
use sentinal_actors::address::{SessionEntry, SessionKey};
use sentinal_actors::bus::{Channel, Followed};
use sentinal_actors::connects::ConnectPermit;
use sentinal_actors::cursors::Ack;
use sentinal_actors::directory::Entered;
use sentinal_actors::messages::{ToHub, ToRoom};
use sentinal_actors::position::Start;
use sentinal_actors::wire;
use sentinal_app::{AccessToken, ApiError, App, Caller};
use sentinal_protocol::event::{AccountChanged, AuthOk, Hello, PrekeysLow, SyncComplete};
use sentinal_protocol::frame::{Auth, FrameId};
use sentinal_protocol::limits::{HEARTBEAT_SECONDS, PREKEYS_LOW, SOCKETS_PER_USER_MAX};
use sentinal_protocol::{CloseCode, ConversationId, ErrorCode};
use sentinal_store::{AckedCursor, PrekeysLeft, Reader, Standing, with_budget};

use super::{Resume, Session, Stage};
use crate::http::bearer_token;

/// How long the client's own positions are waited for.
const SYNC_WITHIN: Duration = Duration::from_secs(5);

/// What the database says about a connecting device.
struct Missed {
    standings: Vec<Standing>,
    account_revision: u64,
    prekeys_low: Option<PrekeysLeft>,
    followed: Followed,
}

impl Session {
    /// This socket may have missed what happened to the account: it is told how far that has got, so
    /// that the client can see whether it has it all.
    pub(super) fn tell_account_revision(&mut self, ctx: &mut Context<Self>) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let store = self.app().live.node.store.clone();
        let read = async move { store.find_account_revision(caller.user_id).await };
        ctx.spawn(with_budget(read).into_actor(self).map(|revision, session, _| {
            match revision {
                Ok(Some(revision)) => {
                    let event = AccountChanged {
                        account_revision: revision,
                    };
                    session.say(wire::event(session.now(), &event));
                }
                // Its sockets are about to be closed.
                Ok(None) => {}
                Err(error) => {
                    // `hello` of the next socket says it.
                    tracing::warn!(%error, "session: how far the account has got could not be read");
                }
            }
        }));
    }

    /// A good token: enters the directory, joins the running rooms, reads what was missed.
    pub(super) fn enter(&mut self, caller: Caller, permit: ConnectPermit, ctx: &mut Context<Self>) {
        if self.socket.borrow().is_closing() {
            return;
        }
        self.stage = Stage::Connecting;
        let caller = Rc::new(caller);
        self.caller = Some(caller.clone());
        let app = self.app().clone();
        if app.live.node.directory.is_draining() {
            self.close(CloseCode::Draining, ctx);
            return;
        }
        self.socket.borrow_mut().set_authenticated();
        let slot = self.worker.slots.borrow_mut().enter(
            self.socket.clone(),
            ctx.address().recipient(),
            caller.expires_at,
            Instant::now(),
        );
        let key = SessionKey {
            hub: self.worker.index,
            slot,
        };
        self.key = Some(key);
        let entry = SessionEntry {
            key,
            device_id: caller.device_id,
            login_session_id: caller.session_id,
        };
        match app
            .live
            .node
            .directory
            .enter(caller.user_id, entry, SOCKETS_PER_USER_MAX)
        {
            Entered::Yes => {}
            Entered::InPlaceOf(older) => {
                if let Some(worker) = app.live.node.directory.worker(older.hub) {
                    let targets = vec![older.slot];
                    worker.hub.do_send(ToHub::Close {
                        targets,
                        code: CloseCode::Replaced,
                    });
                }
            }
            Entered::Full => {
                self.close(CloseCode::Limit, ctx);
                return;
            }
        }
        let target = Target {
            key,
            user_id: caller.user_id,
            device_id: caller.device_id,
        };
        for conversation_id in app.live.node.directory.user_rooms(caller.user_id) {
            if let Some(room) = app.live.node.directory.room(conversation_id) {
                // A control message: it must arrive, and there is one per socket and room.
                room.do_send(ToRoom::Join(target));
            }
        }
        app.accounts.mark_seen(&caller);
        if self.resume == Resume::Client && self.named.is_none() {
            self.stage = Stage::AwaitingSync;
            ctx.run_later(SYNC_WITHIN, |session, ctx| {
                if matches!(session.stage, Stage::AwaitingSync) {
                    session.synced(HashMap::new(), ctx);
                }
            });
        } else {
            self.find_missed(permit, ctx);
        }
    }

    /// Asks the database what was missed, then says `hello`.
    fn find_missed(&mut self, permit: ConnectPermit, ctx: &mut Context<Self>) {
        let Some(caller) = &self.caller else { return };
        let read = read_missed(self.app().clone(), caller.as_ref().clone());
        ctx.spawn(with_budget(read).into_actor(self).map(|missed, session, ctx| {
            match missed {
                Ok(Some(missed)) => session.hello(missed, ctx),
                Ok(None) => session.close(CloseCode::Unauthorized, ctx),
                Err(error) => {
                    tracing::warn!(error = %error, "session: what was missed could not be read");
                    session.close(CloseCode::Internal, ctx);
                }
            }
            // From here on what the socket reads is bounded by the permits of catching up.
            drop(permit);
        }));
    }

    /// The client's own positions have come, or will not. Answers whether they were waited for.
    pub(super) fn synced(
        &mut self,
        cursors: HashMap<ConversationId, u64>,
        ctx: &mut Context<Self>,
    ) -> bool {
        match self.stage {
            Stage::AwaitingSync => {
                self.named = Some(cursors);
                self.stage = Stage::Connecting;
                let connects = self.app().live.connects.clone();
                let permit = async move { connects.acquire().await };
                ctx.spawn(
                    permit
                        .into_actor(self)
                        .map(|permit, session, ctx| match permit {
                            // It may have been told to go while it waited.
                            Ok(permit) if session.key.is_some() => session.find_missed(permit, ctx),
                            Ok(_) => {}
                            Err(error) => {
                                error.log(None);
                                session.close(refusal(&error), ctx);
                            }
                        }),
                );
                true
            }
            Stage::Connecting if self.resume == Resume::Client && self.named.is_none() => {
                self.named = Some(cursors);
                true
            }
            Stage::Unauthenticated | Stage::Connecting | Stage::Live => false,
        }
    }

    fn hello(&mut self, missed: Missed, ctx: &mut Context<Self>) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        self.followed = Some(missed.followed);
        let named = self.named.take().unwrap_or_default();
        let mut starts = Vec::with_capacity(missed.standings.len());
        for standing in missed.standings {
            let conversation_id = standing.conversation_id;
            let mut position = standing.cursor;
            if let Some(named) = named.get(&conversation_id) {
                // A position that the client names is as good as an ack.
                position = (*named).clamp(standing.start.min(standing.head), standing.head);
                self.app().live.cursors.ack(Ack {
                    user_id: caller.user_id,
                    cursor: AckedCursor {
                        device_id: caller.device_id,
                        conversation_id,
                        revision: position,
                        receipt_version: standing.receipts_seen,
                    },
                });
            }
            starts.push(Start {
                conversation_id,
                position,
                head: standing.head,
                receipts: standing.receipts_seen,
                receipt_version: standing.receipt_version,
            });
        }
        if self.app().live.node.bus.is_on() {
            let followed = starts.iter().map(|start| start.conversation_id);
            self.app().live.registry.follow(followed.collect());
        }
        let unsynced: Vec<_> = starts
            .iter()
            .filter(|start| start.position < start.head)
            .map(|start| (start.conversation_id, start.head))
            .collect();
        let now = self.now();
        // None: it was told to go meanwhile.
        let connection_id = self.key.map(|key| format!("{}-{}", key.hub, key.slot));
        let hello = Hello {
            connection_id: connection_id.unwrap_or_default(),
            user_id: caller.user_id,
            device_id: caller.device_name.to_string(),
            device_uuid: caller.device_id,
            session_id: caller.session_id,
            server_time: now,
            heartbeat_seconds: HEARTBEAT_SECONDS,
            account_revision: missed.account_revision,
            behind: unsynced.len() as u64,
        };
        {
            let mut socket = self.socket.borrow_mut();
            socket.positions.start(starts);
            socket.queue(wire::event(now, &hello));
            if let Some(left) = missed.prekeys_low {
                let low = PrekeysLow {
                    device_id: caller.device_name.to_string(),
                    count: left.one_time,
                    pq_count: left.pq.unwrap_or(0),
                    threshold: PREKEYS_LOW,
                };
                socket.queue(wire::event(now, &low));
            }
            socket.flush(Instant::now());
        }
        self.stage = Stage::Live;
        // None: it was told to go meanwhile.
        if let Some(key) = self.key {
            let mut slots = self.worker.slots.borrow_mut();
            slots.greet(key.slot, caller.user_id, missed.account_revision);
            drop(slots);
            self.app().live.presence.enter(caller.user_id, key);
        }
        self.unsynced = Some(unsynced);
        self.ask_for_calls();
        self.say_if_synced();
        self.catch_up(ctx);
    }

    /// `sync:complete`, once every conversation has reached the head that it had at `hello`.
    pub(super) fn say_if_synced(&mut self) {
        let Some(unsynced) = &mut self.unsynced else {
            return;
        };
        let socket = self.socket.borrow();
        unsynced.retain(|(conversation_id, head)| {
            // Forgotten: its log ended for this user and was read to the end.
            socket.positions.follows(*conversation_id)
                && socket
                    .positions
                    .position(*conversation_id)
                    .is_none_or(|at| at < *head)
        });
        drop(socket);
        if unsynced.is_empty() {
            self.unsynced = None;
            self.say(wire::event(self.now(), &SyncComplete {}));
        }
    }

    /// A first `auth` frame, or one that renews the token.
    pub(super) fn auth(&mut self, frame: Auth, id: Option<FrameId>, ctx: &mut Context<Self>) {
        let app = self.app().clone();
        let token = bearer_token(&frame.token).unwrap_or(frame.token.trim());
        if frame.resume.as_deref() == Some("client") {
            self.resume = Resume::Client;
        }
        let known = self.caller.clone();
        let token = app.accounts.read_token(token);
        let Some(known) = known else {
            // A second `auth` before the first is settled is ignored.
            if matches!(self.stage, Stage::Unauthenticated) {
                match token {
                    Ok(token) => self.authenticate(token, ctx),
                    Err(error) => self.close(refusal(&error), ctx),
                }
            }
            return;
        };
        if self.renewing {
            let error = ApiError::new(
                ErrorCode::RateLimitExceeded,
                "The `auth` before this one is still being checked.",
            );
            self.refuse(id, &error.with_retry_after(Duration::from_secs(1)));
            return;
        }
        self.renewing = true;
        let check = async move { app.accounts.find_caller(token?).await };
        ctx.spawn(
            with_budget(check)
                .into_actor(self)
                .map(move |checked, session, _| {
                    session.renewing = false;
                    match checked {
                        Ok(caller) if caller.session_id == known.session_id => {
                            session.renew(caller, id);
                        }
                        Ok(_) => {
                            let error = ApiError::forbidden(
                                "A token of another login cannot renew this socket.",
                            );
                            session.refuse(id, &error);
                        }
                        Err(error) => session.refuse(id, &error),
                    }
                }),
        );
    }

    /// A first frame has shown a token: waits for a permit, then finds out whose it is.
    fn authenticate(&mut self, token: AccessToken, ctx: &mut Context<Self>) {
        self.stage = Stage::Connecting;
        self.unauthenticated = None;
        if let Some(deadline) = self.auth_deadline.take() {
            ctx.cancel_future(deadline);
        }
        let app = self.app().clone();
        let check = async move {
            let permit = app.live.connects.acquire().await?;
            // Boxed, so that whoever waits does not hold what asking the database takes.
            let caller = Box::pin(app.accounts.find_caller(token)).await?;
            app.sockets.admit(&caller).await?;
            Ok::<_, ApiError>((caller, permit))
        };
        ctx.spawn(
            with_budget(check)
                .into_actor(self)
                .map(|checked, session, ctx| match checked {
                    Ok((caller, permit)) => session.enter(caller, permit, ctx),
                    Err(error) => {
                        error.log(None);
                        session.close(refusal(&error), ctx);
                    }
                }),
        );
    }

    fn renew(&mut self, caller: Caller, id: Option<FrameId>) {
        if let Some(key) = self.key {
            self.worker
                .slots
                .borrow_mut()
                .renew(key.slot, caller.expires_at);
        }
        let event = AuthOk {
            id,
            expires_at: caller.expires_at,
        };
        self.say(wire::event(self.now(), &event));
        self.caller = Some(Rc::new(caller));
    }
}

/// How a socket is closed that may not connect.
fn refusal(error: &ApiError) -> CloseCode {
    match error.code {
        ErrorCode::Unauthorized => CloseCode::Unauthorized,
        ErrorCode::RateLimitExceeded | ErrorCode::Overloaded => CloseCode::TooManyConnects,
        ErrorCode::TooManyConnections => CloseCode::Limit,
        ErrorCode::EmailUnverified => CloseCode::EmailUnverified,
        _ => CloseCode::Internal,
    }
}

/// `None` if the login session was ended just before the socket entered the directory.
async fn read_missed(app: App, caller: Caller) -> Result<Option<Missed>, ApiError> {
    // Before the database is asked: what other nodes commit afterwards is heard of.
    let channel = Channel::User(caller.user_id);
    let followed = app.live.node.bus.follow(channel).await;
    if !app.accounts.is_live(&caller).await? {
        return Ok(None);
    }
    let reader = Reader {
        user_id: caller.user_id,
        device_id: caller.device_id,
    };
    let mut standings = app.live.node.store.list_standings(reader).await?;
    for standing in &mut standings {
        // Acks of this node that are not written yet.
        if let Some(waiting) = app
            .live
            .cursors
            .waiting(reader.device_id, standing.conversation_id)
        {
            standing.cursor = standing.cursor.max(waiting.revision);
            standing.receipts_seen = standing.receipts_seen.max(waiting.receipt_version);
        }
    }
    let account_revision = app
        .live
        .node
        .store
        .find_account_revision(reader.user_id)
        .await?
        .unwrap_or(0);
    let prekeys_low = app
        .keys
        .prekeys_low(reader.user_id, reader.device_id)
        .await?;
    Ok(Some(Missed {
        standings,
        account_revision,
        prekeys_low,
        followed,
    }))
}
