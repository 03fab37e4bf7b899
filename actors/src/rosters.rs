//! Rosters in memory. A stale one does no harm where it matters: the journal re-checks the
//! versions under the head's lock.

use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;
use sentinal_protocol::ConversationId;
use sentinal_protocol::limits::CHATTY_GROUP_MAX;
use sentinal_store::{Roster, Store, StoreError};

/// Participants and devices kept, over all conversations; about 150 bytes each.
const KEPT_MAX: u64 = 1_000_000;
/// A roster is read again after this, for what changed on another node.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// The cache.
#[derive(Clone, Debug)]
pub struct Rosters {
    store: Store,
    cache: Cache<ConversationId, Arc<Roster>>,
}

impl Rosters {
    /// Over a store.
    pub fn new(store: Store) -> Self {
        let weigh = |_: &ConversationId, roster: &Arc<Roster>| {
            let devices: usize = roster
                .members
                .iter()
                .map(|member| 1 + member.devices.len())
                .sum();
            u32::try_from(1 + devices).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .weigher(weigh)
            .max_capacity(KEPT_MAX)
            .time_to_live(KEPT_FOR)
            .build();
        Self { store, cache }
    }

    /// The roster in memory.
    pub fn cached(&self, conversation_id: ConversationId) -> Option<Arc<Roster>> {
        self.cache.get(&conversation_id)
    }

    /// The roster in memory, else from the database; `None` if there is no such conversation.
    pub async fn get(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Option<Arc<Roster>>, StoreError> {
        match self.cached(conversation_id) {
            Some(roster) => Ok(Some(roster)),
            None => self.read(conversation_id).await,
        }
    }

    /// The roster from the database.
    pub async fn read(
        &self,
        conversation_id: ConversationId,
    ) -> Result<Option<Arc<Roster>>, StoreError> {
        let Some(read) = self.store.find_roster(conversation_id).await? else {
            self.forget(conversation_id);
            return Ok(None);
        };
        let read = Arc::new(read);
        // A slow reader must not replace what a faster one has read since.
        self.cache
            .entry(conversation_id)
            .and_compute_with(|known| match known {
                Some(known) if version(known.value()) > version(&read) => Op::Nop,
                Some(_) | None => Op::Put(read.clone()),
            });
        Ok(Some(read))
    }

    /// Drops a roster that has changed.
    pub fn forget(&self, conversation_id: ConversationId) {
        self.cache.invalidate(&conversation_id);
    }
}

/// What tells the older of two rosters: blocks and ranks change without a revision.
fn version(roster: &Roster) -> (u64, u64) {
    (roster.revision, roster.access_version)
}

/// Whether others hear of receipts in this conversation: not in large groups.
pub fn counts_receipts(roster: &Roster) -> bool {
    roster.members.len() <= CHATTY_GROUP_MAX
}
