//! `GET /v1/sync`: an account's state over REST, all of it or what has changed.
//!
//! What has changed since an earlier answer is not told from times: one that was taken before a
//! commit is no clock. The cursor holds a digest of what every conversation looked like, folded
//! into [`BUCKETS`] by their ids; a conversation is listed again if the digest of its bucket has
//! changed. So a few too many may be listed, never one too few, and the server keeps nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::calls::OwnCallsQuery;
use sentinal_protocol::api::sync::{Sync, SyncConversation, SyncQuery};
use sentinal_protocol::limits::{CHATTY_GROUP_MAX, PAGE_MAX};
use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::SyncState;
use sha2::{Digest as _, Sha256};

use super::paging::{Slice, slice};
use super::{ApiError, App, Caller};

/// Digests of a cursor: 1,000 conversations lie 16 in a bucket, and the cursor has 684 characters
/// of a URL.
const BUCKETS: usize = 64;
/// Bytes of a digest. Two states that differ look alike once in 2^64.
const DIGEST_BYTES: usize = 8;

/// What conversations looked like, by bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor(Vec<[u8; DIGEST_BYTES]>);

impl Cursor {
    /// Of these states, which are sorted by id.
    fn of(states: &[SyncState]) -> Self {
        let mut buckets = vec![Sha256::new(); BUCKETS];
        for state in states {
            if let Some(hash) = buckets.get_mut(bucket(state.conversation_id)) {
                hash.update(state.conversation_id.0.as_bytes());
                for number in &state.stamp {
                    hash.update(number.to_be_bytes());
                }
            }
        }
        let digest = |hash: Sha256| {
            let mut digest = [0; DIGEST_BYTES];
            for (byte, full) in digest.iter_mut().zip(hash.finalize()) {
                *byte = full;
            }
            digest
        };
        Self(buckets.into_iter().map(digest).collect())
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (digests, rest) = bytes.as_chunks::<DIGEST_BYTES>();
        (digests.len() == BUCKETS && rest.is_empty()).then(|| Self(digests.to_vec()))
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.concat())
    }

    /// Whether the conversation may have changed from `earlier` to this.
    fn differs(&self, earlier: &Self, id: ConversationId) -> bool {
        let bucket = bucket(id);
        self.0.get(bucket) != earlier.0.get(bucket)
    }
}

/// The last byte of an id is random.
fn bucket(id: ConversationId) -> usize {
    let [.., last] = *id.0.as_bytes();
    usize::from(last) % BUCKETS
}

impl App {
    /// A page of the caller's state.
    pub async fn sync(&self, caller: &Caller, query: SyncQuery) -> Result<Sync, ApiError> {
        let page = slice(query.page, query.limit)?;
        let since =
            match query.since.as_deref() {
                None => None,
                Some(text) => Some(Cursor::read(text).ok_or_else(|| {
                    ApiError::invalid("since", "is no cursor of an earlier answer")
                })?),
            };
        let user_id = caller.user_id;
        // These two first: what changes from here on is told the next time.
        let account_revision = self.store.find_account_revision(user_id).await?;
        let account_revision = account_revision.ok_or_else(ApiError::unauthorized)?;
        let mut states = self.store.list_sync_states(user_id).await?;
        let cursor = Cursor::of(&states);
        states.retain(|state| match &since {
            Some(since) => cursor.differs(since, state.conversation_id),
            None => state.takes_part,
        });
        let total = states.len() as u64;
        let states = part(states, page);
        let end = page.offset.saturating_add(states.len() as u64);
        let conversations = self.sync_conversations(user_id, &states).await?;
        // Those left are hidden: nothing, for somebody who has nothing yet.
        let is_shown = |id| {
            let shown = &conversations;
            shown
                .binary_search_by_key(&id, |it| it.conversation.id)
                .is_ok()
        };
        let named = states.iter().map(|state| state.conversation_id);
        let gone = named.filter(|id| since.is_some() && !is_shown(*id));
        let contacts = PageQuery {
            page: query.page,
            limit: query.limit,
        };
        let contacts = self.list_contacts(caller, contacts).await?;
        // On every page the same: nobody is in more conversations that call at once.
        let active = OwnCallsQuery {
            limit: Some(PAGE_MAX),
            ..OwnCallsQuery::default()
        };
        Ok(Sync {
            gone: gone.collect(),
            contacts: contacts.contacts,
            devices: self.list_own_devices(caller).await?.devices,
            active_calls: self.list_active_calls(caller, active).await?.calls,
            account_revision,
            cursor: cursor.write(),
            total,
            has_more: contacts.has_more || end < total && !states.is_empty(),
            conversations,
        })
    }

    /// Those of these conversations that the caller's list shows, by id.
    async fn sync_conversations(
        &self,
        user_id: UserId,
        states: &[SyncState],
    ) -> Result<Vec<SyncConversation>, ApiError> {
        let present = states.iter().filter(|state| state.takes_part);
        let ids: Vec<_> = present.map(|state| state.conversation_id).collect();
        let shown = self.store.list_conversations_by_id(user_id, &ids).await?;
        let chatty = shown
            .iter()
            .filter(|it| it.participant_count <= CHATTY_GROUP_MAX as u64);
        let ids: Vec<_> = chatty.map(|it| it.id).collect();
        let mut receipts = self.store.list_shown_receipts(user_id, &ids).await?;
        let conversations = shown.into_iter().filter_map(|conversation| {
            let id = conversation.id;
            let state = states.iter().find(|state| state.conversation_id == id)?;
            Some(SyncConversation {
                conversation: self.with_link(conversation),
                last_delivered_sequence: state.last_delivered_sequence,
                cleared_sequence: state.cleared_sequence,
                receipts: receipts.remove(&id).unwrap_or_default(),
            })
        });
        Ok(conversations.collect())
    }
}

/// A page of a list that is in memory.
fn part<T>(all: Vec<T>, page: Slice) -> Vec<T> {
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let rest = all.into_iter().skip(number(page.offset));
    rest.take(number(page.limit)).collect()
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn state(number: i64) -> SyncState {
        SyncState {
            conversation_id: ConversationId::new(Timestamp(number)),
            takes_part: true,
            last_delivered_sequence: 0,
            cleared_sequence: 0,
            stamp: vec![number, 0],
        }
    }

    #[test]
    fn a_cursor_reads_back_and_tells_what_has_changed() {
        let mut states: Vec<_> = (0..200).map(state).collect();
        let before = Cursor::of(&states);
        assert_eq!(Cursor::read(&before.write()), Some(before.clone()));
        states[7].stamp[1] = 1;
        let after = Cursor::of(&states);
        let changed = states[7].conversation_id;
        for state in &states {
            let id = state.conversation_id;
            let same_bucket = bucket(id) == bucket(changed);
            assert_eq!(after.differs(&before, id), same_bucket, "{id}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "2026-01-01T00:00:00Z", &"A".repeat(680)] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
