//! `GET /v1/sync`: an account's state over REST, all of it or what has changed.
//!
//! What has changed since an earlier answer is not told from times: one that was taken before a
//! commit is no clock. The cursor holds a digest of what every conversation looked like, folded
//! into [`BUCKETS`] by their ids; a conversation is listed again if the digest of its bucket has
//! changed. So a few too many may be listed, never one too few, and the server keeps nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sentinal_protocol::api::PageQuery;
use sentinal_protocol::api::accounts::Contact;
use sentinal_protocol::api::calls::OwnCallsQuery;
use sentinal_protocol::api::sync::{Sync, SyncConversation, SyncQuery};
use sentinal_protocol::limits::{CHATTY_GROUP_MAX, PAGE_MAX};
use sentinal_protocol::{ConversationId, UserId};
use sentinal_store::SyncState;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::accounts::AccountService;
use crate::calls::CallService;
use crate::context::Context;
use crate::conversations::ConversationService;
use crate::paging::{Slice, slice};
use crate::people::PeopleService;
use crate::{ApiError, Caller};

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

/// How far pages have got in both lists. They go by id and not by number: what leaves a list while it
/// is read moves nothing that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    conversation: ConversationId,
    contact: UserId,
}

/// Behind all conversations, and behind all contacts.
const END: (ConversationId, UserId) = (ConversationId(Uuid::max()), UserId(Uuid::max()));

impl Default for Place {
    /// Before the first of each.
    fn default() -> Self {
        Self {
            conversation: ConversationId(Uuid::nil()),
            contact: UserId(Uuid::nil()),
        }
    }
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (conversation, contact) = bytes.split_at_checked(16)?;
        Some(Self {
            conversation: ConversationId(Uuid::from_slice(conversation).ok()?),
            contact: UserId(Uuid::from_slice(contact).ok()?),
        })
    }

    fn write(&self) -> String {
        let (conversation, contact) = (self.conversation.0.as_bytes(), self.contact.0.as_bytes());
        URL_SAFE_NO_PAD.encode([conversation.as_slice(), contact.as_slice()].concat())
    }
}

/// The last byte of an id is random.
fn bucket(id: ConversationId) -> usize {
    let [.., last] = *id.0.as_bytes();
    usize::from(last) % BUCKETS
}

/// What a device asks for when it comes back.
#[derive(Clone)]
pub struct SyncService {
    pub(crate) context: Context,
    pub(crate) accounts: AccountService,
    pub(crate) people: PeopleService,
    pub(crate) conversations: ConversationService,
    pub(crate) calls: CallService,
}

impl SyncService {
    /// A page of the caller's state.
    pub async fn sync(&self, caller: &Caller, query: SyncQuery) -> Result<Sync, ApiError> {
        let page = slice(query.page, query.limit)?;
        let place = match (&query.after, query.page) {
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid("after", "goes without `page`"));
            }
            (Some(text), None) => Some(
                Place::read(text)
                    .ok_or_else(|| ApiError::invalid("after", "is of no page of this list"))?,
            ),
            (None, None) => Some(Place::default()),
            (None, Some(_)) => None,
        };
        let since =
            match query.since.as_deref() {
                None => None,
                Some(text) => Some(Cursor::read(text).ok_or_else(|| {
                    ApiError::invalid("since", "is no cursor of an earlier answer")
                })?),
            };
        let user_id = caller.user_id;
        // These two first: what changes from here on is told the next time.
        let account_revision = self.context.store.find_account_revision(user_id).await?;
        let account_revision = account_revision.ok_or_else(ApiError::unauthorized)?;
        let mut states = self
            .context
            .store
            .list_sync_states(user_id, self.context.clock.now())
            .await?;
        let cursor = Cursor::of(&states);
        states.retain(|state| match &since {
            Some(since) => cursor.differs(since, state.conversation_id),
            None => state.takes_part,
        });
        let total = states.len() as u64;
        let (states, more_states) = if let Some(place) = &place {
            states.retain(|state| state.conversation_id > place.conversation);
            let left = states.len() as u64;
            let first = Slice { offset: 0, ..page };
            (part(states, first), left > page.limit)
        } else {
            let states = part(states, page);
            let end = page.offset.saturating_add(states.len() as u64);
            let is_more = end < total && !states.is_empty();
            (states, is_more)
        };
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
        let (contacts, more_contacts) = if let Some(place) = &place {
            let listed = self.contacts_after(user_id, place.contact, page.limit);
            listed.await?
        } else {
            let numbered = PageQuery {
                page: query.page,
                limit: query.limit,
            };
            let listed = self.people.list_contacts(caller, numbered).await?;
            (listed.contacts, listed.has_more)
        };
        let next = place.filter(|_| more_states || more_contacts).map(|_| {
            let last_state = states.last().filter(|_| more_states);
            let last_contact = contacts.last().filter(|_| more_contacts);
            Place {
                conversation: last_state.map_or(END.0, |state| state.conversation_id),
                contact: last_contact.map_or(END.1, |contact| contact.id),
            }
        });
        // On every page the same: nobody is in more conversations that call at once.
        let active = OwnCallsQuery {
            limit: Some(PAGE_MAX),
            ..OwnCallsQuery::default()
        };
        Ok(Sync {
            gone: gone.collect(),
            contacts,
            devices: self.accounts.list_own_devices(caller).await?.devices,
            active_calls: self.calls.list_active_calls(caller, active).await?.calls,
            account_revision,
            cursor: cursor.write(),
            total,
            has_more: more_states || more_contacts,
            next_after: next.map(|place| place.write()),
            conversations,
        })
    }

    /// Contacts behind a place, and whether there are more.
    async fn contacts_after(
        &self,
        user_id: UserId,
        after: UserId,
        limit: u64,
    ) -> Result<(Vec<Contact>, bool), ApiError> {
        let listed = self
            .context
            .store
            .list_contacts_after(user_id, after, limit + 1);
        let mut contacts = listed.await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = contacts.len() > limit;
        contacts.truncate(limit);
        Ok((contacts, is_more))
    }

    /// Those of these conversations that the caller's list shows, by id.
    async fn sync_conversations(
        &self,
        user_id: UserId,
        states: &[SyncState],
    ) -> Result<Vec<SyncConversation>, ApiError> {
        let present = states.iter().filter(|state| state.takes_part);
        let ids: Vec<_> = present.map(|state| state.conversation_id).collect();
        let shown = self
            .context
            .store
            .list_conversations_by_id(user_id, &ids, self.context.clock.now())
            .await?;
        let chatty = shown
            .iter()
            .filter(|it| it.participant_count <= CHATTY_GROUP_MAX as u64);
        let ids: Vec<_> = chatty.map(|it| it.id).collect();
        let mut receipts = self
            .context
            .store
            .list_shown_receipts(user_id, &ids)
            .await?;
        let conversations = shown.into_iter().filter_map(|conversation| {
            let id = conversation.id;
            let state = states.iter().find(|state| state.conversation_id == id)?;
            Some(SyncConversation {
                conversation: self.conversations.with_link(conversation),
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
    fn a_place_reads_back_and_what_is_none_is_refused() {
        let place = Place {
            conversation: ConversationId(Uuid::from_u128(7)),
            contact: END.1,
        };
        assert_eq!(Place::read(&place.write()), Some(place));
        for text in ["", "x", "AAAA", &"A".repeat(64)] {
            assert_eq!(Place::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "2026-01-01T00:00:00Z", &"A".repeat(680)] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
