//! Which messages a user may see, and which of them count as unread, as conditions of a query.
//!
//! Kept in one place because history, lists and receipts must agree on it.

use sea_orm::DbBackend;

/// Whether the user in `$1` may see message `m`, apart from when they took part: not if it is gone
/// for good, was sent past their block, or was hidden by themselves.
pub(crate) const VISIBLE: &str = "NOT m.hard_deleted \
     AND (m.hidden_from IS NULL OR m.hidden_from <> $1) \
     AND NOT EXISTS (SELECT 1 FROM hidden_messages y WHERE y.user_id = $1 \
         AND y.conversation_id = m.conversation_id AND y.sequence_number = m.sequence_number)";

/// A scalar query: how many messages count as unread for the user in `$1`, whose row of
/// `participants` (or one with its columns) is `p`.
pub(crate) fn unread_count(backend: DbBackend) -> String {
    let greatest = greatest(backend);
    format!(
        "(SELECT COUNT(*) FROM messages m WHERE m.conversation_id = p.conversation_id \
         AND m.sequence_number > \
             {greatest}(p.last_read_sequence, p.joined_sequence, p.cleared_sequence) \
         AND m.sender_id <> $1 AND m.deleted_at IS NULL AND {VISIBLE})"
    )
}

/// The function that picks the largest of its arguments.
pub(crate) fn greatest(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "GREATEST"
    } else {
        "MAX"
    }
}
