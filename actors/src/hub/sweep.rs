//! The sweep: what no hint told is found by comparing positions with the database, by primary key.
//!
//! Every [`EVERY`] on a node that is alone or hears of the others; every [`EVERY_WHILE_AWAY`] while
//! Redis does not answer; at once after a gap.

use std::collections::HashMap;
use std::time::Duration;

use actix::prelude::*;
use sentinal_protocol::event::AccountChanged;
use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::{Store, StoreError};
use tokio::time::Instant;

use super::Hub;
use crate::wire;

/// How often positions are compared.
pub(super) const EVERY: Duration = Duration::from_secs(30);
/// How often while the other nodes are not heard of: this is then how late people hear of them.
const EVERY_WHILE_AWAY: Duration = Duration::from_millis(1_500);
/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_millis(500);

/// When positions were compared, and whether they are.
#[derive(Default)]
pub(super) struct Sweeps {
    last: Option<Instant>,
    running: bool,
    /// Asked for while one was running, which may have read before.
    again: bool,
}

/// What the database says.
struct Found {
    heads: Vec<(ConversationId, u64, u64)>,
    accounts: Vec<(UserId, u64)>,
}

async fn read(
    store: Store,
    ids: Vec<ConversationId>,
    users: Vec<UserId>,
) -> Result<Found, StoreError> {
    Ok(Found {
        heads: store.list_heads(&ids).await?,
        accounts: store.list_account_revisions(&users).await?,
    })
}

impl Hub {
    pub(super) fn start_sweeps(&mut self, ctx: &mut Context<Self>) {
        self.sweeps.last = Some(Instant::now());
        ctx.run_interval(LOOK, |hub, ctx| {
            let every = if hub.node.bus.is_away() {
                EVERY_WHILE_AWAY
            } else {
                EVERY
            };
            if hub.sweeps.last.is_none_or(|last| last.elapsed() >= every) {
                hub.sweep_soon(ctx);
            }
        });
    }

    /// Compares now, or once more after what is running.
    pub(super) fn sweep_soon(&mut self, ctx: &mut Context<Self>) {
        if self.sweeps.running {
            self.sweeps.again = true;
            return;
        }
        self.sweeps.last = Some(Instant::now());
        let mut ids: Vec<ConversationId> = Vec::new();
        let mut users: Vec<UserId> = Vec::new();
        let may_miss_accounts = self.node.bus.is_on();
        for slot in self.slots.borrow().slots.values() {
            ids.extend(slot.socket.borrow().positions.conversations());
            if may_miss_accounts && let Some((user_id, _)) = slot.account {
                users.push(user_id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        users.sort_unstable();
        users.dedup();
        if ids.is_empty() && users.is_empty() {
            return;
        }
        self.sweeps.running = true;
        let read = read(self.node.store.clone(), ids, users);
        ctx.spawn(read.into_actor(self).map(|found, hub, ctx| {
            hub.sweeps.running = false;
            match found {
                Ok(found) => {
                    hub.compare(&found.heads);
                    hub.compare_accounts(found.accounts, ctx);
                }
                Err(error) => tracing::warn!(%error, "sweep: the database could not be read"),
            }
            if std::mem::take(&mut hub.sweeps.again) {
                hub.sweep_soon(ctx);
            }
        }));
    }

    fn compare(&mut self, heads: &[(ConversationId, u64, u64)]) {
        let heads: HashMap<_, _> = heads
            .iter()
            .map(|(id, revision, receipts)| (*id, (*revision, *receipts)))
            .collect();
        for slot in self.slots.borrow().slots.values() {
            let mut socket = slot.socket.borrow_mut();
            if !socket.positions.is_started() {
                continue;
            }
            let followed: Vec<_> = socket.positions.conversations().collect();
            let mut behind = false;
            for id in followed {
                if let Some((revision, receipts)) = heads.get(&id) {
                    behind |= socket.positions.hear(id, *revision)
                        || socket.positions.hear_receipts(id, *receipts);
                }
            }
            if behind {
                socket.want_catch_up();
            }
        }
    }

    /// Tells sockets whose user's account has got further than they were told by a sweep or by
    /// `hello`. What they were told live is told again once: clients compare the number.
    fn compare_accounts(&mut self, accounts: Vec<(UserId, u64)>, ctx: &mut Context<Self>) {
        let accounts: HashMap<_, _> = accounts.into_iter().collect();
        let now = self.node.clock.now();
        let slots = self.slots.clone();
        for (id, slot) in &mut slots.borrow_mut().slots {
            let Some((user_id, told)) = slot.account else {
                continue;
            };
            let Some(account_revision) = accounts.get(&user_id).copied().filter(|it| *it > told)
            else {
                continue;
            };
            slot.account = Some((user_id, account_revision));
            let mut socket = slot.socket.borrow_mut();
            if socket.may_queue() {
                socket.queue(wire::event(now, &AccountChanged { account_revision }));
                drop(socket);
                self.mark_dirty(*id, &mut slot.dirty);
            } else if !socket.is_closing() {
                socket.miss_state();
            }
        }
        self.write_after_turn(ctx);
    }
}
