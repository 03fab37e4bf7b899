//! The state of an account in one answer, and what of it is unread.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{Contact, Device};
use super::calls::Call;
use super::conversations::Conversation;
use crate::{ConversationId, UserId};

/// Query of `GET /v1/sync`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
pub struct SyncQuery {
    /// The `cursor` of an earlier answer: only conversations that changed since are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub since: Option<String>,
    /// The `next_after` of the page before, which was asked with the same `since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub after: Option<String>,
    /// From 1. Pages by number may miss what moves up while they are read: leave it out and go on with
    /// `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub page: Option<u64>,
    /// From 1 to 100; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = crate::limits::PAGE_MAX)))]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
}

/// A page of `GET /v1/sync`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sync {
    /// Conversations by id, each as it is now; with `since` those that changed, and some more.
    pub conversations: Vec<SyncConversation>,
    /// With `since`: conversations that are to be taken off the list, because the caller left or
    /// cleared them or they were deleted.
    pub gone: Vec<ConversationId>,
    /// A page of the caller's contacts: by id, with `page` in the order in which they were added.
    pub contacts: Vec<Contact>,
    /// The caller's active devices.
    pub devices: Vec<Device>,
    /// Live calls of the caller's conversations.
    pub active_calls: Vec<Call>,
    /// Counts changes of what belongs to the account.
    pub account_revision: u64,
    /// What to ask `since` next time; of several pages the first one's, as it was taken before
    /// anything was read.
    pub cursor: String,
    /// How many conversations there are on all pages, those in `gone` included.
    pub total: u64,
    /// Whether another page of conversations or contacts follows.
    pub has_more: bool,
    /// What to ask the page that follows `after`; `null` on the last one, and where `page` was given.
    pub next_after: Option<String>,
}

/// A conversation in [`Sync`].
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncConversation {
    /// As everywhere.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// The caller's delivered cursor.
    pub last_delivered_sequence: u64,
    /// The caller has cleared everything up to here.
    pub cleared_sequence: u64,
    /// The other participants' cursors; none in groups above 100.
    pub receipts: Vec<ReceiptCursor>,
}

/// How far another participant has everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptCursor {
    /// The participant.
    pub user_id: UserId,
    /// Their read cursor; `null` where receipts are not shown.
    pub last_read_sequence: Option<u64>,
    /// Their delivered cursor; `null` where receipts are not shown.
    pub last_delivered_sequence: Option<u64>,
}

/// A page of `GET /v1/users/me/unread`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Unread {
    /// Unread messages over all conversations.
    pub unread_count: u64,
    /// Conversations with unread messages, by id.
    pub conversations: Vec<UnreadConversation>,
    /// How many conversations have unread messages.
    pub total: u64,
    /// Whether another page follows.
    pub has_more: bool,
}

/// A conversation with unread messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnreadConversation {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// How many messages are unread.
    pub unread_count: u64,
    /// The caller's read cursor.
    pub last_read_sequence: u64,
    /// The highest message number given.
    pub last_sequence: u64,
}
