//! From a token to `hello`.
//!
//! The order is what makes nothing slip through: (1) enter the directory, (2) join the rooms that
//! are running, (3) only then ask the database what was missed. What arrives meanwhile counts as
//! behind.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use sentinal_protocol::event::EventKind;
use sentinal_protocol::limits::{HEARTBEAT_SECONDS, PREKEYS_LOW, SOCKETS_PER_USER_MAX};
use sentinal_protocol::{CloseCode, ConversationId, ErrorCode};
use sentinal_store::{AckedCursor, Reader, Standing};
use serde_json::json;

use super::{Resume, Session, Stage};
use crate::app::{ApiError, App, Caller};
use crate::cursors::Ack;
use crate::directory::{Entered, SessionEntry, SessionKey};
use crate::hub::CloseSockets;
use crate::position::Start;
use crate::room::{Join, Target};
use crate::wire;

/// How long the client's own positions are waited for.
const SYNC_WITHIN: Duration = Duration::from_secs(5);

/// What the database says about a connecting device.
struct Missed {
    standings: Vec<Standing>,
    account_revision: u64,
    prekeys_low: Option<u64>,
}

impl Session {
    /// This socket may have missed what happened to the account: it is told how far that has got, so
    /// that the client can see whether it has it all.
    pub(super) fn tell_account_revision(&mut self, ctx: &mut Context<Self>) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let store = self.app().store.clone();
        let read = async move { store.find_account_revision(caller.user_id).await };
        ctx.spawn(read.into_actor(self).map(|revision, session, _| {
            match revision {
                Ok(Some(revision)) => {
                    let fields = json!({ "account_revision": revision });
                    let frame = wire::event(EventKind::AccountChanged, session.now(), fields);
                    session.say(frame);
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
    pub(super) fn enter(&mut self, caller: Caller, ctx: &mut Context<Self>) {
        if matches!(self.stage, Stage::Unauthenticated) && self.auth_deadline.is_some() {
            self.app().directory.leave_unauthenticated(self.address);
        }
        self.stage = Stage::Connecting;
        if let Some(deadline) = self.auth_deadline.take() {
            ctx.cancel_future(deadline);
        }
        let caller = Rc::new(caller);
        self.caller = Some(caller.clone());
        let app = self.app().clone();
        if app.directory.is_draining() {
            self.close(CloseCode::Draining, ctx);
            return;
        }
        self.socket.borrow_mut().set_authenticated();
        let slot = self.worker.slots.borrow_mut().enter(
            self.socket.clone(),
            ctx.address(),
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
            .directory
            .enter(caller.user_id, entry, SOCKETS_PER_USER_MAX)
        {
            Entered::Yes => {}
            Entered::InPlaceOf(older) => {
                if let Some(worker) = app.directory.worker(older.hub) {
                    let targets = vec![older.slot];
                    worker.hub.do_send(CloseSockets {
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
        for conversation_id in app.directory.user_rooms(caller.user_id) {
            if let Some(room) = app.directory.room(conversation_id) {
                // A control message: it must arrive, and there is one per socket and room.
                room.do_send(Join(target));
            }
        }
        app.mark_seen(&caller);
        let read = read_missed(app, caller.as_ref().clone());
        ctx.spawn(read.into_actor(self).map(|missed, session, ctx| match missed {
            Ok(Some(missed)) => session.found(missed, ctx),
            Ok(None) => session.close(CloseCode::Unauthorized, ctx),
            Err(error) => {
                tracing::warn!(error = %error, "session: what was missed could not be read");
                session.close(CloseCode::Internal, ctx);
            }
        }));
    }

    fn found(&mut self, missed: Missed, ctx: &mut Context<Self>) {
        self.account_revision = missed.account_revision;
        self.prekeys_low = missed.prekeys_low;
        match (self.resume, self.early_sync.take()) {
            (Resume::Server, _) => self.hello(missed.standings, &HashMap::new(), ctx),
            (Resume::Client, Some(cursors)) => self.hello(missed.standings, &cursors, ctx),
            (Resume::Client, None) => {
                self.stage = Stage::AwaitingSync(missed.standings);
                ctx.run_later(SYNC_WITHIN, |session, ctx| {
                    session.synced(&HashMap::new(), ctx);
                });
            }
        }
    }

    /// The client's own positions have come, or will not. Answers whether they were waited for.
    pub(super) fn synced(
        &mut self,
        cursors: &HashMap<ConversationId, u64>,
        ctx: &mut Context<Self>,
    ) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Connecting) {
            Stage::AwaitingSync(standings) => {
                self.hello(standings, cursors, ctx);
                true
            }
            Stage::Connecting if self.resume == Resume::Client && self.early_sync.is_none() => {
                self.early_sync = Some(cursors.clone());
                true
            }
            other => {
                self.stage = other;
                false
            }
        }
    }

    fn hello(
        &mut self,
        standings: Vec<Standing>,
        named: &HashMap<ConversationId, u64>,
        ctx: &mut Context<Self>,
    ) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let mut starts = Vec::with_capacity(standings.len());
        for standing in standings {
            let conversation_id = standing.conversation_id;
            let mut position = standing.cursor;
            if let Some(named) = named.get(&conversation_id) {
                // A position that the client names is as good as an ack.
                position = (*named).clamp(standing.start.min(standing.head), standing.head);
                self.app().cursors.ack(Ack {
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
        let unsynced: Vec<_> = starts
            .iter()
            .filter(|start| start.position < start.head)
            .map(|start| (start.conversation_id, start.head))
            .collect();
        let behind = unsynced.len();
        let now = self.now();
        let hello = json!({
            "connection_id": self.key.map(|key| format!("{}-{}", key.hub, key.slot)),
            "user_id": caller.user_id,
            "device_id": &*caller.device_name,
            "session_id": caller.session_id,
            "server_time": now,
            "heartbeat_seconds": HEARTBEAT_SECONDS,
            "account_revision": self.account_revision,
            "behind": behind,
        });
        {
            let mut socket = self.socket.borrow_mut();
            socket.positions.start(starts);
            socket.queue(wire::event(EventKind::Hello, now, hello));
            if let Some(count) = self.prekeys_low.take() {
                let low = json!({
                    "device_id": &*caller.device_name,
                    "count": count,
                    "threshold": PREKEYS_LOW,
                });
                socket.queue(wire::event(EventKind::PrekeysLow, now, low));
            }
            socket.flush(Instant::now());
        }
        self.stage = Stage::Live;
        // None: it was told to go meanwhile.
        if let Some(key) = self.key {
            self.app().presence.enter(caller.user_id, key);
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
            self.say(wire::event(EventKind::SyncComplete, self.now(), json!({})));
        }
    }

    /// A first `auth` frame, or one that renews the token.
    pub(super) fn auth(
        &mut self,
        frame: sentinal_protocol::frame::Auth,
        id: Option<serde_json::Value>,
        ctx: &mut Context<Self>,
    ) {
        let app = self.app().clone();
        let token = frame
            .token
            .strip_prefix("Bearer ")
            .unwrap_or(&frame.token)
            .to_owned();
        if frame.resume.as_deref() == Some("client") {
            self.resume = Resume::Client;
        }
        let known = self.caller.clone();
        if known.is_none() {
            if !matches!(self.stage, Stage::Unauthenticated) {
                return;
            }
            // A second `auth` before the first is settled is ignored.
            app.directory.leave_unauthenticated(self.address);
            self.stage = Stage::Connecting;
        }
        let check = async move {
            let caller = app.authenticate(&token).await?;
            if known.is_none() {
                app.admit(&caller)?;
            }
            Ok::<_, ApiError>(caller)
        };
        ctx.spawn(check.into_actor(self).map(move |checked, session, ctx| {
            match (checked, session.caller.clone()) {
                (Ok(caller), None) => session.enter(caller, ctx),
                (Ok(caller), Some(known)) if caller.session_id == known.session_id => {
                    session.renew(caller, id);
                }
                (Ok(_), Some(_)) => {
                    let error =
                        ApiError::forbidden("A token of another login cannot renew this socket.");
                    session.refuse(id, &error);
                }
                (Err(error), None) => {
                    let code = match error.code {
                        ErrorCode::Unauthorized => CloseCode::Unauthorized,
                        ErrorCode::RateLimitExceeded => CloseCode::TooManyConnects,
                        ErrorCode::TooManyConnections => CloseCode::Limit,
                        _ => CloseCode::Internal,
                    };
                    session.close(code, ctx);
                }
                (Err(error), Some(_)) => session.refuse(id, &error),
            }
        }));
    }

    fn renew(&mut self, caller: Caller, id: Option<serde_json::Value>) {
        if let Some(key) = self.key {
            self.worker
                .slots
                .borrow_mut()
                .renew(key.slot, caller.expires_at);
        }
        let fields = json!({ "id": id, "expires_at": caller.expires_at });
        self.say(wire::event(EventKind::AuthOk, self.now(), fields));
        self.caller = Some(Rc::new(caller));
    }
}

/// `None` if the login session was ended just before the socket entered the directory.
async fn read_missed(app: App, caller: Caller) -> Result<Option<Missed>, ApiError> {
    if !app.is_live(&caller).await? {
        return Ok(None);
    }
    let reader = Reader {
        user_id: caller.user_id,
        device_id: caller.device_id,
    };
    let mut standings = app.store.list_standings(reader).await?;
    for standing in &mut standings {
        // Acks of this node that are not written yet.
        if let Some(waiting) = app
            .cursors
            .waiting(reader.device_id, standing.conversation_id)
        {
            standing.cursor = standing.cursor.max(waiting.revision);
            standing.receipts_seen = standing.receipts_seen.max(waiting.receipt_version);
        }
    }
    let account_revision = app
        .store
        .find_account_revision(reader.user_id)
        .await?
        .unwrap_or(0);
    let prekeys_low = app.prekeys_low(reader.user_id, reader.device_id).await?;
    Ok(Some(Missed {
        standings,
        account_revision,
        prekeys_low,
    }))
}
