//! What the use cases stand on.

use std::sync::Arc;

use sentinal_actors::call::Calls;
use sentinal_actors::directory::Directory;
use sentinal_actors::journal::Journal;
use sentinal_actors::live::Live;
use sentinal_actors::node::Node;
use sentinal_actors::presence::Presence;
use sentinal_actors::push::Push;
use sentinal_actors::receipt_writer::ReceiptWriter;
use sentinal_actors::registry::Registry;
use sentinal_actors::rosters::Rosters;
use sentinal_protocol::Clock;
use sentinal_protocol::event::AccountChanged;
use sentinal_store::Store;

use crate::Caller;
use crate::rate_limits::RateLimits;
use crate::settings::Settings;

/// What every service needs. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) node: Node,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) directory: Directory,
    pub(crate) rosters: Rosters,
    pub(crate) journal: Journal,
    pub(crate) receipts: ReceiptWriter,
    pub(crate) calls: Calls,
    pub(crate) presence: Presence,
    pub(crate) push: Push,
    pub(crate) registry: Registry,
    pub(crate) settings: Arc<Settings>,
    pub(crate) limits: Arc<RateLimits>,
}

impl Context {
    /// Over the actors of a node.
    pub(crate) fn new(live: &Live, settings: Settings) -> Self {
        let Node {
            store,
            clock,
            directory,
            rosters,
            ..
        } = live.node.clone();
        Self {
            limits: Arc::new(RateLimits::new(&settings.rate_limits, &clock)),
            node: live.node.clone(),
            store,
            clock,
            directory,
            rosters,
            journal: live.journal.clone(),
            receipts: live.receipts.clone(),
            calls: live.calls.clone(),
            presence: live.presence.clone(),
            push: live.push.clone(),
            registry: live.registry.clone(),
            settings: Arc::new(settings),
        }
    }

    /// Tells the caller's devices that something of the account has changed.
    pub(crate) fn tell_account_changed(&self, caller: &Caller, account_revision: u64) {
        self.node
            .account_event(caller.user_id, &AccountChanged { account_revision });
    }
}
